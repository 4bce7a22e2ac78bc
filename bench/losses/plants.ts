import { type PdfPage, pageOf, pdfOf } from "../../tests/pdf.ts";
import { type Asked, type Folder, folders, type Page } from "./folders.ts";

/** An app's folder: its files, and the knowledge settings of its app file. */
export type AppFiles = { files: Record<string, string | Uint8Array>; knowledge: Record<string, unknown> };

/** One loss in one folder: what is asked, the sound app, the app in which it is lost, and what is to be named. */
export type Loss = {
  kind: "table cut in two" | "page left out" | "section with too long a heading" | "scanned page";
  folder: string;
  asked: Asked;
  lost: AppFiles;
  /** The place that the example names where its words are not in the documents; `sound` is the sound document's text. */
  placeOf: (sound: { text: string; start: number; end: number }) => { start: number; end: number };
  wanted: { cause: string; lostAt: readonly (string | null)[]; says?: readonly string[] };
};

const everything = { sources: "./docs/**/*" };
const asInText: Loss["placeOf"] = ({ start, end }) => ({ start, end });

/** The folder with nothing lost. */
export function soundApp(folder: Folder): AppFiles {
  return { files: { ...folder.files, [folder.pdf.path]: pdfOf(folder.pdf.pages.map(pageOf)) }, knowledge: everything };
}

/** The four losses of a folder. */
function lossesOf(folder: Folder): Loss[] {
  const { name, table, leftOut, section, scanned, pdf } = folder;
  const sound = soundApp(folder);
  const withPdf = (pages: readonly PdfPage[]): AppFiles => ({
    ...sound,
    files: { ...sound.files, [pdf.path]: pdfOf(pages) },
  });
  const text = folder.files[section.path] ?? "";
  const long = text.replace(`## ${section.heading}\n`, `## ${preamble(folder)} ${section.heading}\n`);
  return [
    {
      kind: "table cut in two",
      folder: name,
      asked: table,
      lost: { ...sound, knowledge: { ...everything, chunkTokens: table.chunkTokens } },
      placeOf: asInText,
      wanted: { cause: "passage-lost", lostAt: ["split"] },
    },
    {
      kind: "page left out",
      folder: name,
      asked: leftOut,
      lost: leave(),
      placeOf: asInText,
      wanted: { cause: "document-missing", lostAt: [null], says: [leftOut.path] },
    },
    {
      kind: "section with too long a heading",
      folder: name,
      asked: section,
      lost: { ...sound, files: { ...sound.files, [section.path]: long } },
      placeOf: asInText,
      wanted: { cause: "passage-lost", lostAt: ["not-retrieved", "fused-out"] },
    },
    {
      kind: "scanned page",
      folder: name,
      asked: { ...scanned, path: pdf.path },
      lost: withPdf(pdf.pages.map((page: Page, index) => (index + 1 === scanned.page ? "picture" : pageOf(page)))),
      placeOf: {
        "first character": () => ({ start: 0, end: 1 }),
        "past the end": ({ text }: { text: string }) => ({ start: text.length, end: text.length + 80 }),
        "as in the text": asInText,
        "whole text": ({ text }: { text: string }) => ({ start: 0, end: text.length }),
      }[scanned.range],
      wanted: {
        cause: "document-missing",
        lostAt: [null],
        says: [`page ${scanned.page} of ${pdf.path} has no text`, "recognition"],
      },
    },
  ];

  function leave(): AppFiles {
    switch (leftOut.how) {
      case "deleted": {
        const { [leftOut.path]: _, ...files } = sound.files;
        return { ...sound, files };
      }
      case "sources":
        return { ...sound, knowledge: { sources: leftOut.sources } };
      case "last page":
        return withPdf(pdf.pages.slice(0, -1).map(pageOf));
    }
  }
}

/** How many words a heading is made to have: more than the 512 tokens that the embedder reads. */
const headingWords = 480;

/** What a converter puts before a title, as it takes a preamble for a heading: what the folder says elsewhere. */
function preamble({ name, files, pdf, section }: Folder): string {
  const said = [
    `in the wording that was agreed for the ${name}`,
    ...pdf.pages.flat(),
    ...Object.entries(files)
      .filter(([path]) => path !== section.path)
      .map(([, text]) => text),
  ];
  const words = said
    .join(" ")
    .replace(/[|#-]+/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .split(" ");
  return Array.from({ length: headingWords }, (_, index) => words[index % words.length]).join(" ");
}

export const losses: readonly Loss[] = folders.flatMap(lossesOf);
