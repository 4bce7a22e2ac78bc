import { resolve } from "node:path";
import { PawlError } from "#kernel";
import { createClient } from "#server";
import { type Connection, connect } from "./connect.ts";
import { print, say, table } from "./draw.ts";
import { type InitOptions, nameOf, writeApp } from "./init.ts";
import type { TurnDetail } from "./wire.ts";

/** How many of the newest turns are looked at. */
const newest = 50;

/**
 * `pawl init --from-turns`: an `app.ts` as the recorded turns show the program: its most frequent system message, its
 * model, its sampling. What has no place in the file is listed by name.
 */
export async function initFromTurns(documents: string | undefined, options: InitOptions): Promise<number> {
  if (documents !== undefined)
    throw new PawlError("bad-request", "Name documents or --from-turns, not both.", {
      hint: "Write the app from its turns, then add `knowledge` to it.",
    });
  const connection = await toTurns();
  try {
    const { app, turns } = await recordedTurns(connection, options.app);
    const found = seen(turns);
    const name = options.name ?? nameOf(app);
    await writeApp(appText(name, found));
    if (options.json) {
      print(JSON.stringify({ app: name, file: resolve("app.ts"), turns: turns.length, notCarried: found.notCarried }));
      return 0;
    }
    print(`app.ts describes ${name}, as ${turns.length} of its newest turns show it.`);
    if (found.notCarried.length > 0) {
      print("\nNot carried over:");
      print(table(found.notCarried.map((each) => [`  ${each.name}`, each.message])));
    }
    say("Next: npx pawl dev");
    return 0;
  } finally {
    await connection.close();
  }
}

/** The pawl that holds the turns: `PAWL_URL`, else the one of this folder. */
async function toTurns(): Promise<Pick<Connection, "client" | "close">> {
  const { PAWL_URL: url, PAWL_API_KEY: key } = process.env;
  if (!url) {
    return connect(".", { isReady: false }).catch((error: unknown) => {
      if (error instanceof PawlError && error.code === "app-file-missing") throw nothingRecorded();
      throw error;
    });
  }
  return { client: createClient({ baseUrl: url, ...(key ? { key } : {}) }), close: async () => {} };
}

async function recordedTurns(
  { client }: Pick<Connection, "client">,
  asked: string | undefined,
): Promise<{ app: string; turns: TurnDetail[] }> {
  const served = new Set((await client.apps()).apps.map(({ name }) => name));
  const { turns } = await client.turns({ query: { limit: 500, ...(asked === undefined ? {} : { app: asked }) } });
  const recorded = turns.filter(({ app }) => app === asked || !served.has(app));
  const apps = [...new Set(recorded.map(({ app }) => app))];
  const [app] = apps;
  if (app === undefined) {
    throw nothingRecorded(asked);
  }
  if (apps.length > 1) {
    throw new PawlError("bad-request", `${apps.length} apps have recorded turns.`, {
      hint: `Name one with --app: ${apps.join(", ")}.`,
      details: { apps },
    });
  }
  const ids = recorded.slice(0, newest).map(({ id }) => id);
  return { app, turns: await Promise.all(ids.map((id) => client.turn({ params: { id } }))) };
}

function nothingRecorded(app?: string): PawlError {
  return new PawlError("not-found", app ? `There are no turns of ${app}.` : "No turns were recorded here yet.", {
    hint: "Record some first: pawl/ai, OTLP, or calls through pawl (docs/bring-your-own.md).",
  });
}

type NotCarried = { name: string; message: string };
type Seen = {
  instructions: string;
  model: string;
  sampling: Record<string, unknown>;
  questions: string[];
  notCarried: NotCarried[];
};

