import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHost, readConfig } from "#host";
import type { Message, Steps } from "#schema";
import { median, percentile } from "#stats";

/*
 * Time to the model's first token on the handbook's default prompt (instructions, five passages, the question), the
 * model loaded: `npm run -s bench -- first-token --json`.
 *   fresh  nothing of the prompt is known (each round's prompt begins differently)
 *   known  another question on the same instructions and passages
 *   found  the passage on the screen: from the question to the first event, no model
 *   read   the words that answer, as the reader finds them: from the question to the first event that shows some
 *   whole  the same to the event that shows the best of all passages
 * Run it on a machine that does nothing else.
 */
const rounds = 12;
const handbook = join(import.meta.dirname, "..", "examples", "handbook");
const scratch = mkdtempSync(join(tmpdir(), "pawl-bench-first-token-"));
cpSync(join(handbook, "docs"), join(scratch, "docs"), { recursive: true });
cpSync(join(handbook, "app.ts"), join(scratch, "app.ts"));
const config = await readConfig({ appFolder: scratch, env: { ...process.env, PAWL_HOME: join(scratch, ".pawl") } });
const host = await openHost(config, { apps: [scratch] });
const { signal } = new AbortController();
try {
  await host.reload("handbook");
  const questions = readFileSync(join(handbook, "questions.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter((line) => line.split === "development" && line.answer !== null)
    .map((line) => String(line.question));
  const prompts: Message[][] = [];
  const found: number[] = [];
  for (const question of questions) {
    if (prompts.length === rounds + 1) break;
    const from = performance.now();
    let foundMs: number | undefined;
    const turn = await host.ask({
      model: "app/handbook",
      messages: [{ role: "user", content: question }],
      format: { type: "text" },
      answer: "model",
      sampling: { maxTokens: 1 },
      signal,
      emit: async (event) => {
        if (event.type === "found") foundMs ??= performance.now() - from;
      },
    });
    if (foundMs !== undefined) found.push(foundMs);
    const composed = turn.spans.find((span) => span.kind === "compose");
    if (composed) prompts.push((composed.output as Steps["compose"]["out"]).messages); // the kind's output
  }
  const read: number[] = [];
  const whole: number[] = [];
  for (const question of questions.slice(0, rounds + 1)) {
    const from = performance.now();
    const shownMs: number[] = [];
    await host.ask({
      model: "app/handbook",
      messages: [{ role: "user", content: question }],
      format: { type: "text" },
      answer: "reader",
      signal,
      emit: async (event) => {
        if (event.type === "found") shownMs.push(performance.now() - from); // the first has the passages alone
      },
    });
    read.push(shownMs[1] ?? Number.NaN);
    whole.push(shownMs.at(-1) ?? Number.NaN);
  }
  const first = async (messages: Message[]) => {
    const { firstTokenMs = Number.NaN, usage } = await host.gateway.chat(
      {
        model: "local/default",
        messages,
        sampling: { temperature: 0, maxTokens: 2, stop: [] },
        format: { type: "text" },
      },
      { signal },
    );
    return { firstTokenMs, ...usage };
  };
  const fresh: Awaited<ReturnType<typeof first>>[] = [];
  const known: Awaited<ReturnType<typeof first>>[] = [];
  for (const [round, messages] of prompts.slice(1).entries()) {
    const [system, ...rest] = messages;
    const begun: Message[] = [{ role: "system", content: `Round ${round}. ${system?.content}` }, ...rest];
    fresh.push(await first(begun));
    const last = begun.at(-1);
    const other = last?.content.replace(/Question: .*$/s, `Question: ${questions[questions.length - 1 - round]}`) ?? "";
    known.push(await first([...begun.slice(0, -1), { role: "user", content: other }]));
  }
  const figures = (runs: typeof fresh) => ({
    p50Ms: Math.round(median(runs.map((run) => run.firstTokenMs))),
    p95Ms: Math.round(
      percentile(
        runs.map((run) => run.firstTokenMs),
        95,
      ),
    ),
    promptTokens: median(runs.map((run) => run.inputTokens)),
    knownTokens: median(runs.map((run) => run.cachedTokens)),
  });
  const shown = (ms: readonly number[]) => ({
    p50Ms: Math.round(median(ms.slice(1))),
    p95Ms: Math.round(percentile(ms.slice(1), 95)),
  });
  const result = {
    rounds: fresh.length,
    fresh: figures(fresh),
    known: figures(known),
    found: shown(found),
    read: shown(read),
    whole: shown(whole),
  };
  if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(result)}\n`);
  else
    for (const [name, value] of Object.entries(result))
      process.stdout.write(`${name.padEnd(8)} ${JSON.stringify(value)}\n`);
} finally {
  await host.close();
  rmSync(scratch, { recursive: true, force: true });
}
