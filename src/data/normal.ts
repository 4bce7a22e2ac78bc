import type { Message } from "#schema";

/**
 * A text as two texts are compared: NFKC, lower case, white space as one blank, no quotes around it and no punctuation
 * at its end.
 */
export function normalText(text: string): string {
  const plain = text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
  const bare = plain.replace(/^["'“”‘’«»]+|["'“”‘’«».!?…\s]+$/gu, "");
  return bare === "" ? plain : bare;
}

/** What is asked, as two examples are compared: everything but the system message. */
export function normalQuestion(messages: readonly Message[]): string {
  const said = messages.filter(({ role }) => role !== "system");
  const [only] = said;
  if (said.length === 1 && only?.role === "user") return normalText(only.content);
  return said.map(({ role, content }) => `${role}: ${normalText(content)}`).join("\n");
}
