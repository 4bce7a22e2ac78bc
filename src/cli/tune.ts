import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { PawlError } from "#kernel";
import { TuneLine } from "#schema";
import { connect } from "./connect.ts";
import { dim, print, say } from "./draw.ts";
import { waitForJob } from "./jobs.ts";

export type TuneOptions = {
  app: string;
  json?: boolean;
  data: string;
  minutes: number;
  epochs?: number;
  rank?: number;
  learningRate?: number;
  fresh?: boolean;
  reader?: boolean;
  writer?: boolean;
};

/** `pawl tune --data FILE.jsonl --minutes N`: an adapter of the app's local model, or a reader. */
export async function tune(options: TuneOptions): Promise<number> {
  const lines = await readLines(options.data);
  const connection = await connect(options.app);
  try {
    const recipe = {
      ...(options.epochs === undefined ? {} : { epochs: options.epochs }),
      ...(options.rank === undefined ? {} : { rank: options.rank, alpha: 2 * options.rank }),
      ...(options.learningRate === undefined ? {} : { learningRate: options.learningRate }),
    };
    const kind = options.reader ? "reader" : options.writer ? "writer" : "chat";
    const { id } = await connection.client.tune({
      params: { id: connection.app },
      body: { lines, kind, minutes: options.minutes, recipe, fresh: options.fresh ?? false },
    });
    await waitForJob(connection, id, "Run it again: it goes on from its last checkpoint.");
    const run = await connection.client.tuning({ params: { id } });
    const { result } = run;
    if (!result) throw new PawlError("internal", `The training run ${id} has ended without a result.`);
    const told = {
      adapter: result.adapter,
      sha256: result.sha256,
      peft: result.peft,
      release: result.release,
      steps: run.steps,
      tokensPerSecond: run.tokensPerSecond,
      peakMemoryMb: run.peakMemoryMb,
      validation: result.validation,
    };
    if (options.json) print(JSON.stringify(told));
    else {
      print(`${result.peft === null ? "skill" : "adapter"}: ${result.adapter}`);
      if (result.peft !== null) print(`PEFT: ${result.peft}`);
      print(`validation loss ${result.validation.toFixed(4)} after ${run.steps} steps`);
      if (kind === "writer") say(dim(`learned from ${run.examples} of ${lines.length} lines`));
      say(dim(`${run.tokensPerSecond?.toFixed(0)} tokens/s, ${run.peakMemoryMb} MB at most`));
      say(
        result.peft === null
          ? `Use it instead of pawl's own: PAWL_SKILLS=${dirname(result.adapter)}`
          : `Name it in the app file to try it: adapter: "${result.adapter}"`,
      );
    }
    return 0;
  } finally {
    await connection.close();
  }
}

/** Lines of a JSONL file. Throws `dataset-unreadable` with the line's number. */
export async function readLines(path: string): Promise<TuneLine[]> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new PawlError("dataset-missing", `There is no file ${path}.`, { hint: "Check --data.", cause });
  });
  const lines = text.split("\n").flatMap((line, at) => (line.trim() === "" ? [] : [parseLine(line, at + 1, path)]));
  if (lines.length > 0) return lines;
  throw new PawlError("dataset-empty", `${path} has no line.`, {
    hint: 'A line is {"passages": ["…"], "question": "…", "answer": "…", "citation": 1}.',
  });
}

function parseLine(line: string, number: number, path: string): TuneLine {
  const where = `${path}, line ${number}`;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new PawlError("dataset-unreadable", `${where} is not JSON.`, {
      hint: "One JSON object on each line.",
      cause,
    });
  }
  const parsed = TuneLine.loose().safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new PawlError("dataset-unreadable", `${where}: ${issue?.path.join(".") || "the line"}: ${issue?.message}.`, {
    hint: 'A line is {"passages": ["…"], "question": "…", "answer": "…" or null, "citation": 1}.',
  });
}
