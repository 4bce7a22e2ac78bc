import { type Message, Role } from "#schema";

/** Messages as read, and the members that a message of pawl's has no place for; or why they cannot be read. */
export type ReadMessages = { messages: Message[]; lost: string[] } | { refusal: string };

/**
 * Messages of OpenAI's chat form. Content in parts becomes their text; `developer` is `system`; a message without
 * content (a call of tools) has an empty one.
 */
export function readMessages(value: unknown): ReadMessages {
  if (!Array.isArray(value) || value.length === 0) return { refusal: "`messages` is not a list of messages." };
  const messages: Message[] = [];
  const lost = new Set<string>();
  for (const [index, item] of value.entries()) {
    const where = `Message ${index + 1}`;
    if (!isRecord(item)) return { refusal: `${where} is not an object.` };
    const { role: given, content: said, name, ...rest } = item;
    const role = Role.safeParse(given === "developer" ? "system" : given === "function" ? "tool" : given);
    if (!role.success) return { refusal: `${where} has the role ${JSON.stringify(given)}.` };
    const content = textOf(said);
    if (content === null) return { refusal: `${where} has content that is not text.` };
    for (const member of Object.keys(rest)) lost.add(member);
    messages.push({ role: role.data, content, ...(typeof name === "string" ? { name } : {}) });
  }
  return { messages, lost: [...lost] };
}

function textOf(content: unknown): string | null {
  if (content === null || content === undefined) return "";
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return null;
  const parts = content.map((part) =>
    isRecord(part) && part.type === "text" && typeof part.text === "string" ? part.text : null,
  );
  return parts.includes(null) ? null : parts.join("");
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
