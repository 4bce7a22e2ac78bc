import { exportJsonl } from "#data";
import { PawlError } from "#kernel";
import { type Example, Split } from "#schema";
import { type Connection, connect } from "./connect.ts";
import { dim, print, table } from "./draw.ts";
import type { QuestionsOptions } from "./questions.ts";

export type DataOptions = QuestionsOptions & { split?: string };

/** `pawl data list`, `pawl data export` and `pawl data questions`. */
export async function data(action: string, dataset: string | undefined, options: DataOptions): Promise<number> {
  if (action === "questions") return (await import("./questions.ts")).questions(dataset, options);
  if (action !== "list" && action !== "export")
    throw new PawlError("unsupported-option", `There is no \`pawl data ${action}\`.`, {
      hint: "Use list, export or questions.",
    });
  const connection = await connect(options.app, { isReady: false });
  try {
    if (action === "list") await list(connection, options);
    else await exportDataset(connection, dataset, options);
    return 0;
  } finally {
    await connection.close();
  }
}

async function list({ client, app }: Connection, { json }: DataOptions): Promise<void> {
  const { datasets } = await client.datasets({ query: { app } });
  if (json) return print(JSON.stringify({ datasets }));
  const rows = datasets.map(({ dataset, id, examples, splits, createdAt, health }) => [
    dataset,
    `${examples} examples`,
    Object.entries(splits)
      .map(([split, count]) => `${split} ${count}`)
      .join(" · "),
    health.length === 0 ? "" : `${health.length} notes`,
    createdAt.slice(0, 10),
    dim(id),
  ]);
  print(rows.length > 0 ? table(rows) : "No datasets. `pawl import FILE` brings one in.");
}

async function exportDataset(
  { client, app }: Connection,
  name: string | undefined,
  { json, split }: DataOptions,
): Promise<void> {
  const { datasets } = await client.datasets({ query: { app } });
  const [only] = datasets;
  const chosen = name ?? (datasets.length === 1 ? only?.dataset : undefined);
  if (chosen === undefined)
    throw new PawlError("dataset-unknown", `There are ${datasets.length} datasets.`, {
      hint: `Name one: ${datasets.map(({ dataset }) => dataset).join(", ") || "`pawl import FILE` brings one in"}.`,
    });
  const known = Split.optional().safeParse(split);
  if (!known.success)
    throw new PawlError("unsupported-option", `There is no split ${split}.`, {
      hint: `Splits: ${Split.options.join(", ")}.`,
    });
  // The app's own dataset before another app's of the same name.
  const id = datasets.find(({ dataset }) => dataset === chosen)?.id ?? chosen;
  const examples: Example[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await client.examples({ params: { id }, query: { limit: 500, split: known.data, cursor } });
    examples.push(...page.examples);
    if (page.next === null) break;
    cursor = page.next;
  }
  if (json) print(JSON.stringify({ dataset: chosen, version: id, examples }));
  else process.stdout.write(exportJsonl(examples));
}