/** What an app file has a place for, and what it has none for. */
function seen(turns: readonly TurnDetail[]): Seen {
  const notCarried: NotCarried[] = [];
  const calls = turns.flatMap(({ spans }) => spans.filter(({ kind }) => kind === "model").slice(-1));
  const systems = counted(
    turns.map((turn) =>
      turn.input.messages
        .filter(({ role }) => role === "system")
        .map(({ content }) => content)
        .join("\n\n"),
    ),
  );
  const [system, ...otherSystems] = systems.filter(({ value }) => value !== "");
  for (const other of otherSystems)
    notCarried.push({ name: "instructions", message: `${times(other.count)}: ${shortened(other.value)}` });
  const without = systems.find(({ value }) => value === "")?.count ?? 0;
  if (system && without > 0) notCarried.push({ name: "instructions", message: `${times(without)}: none` });

  const [model, ...otherModels] = counted(calls.map(({ input, name }) => memberOf(input, "model") ?? name));
  for (const other of otherModels) notCarried.push({ name: "model", message: `${times(other.count)}: ${other.value}` });

  const [sampling, ...otherSampling] = counted(turns.map((turn) => JSON.stringify(turn.input.sampling ?? {})));
  for (const other of otherSampling)
    notCarried.push({ name: "sampling", message: `${times(other.count)}: ${other.value}` });

  const used = turns.flatMap(({ spans }) => spans.filter(({ name }) => name.startsWith("tool ")));
  const tools = counted([...new Set([...used.map(({ name }) => name.slice(5)), ...calls.flatMap(toolsOf)])]);
  for (const { value } of tools) notCarried.push({ name: "tool", message: value });
  const searches = counted(
    turns.flatMap(({ spans }) => spans.filter(({ kind }) => kind === "retrieve").map(nameOfSpan)),
  );
  for (const { value, count } of searches)
    notCarried.push({ name: "retrieval", message: `${value}, ${count} times; give its documents as \`knowledge\`` });
  for (const { value } of counted(calls.flatMap(settingsOf))) notCarried.push({ name: "setting", message: value });
  for (const { value } of counted(calls.flatMap(({ notes }) => notes)))
    notCarried.push({ name: "message", message: value });

  return {
    instructions: system?.value ?? "You are a helpful assistant.",
    model: model?.value ?? "local/default",
    // Written by this program's own contract: an object of numbers and texts.
    sampling: JSON.parse(sampling?.value ?? "{}") as Record<string, unknown>,
    questions: [...new Set(turns.map(({ question }) => question))].filter((text) => text.length <= 200).slice(0, 3),
    notCarried: [
      ...(system ? [] : [{ name: "instructions", message: "no system message was recorded; these are a placeholder" }]),
      ...notCarried,
    ],
  };
}

/** Different values, most frequent first; of equally frequent ones the newest. */
function counted(values: readonly string[]): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
}

type Span = TurnDetail["spans"][number];

function nameOfSpan({ name }: Span): string {
  return name;
}

/** The tools that a call was given, by name. */
function toolsOf({ input }: Span): string[] {
  const tools = isObject(input) ? input.tools : undefined;
  return (Array.isArray(tools) ? tools : []).flatMap((tool) => {
    const inner = isObject(tool) && isObject(tool.function) ? tool.function : tool;
    const name = memberOf(inner, "name");
    return name === null ? [] : [name];
  });
}

/** Settings of a call that pawl has no word for. */
function settingsOf({ input }: Span): string[] {
  const attributes = isObject(input) && isObject(input.attributes) ? input.attributes : {};
  return Object.keys(attributes).filter((name) => /^gen_ai\.request\.|response_format|output\.type$/.test(name));
}

function memberOf(value: unknown, name: string): string | null {
  return isObject(value) && typeof value[name] === "string" ? value[name] : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function times(count: number): string {
  return `in ${count} ${count === 1 ? "turn" : "turns"}`;
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

function appText(name: string, found: Seen): string {
  const sampling = Object.keys(found.sampling).length > 0 ? `  sampling: ${literal(found.sampling)},\n` : "";
  return `import { defineApp } from "pawl";

export default defineApp({
  name: ${JSON.stringify(name)},
  instructions: ${textLiteral(found.instructions)},
  model: ${JSON.stringify(found.model)},
${sampling}  questions: ${JSON.stringify(found.questions)},
});
`;
}

/** A text of several lines as a template, so that it reads as it is and an edit shows as lines in git. */
function textLiteral(text: string): string {
  if (!text.includes("\n")) return JSON.stringify(text);
  return `\`${text.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${")}\``;
}

function literal(value: Record<string, unknown>): string {
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${name}: ${JSON.stringify(each)}`)
    .join(", ")} }`;
}
