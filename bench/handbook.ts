import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as z from "zod";
import { skill } from "#app";
import { openHost, readConfig } from "#host";
import { type AnswerMode, type Steps, steps, type Turn } from "#schema";
import { bootstrapMean, mean, median, tokenF1 } from "#stats";
import { given, resolveSpans } from "#trace";

/*
 * The handbook's development questions, answered in several ways, each on the same passages and the same model:
 *   closed     the model without passages
 *   retrieved  the model with what retrieval found, beside the reader
 *   gold       the model with the right section given
 *   sentence   the best sentence as it stands, no model
 *   reader     the words that the reader finds
 *   gold-reader  the same in the right section
 *   default    as the release answers
 * With the answering skill, `retrieved` is the surer of model and reader; where both arms are asked, `together` has its gain over
 * the reader and over the model alone, paired by question.
 * `npm run -s bench -- handbook --json`; `--limit N` takes the first N answerable and
 * unanswerable questions, `--arms a,b` only those arms.
 */

const Line = z.object({
  id: z.string(),
  question: z.string(),
  answer: z.string().nullable(),
  answers: z.array(z.string()),
  split: z.string(),
  kind: z.string(),
  lexical: z.boolean(),
  sources: z.array(z.object({ path: z.string(), start: z.int(), end: z.int() })),
});
type Line = z.infer<typeof Line>;

const arms = ["closed", "retrieved", "gold", "sentence", "reader", "gold-reader", "default"] as const;
type Arm = (typeof arms)[number];
/** How each arm that says so is answered. */
const modes: Record<Exclude<Arm, "closed" | "default">, AnswerMode> = {
  retrieved: "model",
  gold: "model",
  sentence: "sentence",
  reader: "reader",
  "gold-reader": "reader",
};
type Answered = { line: Line; turn: Turn; seconds: number };

const { values: flags } = parseArgs({
  options: { json: { type: "boolean" }, limit: { type: "string" }, arms: { type: "string", default: arms.join(",") } },
});
const limit = Number(flags.limit ?? Number.POSITIVE_INFINITY);

