import { type AnswerMode, steps } from "#schema";
import { type Connection, connect } from "./connect.ts";
import { bold, dim, print } from "./draw.ts";
import type { ChatCompletion } from "./wire.ts";

export type AskOptions = { app: string; json?: boolean; model?: string; answer?: AnswerMode };

/** `pawl ask`: one question, its answer with the quotes that support it. */
export async function ask(question: string, options: AskOptions): Promise<number> {
  const connection = await connect(options.app, {
    isReady: options.model === undefined,
    isAppNeeded: options.model === undefined,
  });
  try {
    const model = options.model ?? `app/${connection.app}`;
    const completion = await connection.client.chat({
      body: {
        model,
        messages: [{ role: "user", content: question }],
        ...(options.answer ? { pawl: { answer: options.answer } } : {}),
      },
    });
    if (options.json) print(JSON.stringify(answerOf(completion)));
    else {
      drawAnswer(completion);
      if (completion.pawl?.abstained) await drawNearest(connection, completion.id);
    }
    return 0;
  } finally {
    await connection.close();
  }
}

/** What was found and held to be no answer: the next place to look. */
async function drawNearest({ client }: Connection, id: string): Promise<void> {
  const { spans } = await client.turn({ params: { id } });
  const found = spans.flatMap(({ kind, output }) =>
    kind === "retrieve" ? (steps.retrieve.out.safeParse(output).data?.passages ?? []) : [],
  );
  const titles = [...new Set(found.toSorted((a, b) => b.score - a.score).map(({ title }) => title))].slice(0, 3);
  if (titles.length > 0) print(dim(`Nearest: ${titles.join("; ")}`));
}

function answerOf(completion: ChatCompletion) {
  const answer = completion.choices[0]?.message.content ?? "";
  const { turn, release, abstained, citations } = completion.pawl ?? {
    turn: completion.id,
    release: null,
    abstained: false,
    citations: [],
  };
  return { turn, release, answer, abstained, citations };
}

export function drawAnswer(completion: ChatCompletion): void {
  const { answer, citations, turn } = answerOf(completion);
  print(answer);
  for (const [i, { title, quote }] of citations.entries()) {
    print(`\n${dim(`[${i + 1}]`)} ${bold(title)}\n    ${quote.replaceAll("\n", "\n    ")}`);
  }
  print(dim(`\n${turn}`));
}
