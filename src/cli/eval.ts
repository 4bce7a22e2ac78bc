import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { type Connection, connect } from "./connect.ts";
import { bold, dim, print, say, table } from "./draw.ts";
import { untilEnded } from "./jobs.ts";

export type EvalOptions = { json?: boolean; data?: string; split: "development" | "gate" | "report" };

/** `pawl eval APP --data FILE --split NAME`: the app as its file is now, on a split, with an interval on every figure. */
export async function evaluate(app: string, options: EvalOptions): Promise<number> {
  const connecting = connect(app);
  // While the database opens, what is needed after it is loaded.
  const loading = Promise.all([import("#ship"), options.data === undefined ? null : warmFormat(options.data)]);
  loading.catch(() => {}); // told where it is awaited
  const connection = await connecting;
  try {
    const [{ figure, foreseenSentence, spentSentence }] = await loading;
    const dataset = options.data === undefined ? undefined : await importFile(connection, options.data);
    const { candidate } = await connection.client.candidate({ params: { id: connection.app } });
    if (candidate === null) throw new Error("an app that is ready has a release");
    const { id, job, before } = await connection.client.evaluate({
      body: { app: connection.app, split: options.split, releases: [candidate], ...(dataset ? { dataset } : {}) },
    });
    if (before) say(foreseenSentence(before));
    await untilEnded(connection, job, () => connection.client.cancelExperiment({ params: { id } }));
    const experiment = await connection.client.experiment({ params: { id } });
    const metrics = (experiment.metrics[0]?.values ?? []).map(({ examples: _, ...metric }) => metric);
    const failures = experiment.errors > 0 ? await failuresOf(connection, id) : [];
    if (options.json) {
      print(
        JSON.stringify({
          experiment: id,
          release: candidate,
          examples: experiment.examples,
          errors: experiment.errors,
          failures,
          metrics,
          before: experiment.before,
          spent: experiment.spent,
        }),
      );
    } else {
      print(bold(`${connection.app} on ${experiment.examples} examples (${options.split})`));
      print(
        table([
          ["metric", "mean", "95 % interval"],
          ...metrics.map(({ name, mean, low, high, unit }) => [
            name,
            figure(mean, unit),
            `${figure(low, unit)} to ${figure(high, unit)}`,
          ]),
        ]),
      );
      if (experiment.errors > 0) say(`${experiment.errors} errors: those examples have no score.`);
      for (const { message, examples } of failures) say(`  ${examples} × ${message}`);
      if (experiment.spent) say(spentSentence(experiment.spent));
      say(dim(`${id} · ${candidate}`));
    }
    return 0;
  } finally {
    await connection.close();
  }
}

/** Loads what reads a file of this format, by its beginning; what is wrong with it is told when it is imported. */
async function warmFormat(file: string): Promise<void> {
  const { parseDataset } = await import("#data");
  await readFile(file, "utf8")
    .then((text) => parseDataset({ text: text.slice(0, 10_000), file: basename(file) }))
    .catch(() => {});
}

/** Imports a dataset file under the name of the file; gives the dataset's name. */
export async function importFile({ client, app }: Connection, file: string): Promise<string> {
  const text = await readFile(file, "utf8");
  const dataset =
    basename(file)
      .replace(/\.[^.]+$/, "")
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "") || "data";
  const { refused } = await client.importDataset({ body: { app, dataset, file: basename(file), text } });
  for (const { at, message } of refused) say(`${file}:${at}: ${message}`);
  return dataset;
}

/** Why examples have no score, most frequent first. */
async function failuresOf({ client }: Connection, id: string) {
  const { rows } = await client.results({ params: { id }, query: { limit: 500 } });
  const counts = new Map<string, { code: string; message: string; examples: number }>();
  for (const { results } of rows) {
    for (const { error } of results) {
      if (!error) continue;
      const one = counts.get(error.message) ?? { ...error, examples: 0 };
      one.examples += 1;
      counts.set(error.message, one);
    }
  }
  return [...counts.values()].sort((a, b) => b.examples - a.examples);
}
