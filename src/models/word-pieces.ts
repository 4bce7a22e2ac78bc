import { readFile } from "node:fs/promises";
import * as z from "zod";
import { PawlError } from "#kernel";

/** Tokens of a text, and which characters [start, end) of it (UTF-16) each was made from. */
export type Pieces = { ids: number[]; starts: number[]; ends: number[] };

export type WordPieces = {
  /** Without [CLS] and [SEP]; what looks like one in the text is text. */
  pieces(text: string): Pieces;
  /** The tokens that begin a text, end one, and fill a row. */
  special: { cls: number; sep: number; pad: number };
};

/** The parts of a `tokenizer.json` that say how BERT's uncased tokenizer cuts; others are refused. */
const TokenizerFile = z.object({
  normalizer: z.object({
    type: z.literal("BertNormalizer"),
    clean_text: z.literal(true),
    handle_chinese_chars: z.literal(true),
    strip_accents: z.literal([true, null]),
    lowercase: z.literal(true),
  }),
  pre_tokenizer: z.object({ type: z.literal("BertPreTokenizer") }),
  model: z.object({
    type: z.literal("WordPiece"),
    unk_token: z.string(),
    continuing_subword_prefix: z.string(),
    max_input_chars_per_word: z.int(),
    vocab: z.record(z.string(), z.int()),
  }),
});

/**
 * BERT's uncased tokenizer with the characters that each token was made from, which the library that serves embeddings
 * does not tell. Tokens are those of `tokenizers` (BertNormalizer, BertPreTokenizer, WordPiece).
 *
 * @throws PawlError `unsupported-option` for a tokenizer of another kind
 */
export async function openWordPieces(path: string): Promise<WordPieces> {
  const found = TokenizerFile.safeParse(JSON.parse(await readFile(path, "utf8")));
  if (!found.success) {
    throw new PawlError("unsupported-option", `${path} is not BERT's uncased tokenizer.`, { cause: found.error });
  }
  const { model } = found.data;
  const vocabulary = new Map(Object.entries(model.vocab));
  const idOf = (token: string): number => {
    const id = vocabulary.get(token);
    if (id === undefined) throw new PawlError("model-file-damaged", `${path} has no token ${token}.`);
    return id;
  };
  const [unknown, prefix, most] = [
    idOf(model.unk_token),
    model.continuing_subword_prefix,
    model.max_input_chars_per_word,
  ];
  return {
    special: { cls: idOf("[CLS]"), sep: idOf("[SEP]"), pad: idOf("[PAD]") },
    pieces(text) {
      const pieces: Pieces = { ids: [], starts: [], ends: [] };
      for (const word of wordsOf(text)) {
        const lengths = cut(word, (piece, isFirst) => vocabulary.has(isFirst ? piece : prefix + piece), most);
        let at = 0;
        for (const length of lengths ?? [word.characters.length]) {
          const piece = word.characters.slice(at, at + length).join("");
          pieces.ids.push(lengths === null ? unknown : idOf(at === 0 ? piece : prefix + piece));
          pieces.starts.push(word.starts[at] ?? 0);
          at += length;
          pieces.ends.push(word.ends[at - 1] ?? 0);
        }
      }
      return pieces;
    },
  };
}

/** A word's characters as the vocabulary has them, and where in the text each comes from. */
type Word = { characters: string[]; starts: number[]; ends: number[] };

/** The longest known piece first (WordPiece); how many characters each has, or null for a word that cannot be made. */
function cut(
  { characters }: Word,
  isKnown: (piece: string, isFirst: boolean) => boolean,
  most: number,
): number[] | null {
  if (characters.length > most) return null;
  const lengths: number[] = [];
  for (let at = 0; at < characters.length; ) {
    let end = characters.length;
    while (end > at && !isKnown(characters.slice(at, end).join(""), at === 0)) end -= 1;
    if (end === at) return null;
    lengths.push(end - at);
    at = end;
  }
  return lengths;
}

/** Words between spaces; a punctuation mark and a Chinese character are words of their own. Accents and case are gone. */
function* wordsOf(text: string): Generator<Word> {
  let word: Word = { characters: [], starts: [], ends: [] };
  let start = 0;
  for (const raw of text) {
    const end = start + raw.length;
    const kind = kindOf(raw);
    if (kind.is === "mark") {
      // An accent written after its letter belongs to what the letter became.
      if (word.ends.length > 0) word.ends[word.ends.length - 1] = end;
    } else if (kind.is !== "nothing") {
      const isAlone = kind.is === "alone";
      if ((isAlone || kind.is === "space") && word.characters.length > 0) {
        yield word;
        word = { characters: [], starts: [], ends: [] };
      }
      for (const character of kind.characters) {
        word.characters.push(character);
        word.starts.push(start);
        word.ends.push(end);
        if (!isAlone) continue;
        yield word;
        word = { characters: [], starts: [], ends: [] };
      }
    }
    start = end;
  }
  if (word.characters.length > 0) yield word;
}

type Kind = { is: "letter" | "alone" | "space" | "mark" | "nothing"; characters: readonly string[] };

/** What a character becomes; texts have few different ones, so each is asked once. */
const kinds = new Map<string, Kind>();

function kindOf(raw: string): Kind {
  const known = kinds.get(raw);
  if (known !== undefined) return known;
  const kind = newKind(raw);
  if (kinds.size < 10_000) kinds.set(raw, kind);
  return kind;
}

function newKind(raw: string): Kind {
  if (/[\t\n\r]/.test(raw)) return { is: "space", characters: [] };
  if (raw === "\ufffd" || /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u.test(raw)) return { is: "nothing", characters: [] };
  if (/\p{White_Space}/u.test(raw)) return { is: "space", characters: [] };
  const characters = [...raw.normalize("NFD").replace(/\p{Mn}/gu, "")].flatMap((one) => [...one.toLowerCase()]);
  if (characters.length === 0) return { is: "mark", characters };
  const isAlone = isChinese(raw.codePointAt(0) ?? 0) || characters.some((one) => /[!-/:-@[-`{-~]|\p{P}/u.test(one));
  return { is: isAlone ? "alone" : "letter", characters };
}

/** The blocks that BERT's tokenizer calls Chinese: ideographs, not kana or hangul. */
function isChinese(code: number): boolean {
  const blocks = [
    [0x4e00, 0x9fff],
    [0x3400, 0x4dbf],
    [0x20000, 0x2a6df],
    [0x2a700, 0x2b73f],
    [0x2b740, 0x2b81f],
    [0x2b920, 0x2ceaf],
    [0xf900, 0xfaff],
    [0x2f800, 0x2fa1f],
  ] as const;
  return blocks.some(([first, last]) => code >= first && code <= last);
}
