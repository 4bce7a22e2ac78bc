import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { datasetName } from "#data";
import { PawlError } from "#kernel";
import { connect } from "./connect.ts";
import { dim, green, print, red, say } from "./draw.ts";
import type { Imported } from "./wire.ts";

export type ImportOptions = { app: string; json?: boolean; dataset?: string; format: string; append?: boolean };

const formats = ["auto", "jsonl", "csv", "openai", "promptfoo"] as const;

/** `pawl import`: exit 1 if a line is refused; the others are imported. */
export async function importCommand(file: string, options: ImportOptions): Promise<number> {
  const format = formats.find((one) => one === options.format);
  if (!format)
    throw new PawlError("unsupported-option", `There is no format ${options.format}.`, {
      hint: `Formats: ${formats.join(", ")}.`,
    });
  const text = await readFile(file, "utf8").catch((cause) => {
    throw new PawlError("dataset-unreadable", `${file} cannot be read.`, {
      hint: "Does the file exist, and may this user read it?",
      cause,
    });
  });
  const connection = await connect(options.app, { isReady: false });
  try {
    const done = await connection.client.importDataset({
      body: {
        app: connection.app,
        dataset: options.dataset ?? datasetName(file),
        format,
        file: basename(file),
        text,
        mode: options.append ? "append" : "replace",
      },
    });
    if (options.json) print(JSON.stringify(done));
    else draw(done);
    return done.refused.length > 0 ? 1 : 0;
  } finally {
    await connection.close();
  }
}

function draw({ dataset, version, imported, refused, notCarried, health }: Imported): void {
  print(`${green(`${imported} examples`)} in ${dataset} ${dim(version)}`);
  for (const { at, message } of refused) say(`${red("refused")} ${at}: ${message}`);
  for (const { at, name, message } of notCarried) say(`not carried over: ${name} ${dim(`(${at})`)}: ${message}`);
  for (const { message } of health) say(`${dim("note")} ${message}`);
}
