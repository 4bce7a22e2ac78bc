import { PawlError } from "#kernel";
import type { FeedbackBody } from "#schema";
import { type Connection, connect } from "./connect.ts";
import { bold, dim, print, say, table } from "./draw.ts";

export type FeedbackOptions = {
  app: string;
  json?: boolean;
  correct?: string;
  passage?: string;
  prefer?: string;
  reason?: string;
  rater?: string;
  limit: number;
};

/** `pawl feedback TURN [up|down] [--correct TEXT]`, or `--prefer TURN`: what one thinks of a turn; without a turn what was said. */
export async function feedback(
  turn: string | undefined,
  thumb: string | undefined,
  options: FeedbackOptions,
): Promise<number> {
  const bodies = turn === undefined ? [] : bodiesOf(thumb, options);
  const connection = await connect(options.app, { isReady: false });
  try {
    if (turn === undefined) await list(connection, options);
    else {
      const saved = [];
      for (const body of bodies) saved.push(await connection.client.feedback({ params: { id: turn }, body }));
      if (options.json) print(JSON.stringify(saved.length === 1 ? saved[0] : { saved }));
      else
        for (const { replaced, body, id } of saved)
          print(`${replaced ? "Replaced" : "Recorded"} ${wordOf(body)} ${dim(id)}`);
    }
    return 0;
  } finally {
    await connection.close();
  }
}

/** A thumb may come with a correction; the reason belongs to the thumb then. */
function bodiesOf(
  thumb: string | undefined,
  { correct, passage, prefer, reason, rater }: FeedbackOptions,
): FeedbackBody[] {
  const who = rater === undefined ? {} : { rater };
  const told = { ...(reason === undefined ? {} : { reason }), ...who };
  const isOne =
    prefer === undefined ? thumb !== undefined || correct !== undefined : thumb === undefined && correct === undefined;
  if (!isOne)
    throw new PawlError("unsupported-option", "Say what you think of the turn, or which other you prefer.", {
      hint: "`up` or `down`, --correct TEXT, or both; or --prefer TURN alone.",
    });
  if (passage !== undefined && correct === undefined)
    throw new PawlError("unsupported-option", "--passage belongs to --correct: it is where the right answer stands.");
  if (prefer !== undefined) return [{ kind: "choice", value: prefer, ...told }];
  if (thumb !== undefined && thumb !== "up" && thumb !== "down")
    throw new PawlError("unsupported-option", `"${thumb}" is no thumb.`, { hint: "Write up or down." });
  const correction: FeedbackBody[] =
    correct === undefined
      ? []
      : [
          {
            kind: "correction",
            value: correct,
            ...(passage === undefined ? {} : { passage: placeOf(passage) }),
            ...(thumb === undefined ? told : who),
          },
        ];
  if (thumb === undefined) return correction;
  return [{ kind: "thumb", value: thumb === "up" ? 1 : -1, ...told }, ...correction];
}

function placeOf(text: string): { documentId: string; start: number; end: number } {
  const [, documentId = "", start, end] = /^(.+):(\d+)-(\d+)$/.exec(text) ?? [];
  if (documentId === "")
    throw new PawlError("bad-request", `"${text}" is no place in a document.`, {
      hint: "Write DOCUMENT:START-END, as doc_01J…:120-184 (UTF-16 code units, the end not counted).",
    });
  return { documentId, start: Number(start), end: Number(end) };
}

async function list({ client, app }: Connection, { limit, json, rater }: FeedbackOptions): Promise<void> {
  const { feedback: said, total } = await client.feedbackList({
    query: { app, limit, ...(rater === undefined ? {} : { rater }) },
  });
  const { releases, raters } = await client.feedbackEstimates({ params: { id: app } });
  if (json) return print(JSON.stringify({ feedback: said, total, releases, raters }));
  if (said.length === 0) {
    print("Nobody said anything yet. `pawl feedback TURN up` does; the console has keys for it.");
    return;
  }
  const share = (value: number | null) => (value === null ? "–" : `${(100 * value).toFixed(0)} %`);
  print(bold("Thumbs up by release, as given and as the average rater would give them"));
  print(
    table([
      ["release", "turns", "thumbs", "given", "corrected", "95 % interval", "preferred"],
      ...releases
        .filter(({ thumbs, compared }) => thumbs + compared > 0)
        .map((one) => [
          one.release,
          String(one.turns),
          String(one.thumbs),
          share(one.raw),
          share(one.corrected),
          `${share(one.low)} to ${share(one.high)}`,
          one.compared === 0 ? "–" : `${one.preferred} of ${one.compared}`,
        ]),
    ]),
  );
  print("");
  print(
    table(
      said.map(({ createdAt, turn, rater: who, body, question }) => [
        createdAt.slice(0, 16).replace("T", " "),
        turn,
        who,
        wordOf(body),
        question.slice(0, 50).replaceAll("\n", " "),
        (body.reason ?? (body.kind === "correction" ? body.value : "")).slice(0, 50).replaceAll("\n", " "),
      ]),
    ),
  );
  if (total > said.length) say(dim(`${said.length} of ${total}; --limit shows more.`));
}

function wordOf(body: FeedbackBody): string {
  switch (body.kind) {
    case "thumb":
      return body.value === 1 ? "up" : "down";
    case "correction":
      return "corrected";
    case "choice":
      return "prefers another";
  }
}
