import type { Dataset } from "../../api.ts";
import { shortId } from "../../format.ts";

/** A dataset's name by its version; an older version, which is in no list, by the end of its id. */
export function datasetName(datasets: readonly Dataset[] | undefined, version: string): string {
  return datasets?.find(({ id }) => id === version)?.dataset ?? `earlier ${shortId(version)}`;
}

/** What an example asks: its last message of a user. */
export function questionOf(messages: readonly { role: string; content: string }[]): string {
  return messages.findLast(({ role }) => role === "user")?.content ?? messages.at(-1)?.content ?? "";
}

export const notInDocuments = "Not in the documents";

/** What an example expects, in a line: the answer, that there is none, or that nobody has said. */
export function referenceOf(example: { answer?: string | null | undefined }): string {
  if (example.answer === null) return notInDocuments;
  return example.answer ?? "No reference";
}
