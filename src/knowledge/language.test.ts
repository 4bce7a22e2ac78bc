import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { detectLanguage, languageNote } from "./language.ts";

const data = join(process.env.PAWL_DATA ?? "../shared/data", "xquad");
const handbook = join(import.meta.dirname, "../../examples/handbook/docs");

describe("detectLanguage", () => {
  it("knows every page of the handbook as English, foreign names and tables in them or not", async () => {
    const pages = readdirSync(handbook);
    const languages = await Promise.all(
      pages.map(async (page) => [page, await detectLanguage(readFileSync(join(handbook, page), "utf8"))]),
    );
    expect(languages).toEqual(pages.map((page) => [page, "en"]));
  });

  it("says nothing of what is too short, too mixed, or no language", async () => {
    expect(await detectLanguage("Kraków, Wrocław")).toBeNull();
    expect(await detectLanguage("qzjkh qwlkjeh zxmcn qwoeiu asdlkj zmxncb qwoieu alskdj zzkwq")).toBeNull();
    expect(await detectLanguage("| 1 | 2 |\n".repeat(50))).toBeNull();
  });

  it("takes names for no language of their own", async () => {
    const trip = "The train to Kraków leaves at nine from Warszawa Centralna; Zakopane takes two hours more.";
    expect(await detectLanguage(trip)).toBe("en");
  });

  for (const language of ["en", "de", "es", "ru", "zh", "ar", "hi", "tr"]) {
    const file = join(data, `${language}.jsonl`);
    it.skipIf(!existsSync(file))(`is right for 95 % of XQuAD's paragraphs in ${language}`, async () => {
      const lines: { passage: string }[] = readFileSync(file, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      const paragraphs = [...new Set(lines.map((line) => line.passage))].filter((passage) => passage.length >= 200);
      let right = 0;
      for (const paragraph of paragraphs) if ((await detectLanguage(paragraph)) === language) right++;
      expect(right / paragraphs.length).toBeGreaterThanOrEqual(0.95);
    });
  }
});

describe("languageNote", () => {
  it("is given where the embedder knows English only and the document is in another language", () => {
    expect(languageNote("pl", "local/bge-small-en-v1.5")).toContain("Polish");
    expect(languageNote("en", "local/bge-small-en-v1.5")).toBeNull();
    expect(languageNote(null, "local/bge-small-en-v1.5")).toBeNull();
    expect(languageNote("pl", "local/multilingual-e5-small")).toBeNull();
  });
});
