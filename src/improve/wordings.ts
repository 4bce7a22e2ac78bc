import type { Json, Message, ReleaseSpec } from "#schema";
import { type Case, isInForm, questionOf, referencesOf } from "./case.ts";
import { formOf, type Schema } from "./form.ts";

/** Another way to word the answer: what is set in the app file, and the spec it makes for one turn. */
export type WordingArm = {
  name: string;
  /** What a person should do, as a sentence's beginning: `Add the instruction "…"`. */
  advice: string;
  settings: Record<string, unknown>;
  /** Changes what the app is, not how it is told: taken only where nothing else is enough. */
  isOtherApp?: true;
  /** The spec to ask this case with; null where the arm has nothing for it. */
  specFor(spec: ReleaseSpec, one: Case): ReleaseSpec | null;
};

export const citationRule =
  "Answer with the sentence of the passages that holds the answer, word for word, followed by its number, as in [1].";
export const briefRule = "Answer in as few words as possible, in the words of the passages.";

/** How many solved examples a prompt shows. */
const shown = 3;

/** Ways to word a grounded answer, cheapest first. */
export function contentArms(spec: ReleaseSpec, cases: readonly Case[], skill: ReleaseSpec["adapter"]): WordingArm[] {
  const isGrounded = Object.keys(spec.knowledge).length > 0;
  return [
    ...(isGrounded ? [ruleArm(spec, "citation rule", citationRule)] : []),
    ruleArm(spec, "brevity rule", briefRule),
    ...examplesArm(cases, spec),
    ...(isGrounded && skill && spec.adapter === null ? [skillArm(spec, skill)] : []),
    ...(isGrounded ? [answerArm(spec.answer === "model" ? "sentence" : "model")] : []),
  ];
}

/** The adapter that pawl ships for answers from passages, where the app does without. */
function skillArm(spec: ReleaseSpec, skill: NonNullable<ReleaseSpec["adapter"]>): WordingArm {
  return {
    name: "answering skill",
    advice: `${worded(spec)} the answering skill (no \`adapter: false\` in the app, skills enabled)`,
    settings: { ...byModel(spec), adapter: skill.sha256 },
    specFor: (now) => ({ ...now, answer: "model", adapter: skill }),
  };
}

/** The other way to answer from passages. */
function answerArm(answer: ReleaseSpec["answer"]): WordingArm {
  return {
    name: `answer: ${answer}`,
    advice:
      answer === "sentence" ? "Show the best sentence instead of the model's words" : "Let the model word the answer",
    settings: { answer },
    isOtherApp: true,
    specFor: (spec) => ({ ...spec, answer }),
  };
}

/** Ways to keep a form, cheapest first: a grammar of it, examples of it, both. */
export function formArms(cases: readonly Case[]): WordingArm[] {
  const schema = schemaOf(cases);
  const [examples] = examplesArm(cases);
  const grammar: WordingArm | null = schema && {
    name: "grammar",
    advice: "Set `output` to the form's JSON schema, so that no other answer is possible",
    settings: { output: schema },
    specFor: (spec) => ({ ...spec, format: { type: "json_schema", name: "answer", schema } }),
  };
  if (!grammar) return examples ? [examples] : [];
  if (!examples) return [grammar];
  const both: WordingArm = {
    name: "grammar and examples",
    advice: "Set `output` to the form's JSON schema and show solved examples",
    settings: { ...grammar.settings, ...examples.settings },
    specFor: (spec, one) => {
      const withExamples = examples.specFor(spec, one);
      return withExamples && grammar.specFor(withExamples, one);
    },
  };
  return [grammar, examples, both];
}

/** An app that shows the passages' words must let the model word the answer before words can help. */
const worded = (spec: ReleaseSpec) => (isQuoting(spec) ? "Let the model word the answer, with" : "Add");
const byModel = (spec: ReleaseSpec) => (isQuoting(spec) ? { answer: "model" } : {});
/** True for an app that shows words of its documents, and not a model's. */
export const isQuoting = ({ answer, knowledge }: ReleaseSpec) =>
  answer !== "model" && Object.keys(knowledge).length > 0;

function ruleArm(spec: ReleaseSpec, name: string, rule: string): WordingArm {
  const instructions = `${spec.instructions}\n${rule}`;
  return {
    name,
    advice: `${worded(spec)} the instruction "${rule}"`,
    settings: { ...byModel(spec), instructions },
    // A rule is for the model's words.
    specFor: (now) => ({ ...now, answer: "model", instructions }),
  };
}

/** Solved examples before the question, never the one that is asked. */
function examplesArm(cases: readonly Case[], spec?: ReleaseSpec): WordingArm[] {
  const solved = cases.flatMap((one) => {
    const answer = one.expected ? referencesOf(one.expected)[0] : undefined;
    return answer === undefined ? [] : [{ turn: one.turn, question: questionOf(one.turn), answer }];
  });
  if (solved.length < 2) return [];
  const firstOther = (question: string) => solved.filter((example) => example.question !== question).slice(0, shown);
  return [
    {
      name: "examples",
      advice: `${spec ? worded(spec) : "Add"} ${Math.min(shown, solved.length)} solved \`examples\``,
      settings: {
        ...(spec ? byModel(spec) : {}),
        examples: solved.slice(0, shown).map(({ question, answer }) => ({ question, answer })),
      },
      specFor: (spec, one) => ({
        ...spec,
        answer: "model",
        examples: firstOther(questionOf(one.turn)).flatMap(({ question, answer }): Message[] => [
          { role: "user", content: question },
          { role: "assistant", content: answer },
        ]),
      }),
    },
  ];
}

/** The JSON schema of the form: what the examples' own checks say, else what their answers have in common. */
export function schemaOf(cases: readonly Case[]): Schema | null {
  for (const { expected } of cases)
    for (const { scorer, options } of expected?.expect ?? []) {
      const { value } = options;
      if (/^(is|contains)-json$/.test(scorer) && isRecord(value)) return value;
    }
  return formOf(cases.flatMap(({ expected }) => (expected ? referencesOf(expected).slice(0, 1) : [])));
}

/** Whether the failures of a case are of form: its answer does not keep it. */
export async function failsForm({ turn, expected }: Case): Promise<boolean> {
  return expected !== null && !(await isInForm(turn, expected));
}

function isRecord(value: Json | undefined): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
