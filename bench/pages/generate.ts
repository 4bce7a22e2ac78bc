import { seededRandom } from "#stats";

/** A Markdown document as a handbook has it: some 480 words under headings, with lists and now and then a table. */
export type Page = { path: string; text: string };

/**
 * Pages made from word lists and sentence templates: the same for the same seed, and no sentence is written twice often,
 * so that the embedder's cache has as little to give as with real documents.
 */
export function generatePages(count: number, seed: number): Page[] {
  const next = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => {
    const found = list[Math.floor(next() * list.length)];
    if (found === undefined) throw new Error("a word list is empty");
    return found;
  };
  const number = (from: number, to: number) => String(from + Math.floor(next() * (to - from + 1)));
  const words: Record<string, () => string> = {
    who: () => pick(people),
    what: () => pick(things),
    where: () => pick(places),
    doing: () => pick(actions),
    when: () => pick(times),
    n: () => number(2, 90),
    money: () => `${number(20, 900)} pounds`,
    form: () => `form ${pick(letters)}-${number(100, 999)}`,
  };
  const sentence = () => capital(pick(sentences).replace(/\{(\w+)\}/g, (_, name: string) => words[name]?.() ?? name));
  const several = (from: number, to: number, make: () => string, between: string) =>
    Array.from({ length: Number(number(from, to)) }, make).join(between);
  const table = () =>
    [
      `| ${pick(things)} | ${pick(places)} | ${pick(places)} |`,
      "| --- | --- | --- |",
      several(3, 5, () => `| ${pick(people)} | ${number(1, 60)} | ${number(1, 60)} |`, "\n"),
    ].join("\n");
  const section = () => {
    const heading = `## ${capital(pick(actions))} ${pick(things)}`;
    const body = several(4, 6, sentence, " ");
    const kind = next();
    if (kind < 0.15) return `${heading}\n\n${body}\n\n${table()}`;
    if (kind < 0.4) return `${heading}\n\n${body}\n\n${several(2, 4, () => `- ${sentence()}`, "\n")}`;
    return `${heading}\n\n${body}`;
  };
  return Array.from({ length: count }, (_, index) => {
    const title = `${capital(pick(things))} at ${pick(places)}`;
    const text = `# ${title}\n\n${sentence()}\n\n${several(5, 6, section, "\n\n")}\n`;
    return { path: `page-${String(index + 1).padStart(4, "0")}.md`, text };
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const letters = ["A", "B", "F", "K", "R", "T"];
const people = [
  ...["apprentices", "line managers", "visiting engineers", "the night shift", "contractors", "department heads"],
  ...["the safety officer", "new starters", "field technicians", "the payroll team", "part-timers", "site leads"],
];
const things = [
  ...["calibration benches", "travel advances", "protective glasses", "pool cars", "meeting rooms", "spare parts"],
  ...["solvent cabinets", "training days", "shift swaps", "access cards", "forklift licences", "supplier invoices"],
  ...["mobile phones", "laboratory keys", "parking permits", "overtime hours", "medical checks", "tool allowances"],
];
const places = [
  ...["the north works", "the harbour office", "Leeds", "the test hall", "the second floor", "Rotterdam"],
  ...["the archive", "the training centre", "Kraków", "the cleanroom", "the loading bay", "the canteen"],
];
const actions = ["booking", "returning", "reporting", "sharing", "replacing", "inspecting", "approving", "storing"];
const times = [
  ...["on the first working day of the month", "before the end of the quarter", "within two weeks of the event"],
  ...["during the summer shutdown", "after the yearly audit", "as soon as the shift ends", "by noon on Fridays"],
];
const sentences = [
  "Anyone {doing} {what} in {where} tells {who} at least {n} days ahead.",
  "{who} keep a list of {what} and bring it up to date {when}.",
  "Up to {n} {what} may be held in {where}; more need the approval of {who}.",
  "The cost of {doing} {what} is refunded up to {money}, if the receipt is sent {when}.",
  "Use {form} for {doing} {what}, and leave the copy with {who} in {where}.",
  "When {what} are damaged, {who} decide within {n} hours whether they go back to {where}.",
  "{who} are not asked to do so {when}, unless {what} are needed in {where}.",
  "A fee of {money} is charged where {what} are missing for more than {n} days.",
  "No more than {n} people work on {what} in {where} at the same time.",
  "Questions about {doing} {what} go to {who}; they answer {when}.",
  "Since the last review, {what} from {where} are counted {when} and compared with {form}.",
  "Exceptions for {who} are written down on {form} and end after {n} weeks.",
];
