import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { bgeFiles } from "../../tests/encoder-model.ts";
import { pythonWith } from "../../tests/python.ts";
import { openWordPieces, type WordPieces } from "./word-pieces.ts";

let path: string;
let tokenizer: WordPieces;
beforeAll(async () => {
  path = (await bgeFiles()).tokenizer;
  tokenizer = await openWordPieces(path);
});

const file = (name: string) => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), "utf8");
const texts = [
  "When does the office open on Monday?",
  "",
  " \t\n ",
  "Größe, STRASSE und Übung: naïve café, İstanbul, ΣΊΣΥΦΟΣ.",
  "e\u0301te\u0301 and a\u0308 written with marks of their own",
  "日本語のテキスト 한국어 русский عربي हिन्दी ไทย",
  "emoji 😀👩‍👩‍👧 and \u200b zero width, soft\u00adhyphen, no\u00a0break, \u2028 line",
  "x".repeat(101),
  "supercalifragilisticexpialidocious antidisestablishmentarianism qqqzzzxxj",
  "“quoted” — it's £3.50, 10%; see §4(b)/c_d@example.com #1 $5 ~^`|",
  "a\u0000b\u0007c \ufffd d\u000be\u0085f ﬁne ½ ² Ⅷ ㎏",
  "豈更車 𠀀𠀁 \u{2f800}",
  "word\u0301 \u0301alone \u0e49",
  file("README.md"),
  file("docs/security.md"),
];

test("Tokens and their characters are those of Python's tokenizers 0.23.3", async (context) => {
  const python = await pythonWith(["tokenizers==0.23.3"]);
  if (python === null) return context.skip("no pip or no tokenizers for this Python");
  const program = `
import sys, json
from tokenizers import Tokenizer
texts, path = json.load(sys.stdin)
tokenizer = Tokenizer.from_file(path)
out = []
for text in texts:
    e = tokenizer.encode(text, add_special_tokens=False)
    out.append([e.ids, [text[a:b] for a, b in e.offsets], [len(text[:a].encode("utf-16-le")) // 2 for a, b in e.offsets]])
print(json.dumps(out))`;
  const expected = (await python(program, [texts, path])) as [number[], string[], number[]][]; // as printed
  texts.forEach((text, index) => {
    const { ids, starts, ends } = tokenizer.pieces(text);
    const [theirIds, theirTexts, theirStarts] = expected[index] ?? [[], [], []];
    expect(ids, text.slice(0, 80)).toEqual(theirIds);
    expect(starts, text.slice(0, 80)).toEqual(theirStarts);
    // A mark that stands after its letter is the letter's here, so that a quotation has it.
    const bare = (piece: string) => piece.replace(/(?<=.)\p{Mn}+$/u, "");
    expect(starts.map((start, at) => bare(text.slice(start, ends[at])))).toEqual(theirTexts.map(bare));
  });
});

test("What looks like a special token in a text is text", () => {
  const { cls, sep, pad } = tokenizer.special;
  expect([cls, sep, pad]).toEqual([101, 102, 0]);
  const { ids } = tokenizer.pieces("[CLS] [SEP] [PAD]");
  expect([cls, sep, pad].filter((special) => ids.includes(special))).toEqual([]);
  expect(tokenizer.pieces("[SEP]")).toMatchObject({ starts: [0, 1, 4], ends: [1, 4, 5] });
});

test("A tokenizer of another kind is refused", async () => {
  const other = fileURLToPath(new URL("../../package.json", import.meta.url));
  await expect(openWordPieces(other)).rejects.toMatchObject({ code: "unsupported-option" });
});
