import * as z from "zod";
import {
  AnswerMode,
  type Citation,
  type Example,
  Json,
  KnowledgeOverride,
  KnowledgeSettings,
  type Message,
  MetricInfo,
  type ResponseFormat,
  Sampling,
  SamplingOverride,
  type Turn,
} from "#schema";

/** A member that is not known is a typing error in an app file, also further in. */
const SettingsInput = {
  ...KnowledgeOverride.shape,
  sum: z.strictObject(KnowledgeOverride.shape.sum.unwrap().shape).optional(),
  weights: z.strictObject(KnowledgeOverride.shape.weights.unwrap().shape).optional(),
};

const KnowledgeInput = z.union([
  z.string(),
  z.array(z.string()).min(1),
  z.strictObject({ sources: z.union([z.string(), z.array(z.string()).min(1)]), ...SettingsInput }),
]);

const InstructionsInput = z.union([
  z.string().min(1),
  z.strictObject({ file: z.string(), variables: z.record(z.string(), z.string()).optional() }),
]);

/** What a scorer of the user's sees: an example, and what a release made of it. */
export type ScoredResult = {
  question: string;
  /** The answer without the marks of its citations. */
  answer: string;
  abstained: boolean;
  citations: readonly Citation[];
  example: Example;
  /** Everything else: steps, tokens, times. */
  turn: Turn;
};

/** Gives a score; true is 1, null says nothing about this example. What it throws is that example's error. */
export type ScorerFunction = (result: ScoredResult) => Score | Promise<Score>;
type Score = number | boolean | null;

const ScorerFunction = z.custom<ScorerFunction>((value) => typeof value === "function", "a scorer is a function");

/** A function alone gives scores from 0 to 1, more is better, guarded with a margin of 0.03. */
const ScorerInput = z.union([
  ScorerFunction,
  z.strictObject({ score: ScorerFunction, ...MetricInfo.omit({ name: true }).partial().shape }),
]);

/** What `defineApp` takes; the type that a user's editor shows. */
export const AppInput = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "a name is lower-case letters, digits and hyphens"),
  instructions: InstructionsInput,
  model: z.union([z.string(), z.array(z.string()).min(1)]).default("local/default"),
  sampling: z.strictObject(SamplingOverride.shape).optional(),
  knowledge: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/), KnowledgeInput).default({}),
  answer: AnswerMode.optional(),
  examples: z.array(z.strictObject({ question: z.string().min(1), answer: z.string().min(1) })).default([]),
  /** JSON Schema that every answer must keep; the local engine holds it by a grammar. */
  output: z.record(z.string(), Json).optional(),
  /** A LoRA adapter of the first model: a GGUF file beside the app, or its sha256 in the model store; `false`: none. */
  adapter: z.union([z.string().min(1), z.literal(false)]).optional(),
  /** True: a reader reads beside the model that words the answer; it is shown first, and where they differ the trace says so. */
  reader: z.boolean().default(false),
  questions: z.array(z.string()).max(12).default([]),
  evals: z
    .strictObject({
      /** Files of examples, relative to the app: each is a dataset by its name. */
      data: z.union([z.string(), z.array(z.string())]).optional(),
      /** Scorers of your own, by the name of their metric. */
      scorers: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/), ScorerInput).optional(),
    })
    .optional(),
});

export type AppInput = z.input<typeof AppInput>;

/** An app as its file describes it, before models and documents are looked at. */
export type AppDefinition = {
  readonly kind: "pawl-app";
  readonly input: AppInput;
};

/**
 * Describes an LLM application. The value is checked when pawl loads the file, so that an error can point at its line.
 *
 * @example
 * export default defineApp({
 *   name: "handbook",
 *   instructions: "Answer employees' questions from the handbook.",
 *   knowledge: { handbook: "./docs/*.md" },
 * });
 */
export function defineApp(input: AppInput): AppDefinition {
  return { kind: "pawl-app", input };
}

/** An app whose every default is filled in. */
export type App = {
  name: string;
  instructions: { text: string } | { file: string; variables: Record<string, string> };
  models: string[];
  sampling: Sampling;
  /** Left out: what suits the model ({@link releaseOf}). */
  answer: AnswerMode | undefined;
  examples: Message[];
  format: ResponseFormat;
  /** Left out: the skill that pawl ships, where there is one for the model. */
  adapter: string | false | undefined;
  /** A reader beside the model. */
  reader: boolean;
  knowledge: Record<string, { sources: string[]; settings: KnowledgeSettings }>;
  questions: string[];
  evals: { data: string[]; scorers: Record<string, { info: MetricInfo; score: ScorerFunction }> };
};

/** Fills the defaults in. */
export function completeApp(input: z.output<typeof AppInput>): App {
  const knowledge = Object.entries(input.knowledge).map(([name, given]) => {
    const { sources, ...settings } = typeof given === "string" || Array.isArray(given) ? { sources: given } : given;
    return [name, { sources: [sources].flat(), settings: KnowledgeSettings.parse(settings) }] as const;
  });
  const { instructions } = input;
  return {
    name: input.name,
    instructions:
      typeof instructions === "string"
        ? { text: instructions }
        : { file: instructions.file, variables: instructions.variables ?? {} },
    models: [input.model].flat(),
    sampling: Sampling.parse(input.sampling ?? {}),
    answer: input.answer,
    examples: input.examples.flatMap(({ question, answer }) => [
      { role: "user" as const, content: question },
      { role: "assistant" as const, content: answer },
    ]),
    format: input.output ? { type: "json_schema", name: "answer", schema: input.output } : { type: "text" },
    adapter: input.adapter,
    reader: input.reader,
    knowledge: Object.fromEntries(knowledge),
    questions: input.questions,
    evals: {
      data: [input.evals?.data ?? []].flat(),
      scorers: Object.fromEntries(
        Object.entries(input.evals?.scorers ?? {}).map(([name, given]) => [name, completeScorer(name, given)]),
      ),
    },
  };
}

function completeScorer(name: string, given: z.output<typeof ScorerInput>) {
  const { score, ...declared } = typeof given === "function" ? { score: given } : given;
  const range = declared.range ?? [0, 1];
  const info: MetricInfo = {
    name,
    direction: declared.direction ?? "higher",
    unit: declared.unit ?? "score",
    range,
    // Three points of a hundred, as pawl's own; what has no greatest value has no share of it either.
    margin: declared.margin ?? (range[1] === null ? 0 : 0.03 * (range[1] - range[0])),
    component: declared.component ?? "answer",
    isGuarded: declared.isGuarded ?? true,
  };
  return { info, score };
}