const handbook = join(import.meta.dirname, "..", "examples", "handbook");
const scratch = mkdtempSync(join(tmpdir(), "pawl-bench-handbook-"));
cpSync(join(handbook, "docs"), join(scratch, "docs"), { recursive: true });
cpSync(join(handbook, "app.ts"), join(scratch, "app.ts"));
const config = await readConfig({ appFolder: scratch, env: { ...process.env, PAWL_HOME: join(scratch, ".pawl") } });
const host = await openHost(config, { apps: [scratch] });
try {
  await host.reload("handbook");
  const lines = readFileSync(join(handbook, "questions.jsonl"), "utf8").trim().split("\n");
  const development = lines.map((line) => Line.parse(JSON.parse(line))).filter((line) => line.split === "development");
  const questions = [
    ...development.filter((line) => line.answer !== null).slice(0, limit),
    ...development.filter((line) => line.answer === null).slice(0, limit),
  ];
  const documents = new Map(
    (await host.store.query({ sql: "select id, path, text from documents", params: [] })).map((row) => [
      String(row.path),
      row,
    ]),
  );
  const results: Partial<Record<Arm, ReturnType<typeof score>>> = {};
  const told = new Map<Arm, readonly Answered[]>();
  for (const arm of arms.filter((name) => flags.arms.split(",").includes(name))) {
    const answered: Answered[] = [];
    for (const [i, line] of questions.entries()) {
      const from = performance.now();
      const turn = await answer(arm, line);
      answered.push({ line, turn, seconds: (performance.now() - from) / 1000 });
      process.stderr.write(`\r${arm} ${i + 1} of ${questions.length}   `);
    }
    results[arm] = score(answered);
    told.set(arm, answered);
  }
  const { isAbstention } = await skill();
  const together = gains(told.get("retrieved"), told.get("reader"));
  process.stderr.write("\n");
  const release = host.app("handbook").release;
  const output = {
    questions: questions.length,
    release: release?.id,
    answer: release?.spec.answer,
    arms: results,
    together,
  };
  if (flags.json) process.stdout.write(`${JSON.stringify(output)}\n`);
  else
    for (const [arm, result] of Object.entries(results))
      process.stdout.write(`${arm.padEnd(10)} ${JSON.stringify(result)}\n`);

  async function answer(arm: Arm, line: Line): Promise<Turn> {
    const signal = new AbortController().signal;
    const messages = [{ role: "user" as const, content: line.question }];
    const format = { type: "text" as const };
    if (arm === "closed") return host.ask({ model: "local/default", messages, format, signal });
    const isGiven = (arm === "gold" || arm === "gold-reader") && line.answer !== null;
    const known = isGiven ? [given("retrieve", goldOf(line))] : [];
    const mode = arm === "default" ? {} : { answer: modes[arm] };
    return host.ask({ model: "app/handbook", messages, format, signal, known, ...mode });
  }

  /** The sections that hold the answer, as perfect retrieval would give them. */
  function goldOf(line: Line): Steps["retrieve"]["out"] {
    const passages = line.sources.map((source) => {
      const document = documents.get(`docs/${source.path}`);
      const text = String(document?.text);
      const start = text.lastIndexOf("\n## ", source.start) + 1;
      const next = text.indexOf("\n## ", source.end);
      const end = next < 0 ? text.length : next;
      const title = `${text.slice(2, text.indexOf("\n"))} › ${text.slice(start + 3, text.indexOf("\n", start))}`;
      return {
        chunkId: `gold-${source.path}-${start}`,
        documentId: String(document?.id),
        title,
        path: source.path,
        start,
        end,
        text: text.slice(start, end),
        score: 1,
        bm25: null,
        vector: null,
      };
    });
    const evidence = line.sources.map((source, passage) => ({
      passage,
      start: source.start,
      end: source.end,
      text: String(documents.get(`docs/${source.path}`)?.text).slice(source.start, source.end),
      support: 1,
    }));
    return { passages, evidence };
  }

  /** Mean differences in F1 over what has an answer, with 95 % intervals over questions. */
  function gains(both: readonly Answered[] | undefined, reader: readonly Answered[] | undefined) {
    if (!both || !reader) return undefined;
    const over = (otherF1: (at: number) => number) => {
      const differences = both.flatMap((one, at) => (one.line.answer === null ? [] : [f1Of(one) - otherF1(at)]));
      const { low, high } = bootstrapMean(differences);
      return { f1: mean(differences), low, high };
    };
    return {
      overReader: over((at) => f1Of(reader[at]!)),
      overModel: over((at) => draftF1(both[at]!)),
    };
  }

  /** F1 of what the model itself said, whoever's words were taken then. */
  function draftF1({ line, turn }: Answered): number {
    const answer = resolveSpans(turn.spans).find(({ kind }) => kind === "answer");
    const draft = answer === undefined ? null : steps.answer.in.parse(answer.input).draft;
    return draft === null || isAbstention(draft) ? 0 : f1To(line, draft);
  }

  function f1Of({ line, turn }: Answered): number {
    return turn.answer?.abstained ? 0 : f1To(line, turn.answer?.text ?? "");
  }

  function f1To(line: Line, text: string): number {
    return tokenF1(text.replace(/\s*\[\d+\]/g, ""), [line.answer ?? "", ...line.answers]);
  }

  /** A citation is right where it overlaps a reference span; a span is found where a citation overlaps it. */
  function score(answered: readonly Answered[]) {
    const isHit = (citation: { documentId: string; start: number; end: number }, source: Line["sources"][number]) =>
      citation.documentId === documents.get(`docs/${source.path}`)?.id &&
      citation.start < source.end &&
      source.start < citation.end;
    const answerable = answered.filter(({ line }) => line.answer !== null);
    const unanswerable = answered.filter(({ line }) => line.answer === null);
    const f1 = answerable.map(f1Of);
    const cited = answerable.filter(({ turn }) => (turn.answer?.citations.length ?? 0) > 0);
    const precision = cited.map(({ line, turn }) => {
      const citations = turn.answer?.citations ?? [];
      return (
        citations.filter((citation) => line.sources.some((source) => isHit(citation, source))).length / citations.length
      );
    });
    const recall = answerable.map(
      ({ line, turn }) =>
        line.sources.filter((source) => turn.answer?.citations.some((citation) => isHit(citation, source))).length /
        line.sources.length,
    );
    const abstained = (group: readonly Answered[]) => mean(group.map(({ turn }) => (turn.answer?.abstained ? 1 : 0)));
    const interval = bootstrapMean(f1);
    return {
      f1: mean(f1),
      f1Low: interval.low,
      f1High: interval.high,
      citationPrecision: precision.length > 0 ? mean(precision) : null,
      citationRecall: mean(recall),
      abstentionRight: abstained(unanswerable),
      abstentionWrong: abstained(answerable),
      p50Seconds: median(answered.map(({ seconds }) => seconds)),
    };
  }
} finally {
  await host.close();
  rmSync(scratch, { recursive: true, force: true });
}
