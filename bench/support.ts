/**
 * Fits the weights of `support` (src/knowledge/support-weights.ts) and measures them on questions that were held out.
 *
 *   PAWL_DATA=../shared/data node --conditions=pawl-source bench/support.ts [--passages 240]
 *
 * Data: qa/wiki.train.jsonl (SQuADShifts), and the development questions of examples/handbook (a sentence is right where
 * it overlaps a source; each third document is held out). Passages of some articles are ingested as documents; each question is asked
 * once as it is (a sentence is right where it is of the question's passage and holds an answer), and for every third
 * question once more with its passage hidden (no sentence is right). Articles are split: two thirds to fit, a third to
 * measure. First a logistic regression over all sentences; then its scale and bias are fitted again on each question's
 * best sentence, so that 0.5 is where the best sentence is as likely right as wrong. Statements for citations are
 * question + answer; a sentence of another place, or another question's answer, makes a wrong pair.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as z from "zod";
import { createModels } from "#gateway";
import { silent } from "#kernel";
import { expandSources } from "#knowledge";
import { KnowledgeSettings } from "#schema";
import { seededRandom } from "#stats";
import { openStore } from "#store";
import { statementFeatures } from "../src/knowledge/cite.ts";
import { embedPassages } from "../src/knowledge/embedding.ts";
import { underHeading } from "../src/knowledge/evidence.ts";
import { documentId, indexOf, ingest } from "../src/knowledge/ingest.ts";
import { passagesOf, search } from "../src/knowledge/retrieve.ts";
import { dot, weighedEvidence } from "../src/knowledge/support.ts";
import { idfOver } from "../src/knowledge/words.ts";

type Question = { question: string; answers: string[]; passage: number; held: boolean };
type Row = { x: number[]; y: number; group: number; held: boolean; from: "wiki" | "handbook" };

const { values: flags } = parseArgs({
  options: { passages: { type: "string", default: "240" }, home: { type: "string" } },
});
const data = process.env.PAWL_DATA ?? "../shared/data";
const signal = new AbortController().signal;
const { passages, questions } = await sample(Number(flags.passages));
const folder = await mkdtemp(join(tmpdir(), "pawl-support-"));
const models = createModels();
const store = await openStore({ kind: "embedded", folder: flags.home ?? join(folder, "home") });
try {
  const settings = KnowledgeSettings.parse({});
  const files = await Promise.all(
    passages.map(async ({ title, text }, index) => {
      const path = `${index}.md`;
      await writeFile(join(folder, path), `# ${title.replaceAll("_", " ")}\n\n${text}\n`);
      return { path, file: join(folder, path) };
    }),
  );
  await ingest({ store, models, knowledge: "fit", settings, files, origin: "app", signal, report: silent });
  const index = await indexOf(models, "fit", settings);
  const ids = passages.map((_, index) => documentId("fit", `${index}.md`));
  const asked: Row[] = [];
  const cited: Row[] = [];
  const { version } = await models.describe(settings.embedder);
  const embedding = { store, models, settings, version, signal, priority: "background" } as const;
  for (const [group, question] of questions.entries()) {
    const gold = ids[question.passage] ?? "";
    for (const hidden of group % 3 === 0 ? [false, true] : [false]) {
      const filter = hidden ? { filter: { documentIds: ids.filter((id) => id !== gold) } } : {};
      const common = { store, models, knowledge: "fit", settings, query: question.question, signal };
      const { fused, queryVector } = await search({ ...common, index, ...filter });
      const pool = await passagesOf(store, fused.slice(0, 30));
      const evidence = await weighedEvidence({
        ...common,
        queryVector,
        passages: pool.slice(0, settings.passages),
        pool,
      });
      const right = (text: string, at: number) =>
        pool[at]?.documentId === gold && question.answers.some((answer) => text.includes(answer)) ? 1 : 0;
      for (const { features, text, passage } of evidence) {
        const x = [features.cosine, features.overlap, features.passageCosine, features.passageOverlap, features.kind];
        asked.push({
          x,
          y: right(text, passage),
          group: group * 2 + (hidden ? 1 : 0),
          held: question.held,
          from: "wiki",
        });
      }
      const answer = [...question.answers].sort((a, b) => a.length - b.length)[0] ?? "";
      const other = questions[(group + 7) % questions.length]?.answers[0] ?? "";
      if (hidden || answer === "") continue;
      const idf = idfOver(evidence.map((one) => one.text));
      for (const [told, wrong] of [
        [answer, false],
        [other, true],
      ] as const) {
        const statement = `${question.question} ${told}`;
        const [vector] = await embedPassages([statement], embedding);
        const vectors = await embedPassages(
          evidence.map((one) => underHeading(pool[one.passage]?.title.split(" › ").at(-1), one.text)),
          embedding,
        );
        evidence.forEach((one, index) => {
          const features = statementFeatures({ statement, quote: one.text, cosine: dot(vector, vectors[index]), idf });
          const y = wrong ? 0 : right(one.text, one.passage);
          cited.push({
            x: [features.cosine, features.overlap, features.numbers],
            y,
            group: group * 2 + (wrong ? 1 : 0),
            held: question.held,
            from: "wiki",
          });
        });
      }
    }
  }
  asked.push(...(await handbook()));
  report("answersWeights", ["cosine", "overlap", "passageCosine", "passageOverlap", "kind"], asked);
  report("supportsWeights", ["cosine", "overlap", "numbers"], cited);
} finally {
  await store.close();
  await models.close();
  await rm(folder, { recursive: true, force: true });
}

async function handbook(): Promise<Row[]> {
  const root = fileURLToPath(new URL("../examples/handbook/", import.meta.url));
  const Line = z.object({
    question: z.string(),
    split: z.string(),
    group: z.string(),
    sources: z.array(z.object({ path: z.string(), start: z.int(), end: z.int() })).default([]),
  });
  const lines = (await readFile(join(root, "questions.jsonl"), "utf8")).trim().split("\n");
  const settings = KnowledgeSettings.parse({});
  const files = await expandSources(["docs"], root);
  await ingest({ store, models, knowledge: "handbook", settings, files, origin: "app", signal, report: silent });
  const handbookIndex = await indexOf(models, "handbook", settings);
  const rows: Row[] = [];
  for (const [index, line] of lines.entries()) {
    const { question, split, group, sources } = Line.parse(JSON.parse(line));
    if (split !== "development") continue;
    const common = { store, models, knowledge: "handbook", settings, query: question, signal };
    const { fused, queryVector } = await search({ ...common, index: handbookIndex });
    const pool = await passagesOf(store, fused.slice(0, 30));
    const evidence = await weighedEvidence({
      ...common,
      queryVector,
      passages: pool.slice(0, settings.passages),
      pool,
    });
    for (const { features, start, end, passage } of evidence) {
      const right = sources.some(
        (source) => pool[passage]?.path.endsWith(source.path) && start < source.end && end > source.start,
      );
      const x = [features.cosine, features.overlap, features.passageCosine, features.passageOverlap, features.kind];
      rows.push({
        x,
        y: right ? 1 : 0,
        group: 1e6 + index,
        held: Number(group.slice(0, 2)) % 3 === 2,
        from: "handbook",
      });
    }
  }
  return rows;
}

function report(name: string, features: string[], rows: Row[]): void {
  const fitting = rows.filter((row) => !row.held);
  const first = logistic(
    fitting.map(({ x, y }) => ({ x, y })),
    3000,
  );
  const bests = (some: Row[]) =>
    [...Map.groupBy(some, (row) => row.group).values()].map((group) =>
      group.reduce((best, row) => (score(first, row.x) > score(first, best.x) ? row : best)),
    );
  const scale = logistic(
    bests(fitting).map((row) => ({ x: [score(first, row.x)], y: row.y })),
    3000,
  );
  const factor = scale.w[0] ?? 1;
  const weights = {
    bias: scale.bias + factor * first.bias,
    ...Object.fromEntries(features.map((feature, i) => [feature, factor * (first.w[i] ?? 0)])),
  };
  console.log(
    name,
    JSON.stringify(weights, (_, value) => (typeof value === "number" ? Math.round(value * 100) / 100 : value)),
  );
  const answerable = new Set(rows.filter((row) => row.y === 1).map((row) => row.group));
  const share = (part: number, whole: number) => Math.round((1000 * part) / Math.max(1, whole)) / 1000;
  for (const from of new Set(rows.map((row) => row.from))) {
    const held = bests(rows.filter((row) => row.held && row.from === from));
    const given = held.filter((row) => scale.bias + factor * score(first, row.x) >= 0);
    const can = held.filter((row) => answerable.has(row.group));
    const cannot = held.filter((row) => !answerable.has(row.group));
    console.log(
      JSON.stringify({
        from,
        held: held.length,
        bestIsRightWhereThereIsOne: share(can.filter((row) => row.y === 1).length, can.length),
        precisionOfGiven: share(given.filter((row) => row.y === 1).length, given.length),
        givenWhereThereIsOne: share(can.filter((row) => given.includes(row)).length, can.length),
        abstainedWhereThereIsNone: share(cannot.filter((row) => !given.includes(row)).length, cannot.length),
      }),
    );
  }
}

type Model = { bias: number; w: number[] };

function score({ bias, w }: Model, x: readonly number[]): number {
  return w.reduce((total, weight, index) => total + weight * (x[index] ?? 0), bias);
}

/** Logistic regression by gradient descent on standardised features, with a little L2. */
function logistic(rows: readonly { x: number[]; y: number }[], steps: number): Model {
  const size = rows[0]?.x.length ?? 0;
  const center = Array.from(
    { length: size },
    (_, i) => rows.reduce((sum, { x }) => sum + (x[i] ?? 0), 0) / rows.length,
  );
  const spread = center.map(
    (c, i) => Math.sqrt(rows.reduce((sum, { x }) => sum + ((x[i] ?? 0) - c) ** 2, 0) / rows.length) || 1,
  );
  const scaled = rows.map(({ x, y }) => ({ x: x.map((value, i) => (value - (center[i] ?? 0)) / (spread[i] ?? 1)), y }));
  const w = center.map(() => 0);
  let bias = 0;
  for (let step = 0; step < steps; step++) {
    const gradient = center.map(() => 0);
    let biasGradient = 0;
    for (const { x, y } of scaled) {
      const error = 1 / (1 + Math.exp(-score({ bias, w }, x))) - y;
      biasGradient += error;
      x.forEach((value, i) => {
        gradient[i] = (gradient[i] ?? 0) + error * value;
      });
    }
    const rate = 2 / (1 + step / 1000);
    bias -= (rate * biasGradient) / scaled.length;
    gradient.forEach((value, i) => {
      w[i] = (w[i] ?? 0) - rate * (value / scaled.length + 1e-4 * (w[i] ?? 0));
    });
  }
  const raw = w.map((weight, i) => weight / (spread[i] ?? 1));
  return { w: raw, bias: bias - raw.reduce((sum, weight, i) => sum + weight * (center[i] ?? 0), 0) };
}

async function sample(count: number): Promise<{ passages: { title: string; text: string }[]; questions: Question[] }> {
  const lines = (await readFile(join(data, "qa/wiki.train.jsonl"), "utf8")).trim().split("\n");
  const rows: { title: string; passage: string; question: string; answers: string[] }[] = lines.map((line) =>
    JSON.parse(line),
  );
  const next = seededRandom(11);
  const texts = [...Map.groupBy(rows, (row) => row.passage)].map((entry) => ({ entry, at: next() }));
  const chosen = texts
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ entry }) => entry);
  const titles = [...new Set(chosen.map(([, some]) => some[0]?.title ?? ""))];
  const held = new Set(titles.filter((_, index) => index % 3 === 2));
  return {
    passages: chosen.map(([text, some]) => ({ title: some[0]?.title ?? "", text: text.trim() })),
    questions: chosen.flatMap(([, some], passage) =>
      some.slice(0, 2).map(({ title, question, answers }) => ({ question, answers, passage, held: held.has(title) })),
    ),
  };
}
