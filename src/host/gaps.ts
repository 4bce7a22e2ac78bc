import { listDocuments } from "#knowledge";
import type { AskedQuestion, QuestionsReport } from "#schema";
import { collectionOf } from "./apps.ts";
import type { HostCore } from "./core.ts";

/** What an app's documents leave open. */
export type Gaps = {
  documents: {
    id: string;
    path: string;
    title: string;
    cited: number;
    written: number | null;
    answered: number | null;
    notes: string[];
  }[];
  questions: { question: string; turn: string; isWritten: boolean; stage: AskedQuestion["stage"] | null }[];
};

/** Newest questions of people that are looked at. */
const mostAsked = 200;
const page = 500;

/**
 * Each document with how often it answers, those that answer least first; and the questions that nothing was found for: the
 * written ones of the newest report, and those that people asked and that were answered last with "the documents do not say".
 */
export async function gapsOf(host: HostCore, app: string, report: QuestionsReport | null): Promise<Gaps> {
  await host.recorded([]); // what waits to be written is counted
  const cited = await citedDocuments(host, app);
  const written = new Map(report?.documents.map((document) => [document.id, document]));
  const answered = report?.asked.filter(({ stage, answer }) => stage === "answered" && answer !== null) ?? [];
  const names = Object.keys(host.app(app).release?.spec.knowledge ?? {});
  const documents: Gaps["documents"] = [];
  for (const collection of names.map((name) => collectionOf(app, name))) {
    for (let cursor: string | undefined; ; ) {
      const listed = await listDocuments(host.store, { collection, limit: page, cursor });
      for (const { id, path, title, notes } of listed.documents) {
        const own = written.get(id);
        documents.push({
          id,
          path,
          title,
          cited: cited.get(id) ?? 0,
          written: own?.written ?? null,
          answered: own === undefined ? null : answered.filter(({ documentId }) => documentId === id).length,
          notes,
        });
      }
      if (listed.next === null) break;
      cursor = listed.next;
    }
  }
  const lost = report?.asked.filter(({ stage }) => stage !== "answered") ?? [];
  return {
    documents: documents.sort((a, b) => a.cited + (a.answered ?? 0) - (b.cited + (b.answered ?? 0))),
    questions: [
      ...(await unanswered(host, app)),
      ...lost.map(({ question, turn, stage }) => ({ question, turn, isWritten: true, stage })),
    ],
  };
}

/** What people asked; pawl's own askings have sessions of their own. */
const people =
  "session not like 'questions\\_%' and session not like 'sim\\_%' and session not like 'exp\\_%' and session not like 'replay\\_%' and session not like 'loop\\_%'";

async function citedDocuments({ store }: HostCore, app: string): Promise<Map<string, number>> {
  const rows = await store.query({
    sql: `select cited, count(*)::int as times from (
        select distinct t.id, c->>'documentId' as cited from turns t, jsonb_array_elements(t.body->'answer'->'citations') c
        where t.app = $1 and ${people} and jsonb_typeof(t.body->'answer') = 'object') as one group by cited`,
    params: [app],
  });
  return new Map(rows.map(({ cited, times }) => [String(cited), Number(times)]));
}

async function unanswered({ store }: HostCore, app: string): Promise<Gaps["questions"]> {
  const rows = await store.query({
    sql: `select question, turn from (
        select distinct on (question) question, id as turn, start_ms, body->'answer'->>'abstained' as abstained
        from turns where app = $1 and ${people} and jsonb_typeof(body->'answer') = 'object'
        order by question, start_ms desc) as newest
      where abstained = 'true' order by start_ms desc limit $2`,
    params: [app, mostAsked],
  });
  return rows.map(({ question, turn }) => ({
    question: String(question),
    turn: String(turn),
    isWritten: false,
    stage: null,
  }));
}
