import { connect } from "./connect.ts";
import { bold, dim, print, red, table } from "./draw.ts";
import type { TurnDetail } from "./wire.ts";

/** `pawl trace`: the newest turns, or one turn step by step. */
export async function trace(
  id: string | undefined,
  options: { app: string; json?: boolean; limit: number },
): Promise<number> {
  const connection = await connect(options.app, { isReady: false });
  try {
    if (id === undefined) {
      const { turns } = await connection.client.turns({ query: { limit: options.limit } });
      if (options.json) print(JSON.stringify({ turns }));
      else
        print(
          table(
            turns.map((turn) => [
              turn.id,
              new Date(turn.startMs).toISOString().slice(0, 19),
              `${Math.round(turn.endMs - turn.startMs)} ms`,
              turn.error ? red(turn.error.code) : turn.answer?.abstained ? "abstained" : "answered",
              turn.question.slice(0, 60).replaceAll("\n", " "),
            ]),
          ),
        );
      return 0;
    }
    const turn = await connection.client.turn({ params: { id } });
    if (options.json) print(JSON.stringify(turn));
    else drawTurn(turn);
    return 0;
  } finally {
    await connection.close();
  }
}

const barWidth = 40;

function drawTurn(turn: TurnDetail): void {
  const total = Math.max(turn.endMs - turn.startMs, 1);
  print(`${bold(turn.question)}\n${turn.answer?.text ?? red(`${turn.error?.code}: ${turn.error?.message}`)}\n`);
  const rows = turn.spans.map((span) => {
    const from = Math.round(((span.startMs - turn.startMs) / total) * barWidth);
    const length = Math.max(1, Math.round(((span.endMs - span.startMs) / total) * barWidth));
    const bar = `${" ".repeat(Math.min(from, barWidth - 1))}${"█".repeat(length)}`.slice(0, barWidth);
    const tokens = span.usage ? `${span.usage.inputTokens}+${span.usage.outputTokens} tokens` : "";
    return [
      span.path,
      bar.padEnd(barWidth),
      `${(span.endMs - span.startMs).toFixed(1)} ms`,
      span.source === "work" ? "" : `known from ${span.source}`,
      tokens,
      span.error?.code ?? "",
    ];
  });
  print(table(rows));
  print(dim(`\n${turn.id} · release ${turn.release} · ${total.toFixed(0)} ms`));
}
