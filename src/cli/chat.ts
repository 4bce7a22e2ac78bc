import { createInterface, type Interface } from "node:readline";
import { type Connection, connect } from "./connect.ts";
import { bold, dim, drawError, print } from "./draw.ts";

/** `pawl chat`: question after question in one session, streamed; Ctrl-C stops an answer, Ctrl-D ends. */
export async function chat(options: { app: string }): Promise<number> {
  const connection = await connect(options.app);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const session = `cli-${Date.now().toString(36)}`;
  let isOpen = true;
  lines.once("close", () => (isOpen = false));
  lines.setPrompt(bold("› "));
  lines.prompt();
  try {
    // The iterator keeps lines that come while an answer is written: a pasted block, or a file on stdin.
    for await (const question of lines) {
      if (question.trim() !== "") await answered(connection, { question, session, lines });
      if (isOpen) lines.prompt();
    }
    return 0;
  } finally {
    lines.close();
    await connection.close();
  }
}

/** One answer; Ctrl-C stops it and not the conversation. */
async function answered(
  connection: Connection,
  { lines, ...asked }: { question: string; session: string; lines: Interface },
): Promise<void> {
  const stop = new AbortController();
  const onStop = () => stop.abort();
  lines.once("SIGINT", onStop);
  try {
    await answer(connection, { ...asked, signal: stop.signal });
  } catch (error) {
    if (!stop.signal.aborted) drawError(error);
  } finally {
    lines.off("SIGINT", onStop);
  }
}

async function answer(
  { client, app }: Connection,
  { question, session, signal }: { question: string; session: string; signal: AbortSignal },
): Promise<void> {
  const body = { model: `app/${app}`, messages: [{ role: "user" as const, content: question }], pawl: { session } };
  for await (const chunk of client.stream(body, { signal })) {
    process.stdout.write(chunk.choices[0]?.delta.content ?? "");
    if (!chunk.pawl || !("citations" in chunk.pawl)) continue;
    print("");
    for (const [i, { title, quote }] of chunk.pawl.citations.entries()) print(dim(`[${i + 1}] ${title}: ${quote}`));
  }
}
