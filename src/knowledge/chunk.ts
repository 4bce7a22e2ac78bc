import type { Range } from "#schema";
import { headerRow, type Statement, statementsOf, type Unit, unitsOf } from "./evidence.ts";
import type { Block, Loaded } from "./load/loader.ts";

/** How many tokens each text has. */
export type CountTokens = (texts: readonly string[]) => Promise<number[]>;

/** A chunk of a document: `text` is `document.text.slice(start, end)`. */
export type Piece = Range & {
  text: string;
  /** Document title, then the headings above. */
  titlePath: string[];
  /** The header row of the table that the chunk begins inside of: for the index, not a part of `text`. */
  tableHeader: string | null;
  /** What can be cited of it, with ranges of the document's text. */
  statements: Statement[];
  tokens: number;
};
type Cut = Omit<Piece, "statements">;

/**
 * A document cut by its structure: never across a heading; at the ends of paragraphs, items and rows where that fills
 * the chunk well, else at the ends of sentences; code blocks whole where they fit. `budget` is the most tokens of a
 * chunk; only a single word may exceed it. `overlap` tokens of the chunk before (whole sentences, same section) are
 * repeated. Headings are in the title path, and content only where nothing follows them.
 */
export async function chunk(
  document: Pick<Loaded, "title" | "text" | "blocks">,
  { budget, overlap, count }: { budget: number; overlap: number; count: CountTokens },
): Promise<Piece[]> {
  const sections = sectionsOf(document);
  const units = unitsOf(document);
  const atoms = sections.flatMap((section) =>
    section.blocks.flatMap((block) => atomsOf(document.text, block, units.get(block) ?? [])),
  );
  const [frame = 0] = await count([""]); // tokens that the model adds to any text
  const limit = Math.max(1, budget - frame);
  const measured = Map.groupBy(await measure(document.text, atoms, { limit, frame, count }), (atom) => atom.block);
  const pieces: Cut[] = [];
  for (const section of sections) {
    const runs = section.blocks.map((block) => ({ block, atoms: measured.get(block) ?? [] }));
    pieces.push(...pack(document.text, section.titlePath, runs, { limit, overlap }));
  }
  const counts = await count(pieces.map((piece) => piece.text));
  const inOrder = [...units.values()].flat();
  return pieces.map((piece, index) => ({
    ...piece,
    statements: statementsOf(document.text, inOrder, piece),
    tokens: counts[index] ?? piece.tokens,
  }));
}

type Section = { titlePath: string[]; blocks: Block[] };

/** Content blocks under their headings. A heading with nothing below it is content of its own. */
function sectionsOf({ title, blocks }: Pick<Loaded, "title" | "blocks">): Section[] {
  const sections: Section[] = [];
  const path: { level: number; title: string }[] = [];
  let open: Section = { titlePath: [title], blocks: [] };
  const content = blocks.filter((block) => block.kind !== "page");
  content.forEach((block, index) => {
    if (block.kind !== "heading") {
      open.blocks.push(block);
      return;
    }
    while ((path.at(-1)?.level ?? 0) >= block.level) path.pop();
    path.push({ level: block.level, title: block.title });
    const names = path.map((heading) => heading.title);
    sections.push(open);
    open = { titlePath: names[0] === title ? names : [title, ...names], blocks: [] };
    const next = content[index + 1];
    const barren = next === undefined || (next.kind === "heading" && next.level <= block.level);
    if (barren) open.blocks.push(block);
  });
  sections.push(open);
  return sections.filter((section) => section.blocks.length > 0);
}

/** What is not divided unless it alone exceeds the budget. */
type Atom = Range & { block: Block };
type Measured = Atom & { tokens: number };

/** Between two atoms: what is longer than a list's or a quote's marks is no content (a comment) and parts chunks. */
const longestMark = 12;

function atomsOf(text: string, block: Block, units: readonly Unit[]): Atom[] {
  switch (block.kind) {
    case "paragraph":
    case "list-item":
      if (units.length === 0) return [{ block, start: block.start, end: block.end }];
      return units.map((unit, index) => ({
        block,
        start: index === 0 ? block.start : unit.start,
        end: units[index + 1]?.start ?? block.end,
      }));
    case "code":
      return [...linesIn(text, block)].map((range) => ({ block, ...range }));
    default:
      return [{ block, start: block.start, end: block.end }];
  }
}

/** The lines of a range with their line ends. */
function* linesIn(text: string, { start, end }: Range): Iterable<Range> {
  let from = start;
  while (from < end) {
    const newline = text.indexOf("\n", from);
    const to = newline === -1 || newline + 1 > end ? end : newline + 1;
    yield { start: from, end: to };
    from = to;
  }
}

