import { createInterface } from "node:readline/promises";
import { connect } from "./connect.ts";
import { bold, dim, drawError, print } from "./draw.ts";

/** `pawl chat`: question after question in one session, streamed; Ctrl-C stops an answer, Ctrl-D ends. */
export async function chat(options: { app: string }): Promise<number> {
  const connection = await connect(options.app);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const session = `cli-${Date.now().toString(36)}`;
  try {
    for (;;) {
      const question = await lines.question(bold("› ")).catch(() => null); // Ctrl-D closes the input
      if (question === null) return 0;
      if (question.trim() === "") continue;
      const stop = new AbortController();
      lines.once("SIGINT", () => stop.abort());
      try {
        await answer(connection, { question, session, signal: stop.signal });
      } catch (error) {
        if (!stop.signal.aborted) drawError(error);
      }
    }
  } finally {
    lines.close();
    await connection.close();
  }
}

async function answer(
  { client, app }: Awaited<ReturnType<typeof connect>>,
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