/** Counts tokens of atoms; those over the budget are divided at white space, and words over it by characters. */
async function measure(
  text: string,
  atoms: Atom[],
  { limit, frame, count }: { limit: number; frame: number; count: CountTokens },
): Promise<Measured[]> {
  const bare = async (ranges: readonly Range[]) =>
    (await count(ranges.map(({ start, end }) => text.slice(start, end)))).map((tokens) => Math.max(0, tokens - frame));
  const tokens = await bare(atoms);
  const whole = atoms.map((atom, index) => ({ ...atom, tokens: tokens[index] ?? 0 }));
  if (whole.every((atom) => atom.tokens <= limit)) return whole;
  const words = whole.filter((atom) => atom.tokens > limit).flatMap((atom) => wordsIn(text, atom, limit));
  const wordTokens = await bare(words);
  const measuredWords = Map.groupBy(
    words.map((word, index) => ({ ...word, tokens: wordTokens[index] ?? 0 })),
    (word) => word.whole,
  );
  return whole.flatMap((atom) => {
    if (atom.tokens <= limit) return [atom];
    const parts: Measured[] = [];
    for (const { start, end, tokens } of measuredWords.get(atom) ?? []) {
      const last = parts.at(-1);
      if (last !== undefined && last.tokens + tokens <= limit) {
        last.end = end;
        last.tokens += tokens;
      } else parts.push({ block: atom.block, start, end, tokens });
    }
    return parts;
  });
}

/** Words with the white space after them; a run without white space is cut into pieces of `longest` code points. */
function wordsIn(text: string, atom: Measured, longest: number): (Range & { whole: Measured })[] {
  const words: (Range & { whole: Measured })[] = [];
  for (const match of text.slice(atom.start, atom.end).matchAll(/\S+\s*/g)) {
    let start = atom.start + match.index;
    const end = start + match[0].length;
    while (start < end) {
      const run = [...text.slice(start, end).slice(0, longest * 2)].slice(0, longest).join("");
      const to = Math.min(end, start + run.length);
      words.push({ whole: atom, start, end: to });
      start = to;
    }
  }
  return words;
}

type Run = { block: Block; atoms: Measured[] };

/** Greedy: a block that fits a chunk goes whole into this one or the next; a longer one is divided between atoms. */
function pack(
  text: string,
  titlePath: string[],
  runs: Run[],
  { limit, overlap }: { limit: number; overlap: number },
): Cut[] {
  const groups: Measured[][] = [];
  let open: Measured[] = [];
  let size = 0;
  const close = () => {
    if (open.length > 0) groups.push(open);
    open = [];
    size = 0;
  };
  const tables = tableSizes(runs);
  for (const run of runs) {
    const need = sum(run.atoms);
    // A table begins in a chunk of its own rather than break, and so does a block that fits whole into the next chunk.
    const whole = run.block.kind === "table-header" ? (tables.get(run.block) ?? need) : need;
    if (size + whole > limit && whole <= limit && size > 0 && (size >= limit / 3 || run.block.kind === "code")) close();
    for (const atom of run.atoms) {
      const between = text.slice(open.at(-1)?.end ?? atom.start, atom.start).replace(/\s+/g, "");
      if (between.length > longestMark || size + between.length + atom.tokens > limit) close();
      // A mark has at most one token for each character.
      size += atom.tokens + (open.length === 0 ? 0 : between.length);
      open.push(atom);
    }
  }
  close();
  return groups.map((group, index) => {
    const first = group[0];
    const last = group.at(-1);
    const start = overlapStart(groups[index - 1], first?.start ?? 0, overlap);
    const end = (last?.start ?? 0) + text.slice(last?.start, last?.end).trimEnd().length;
    const lead = text.slice(start, end);
    const from = start + lead.length - lead.trimStart().length;
    return {
      start: from,
      end,
      text: text.slice(from, end),
      titlePath,
      tableHeader: first?.block.kind === "table-row" ? headerAbove(text, runs, first.block) : null,
      tokens: sum(group),
    };
  });
}

/** Tokens of each table, by its header block. */
function tableSizes(runs: Run[]): Map<Block, number> {
  const sizes = new Map<Block, number>();
  let header: Block | null = null;
  for (const run of runs) {
    if (run.block.kind === "table-header") header = run.block;
    else if (run.block.kind !== "table-row") header = null;
    if (header !== null) sizes.set(header, (sizes.get(header) ?? 0) + sum(run.atoms));
  }
  return sizes;
}

function headerAbove(text: string, runs: Run[], row: Block): string | null {
  for (let index = runs.findIndex((run) => run.block === row) - 1; index >= 0; index--) {
    const block = runs[index]?.block;
    if (block?.kind === "table-header") return headerRow(text, block);
    if (block?.kind !== "table-row") return null;
  }
  return null;
}

function overlapStart(before: Measured[] | undefined, start: number, overlap: number): number {
  let from = start;
  let tokens = 0;
  for (const atom of (before ?? []).toReversed()) {
    tokens += atom.tokens;
    if (tokens > overlap) break;
    from = atom.start;
  }
  return from;
}

function sum(atoms: readonly Measured[]): number {
  return atoms.reduce((total, atom) => total + atom.tokens, 0);
}
