import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appFolder, type Command, pawl, startCommand, untilSaid } from "./command.ts";
import { pdfOf } from "./pdf.ts";

// Documents that cannot be read, among some that can: each is refused with its code, the others are ingested.
let folder: string;
let server: Command;
beforeAll(async () => {
  folder = await appFolder({
    files: {
      "docs/leave.md": "# Leave\n\nUp to five unused days move into the next leave year.\n",
      "more/good.md": "# Hotels\n\nA hotel may cost up to 140 pounds a night in London.\n",
      "more/empty.md": "",
      "more/blank.txt": " \n\n \n",
      "more/binary.txt": Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0]),
      "more/cut.pdf": "%PDF-1.7\n1 0 obj\n<< /Type /Catalog",
      "more/scanned.pdf": pdfOf(["picture"]),
      "more/picture.png": Buffer.from("89504e470d0a1a0a", "hex"),
      "more/huge.txt": "x",
    },
  });
  truncateSync(join(folder, "more", "huge.txt"), 100 * 1024 * 1024); // sparse
  mkdirSync(join(folder, "more", "folder.md"));
  symlinkSync("nowhere.md", join(folder, "more", "broken-link.md"));
  server = startCommand(["serve"], { cwd: folder, env: { PAWL_PORT: "0" } });
  await untilSaid(server, /small is ready/);
});
afterAll(async () => {
  server.child.kill("SIGTERM");
  expect(await server.ended).toMatchObject({ code: 0 }); // it was up to here
  rmSync(folder, { recursive: true, force: true });
});

type Result = { id: string; path: string; status: string; chunks: number; code?: string; hint?: string };

async function ingest(...paths: string[]) {
  const ended = await pawl(["ingest", ...paths, "--json"], { cwd: folder });
  const { documents }: { documents: Result[] } = JSON.parse(ended.stdout);
  return {
    ...ended,
    documents,
    by: new Map(documents.map((document) => [document.path.replace(/^more\//, ""), document])),
  };
}

const named = ["good.md", "empty.md", "blank.txt", "binary.txt", "cut.pdf", "scanned.pdf", "picture.png", "huge.txt"];

describe("pawl ingest", () => {
  test("refuses what it cannot read, each with its code and what to do, and ingests the others", async () => {
    const { code, by } = await ingest(...[...named, "broken-link.md", "lost.md"].map((name) => `more/${name}`));
    expect(Object.fromEntries([...by].map(([path, { status, code: why }]) => [path, why ?? status]))).toEqual({
      "good.md": "added",
      "empty.md": "document-empty",
      "blank.txt": "document-empty",
      "binary.txt": "document-binary",
      "cut.pdf": "document-unreadable",
      "scanned.pdf": "document-scanned",
      "picture.png": "document-unsupported",
      "huge.txt": "document-too-large",
      "broken-link.md": "document-unreadable",
      "lost.md": "document-unreadable",
    });
    for (const { status, chunks, hint, id } of by.values()) {
      expect(id).toMatch(/^doc_/);
      expect(status === "refused" ? chunks === 0 && hint !== undefined : chunks > 0).toBe(true);
    }
    expect(code).toBe(1);
  });

  test("says the same to a person, on stdout and stderr", async () => {
    const ended = await pawl(["ingest", "more/empty.md", "more/scanned.pdf"], { cwd: folder });
    expect(ended.stdout).toMatch(/refused\s+more\/empty\.md\s+document-empty/);
    expect(ended.stderr).toMatch(/more\/scanned\.pdf: .+ (OCR|recogni)/i);
    expect(ended.code).toBe(1);
  });

  test("exits with 0 where all is well, and says what is unchanged", async () => {
    const { code, documents } = await ingest("more/good.md");
    expect(code).toBe(0);
    expect(documents).toMatchObject([{ path: "more/good.md", status: "unchanged", chunks: 1 }]);
  });

  test("keeps what was stored of a document that cannot be read any more", async () => {
    writeFileSync(join(folder, "more", "good.md"), "");
    const { by, code } = await ingest("more/good.md");
    expect(by.get("good.md")).toMatchObject({ status: "refused", code: "document-empty" });
    expect(code).toBe(1);
    const { stdout } = await pawl(["ask", "What may a hotel in London cost?", "--json"], { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({ abstained: false, answer: expect.stringContaining("140 pounds") });
  });

  test("of the app's own sources does the same", async () => {
    writeFileSync(join(folder, "docs", "empty.md"), "");
    const { by, code } = await ingest();
    expect(by.get("docs/leave.md")).toMatchObject({ status: "unchanged" });
    expect(by.get("docs/empty.md")).toMatchObject({ status: "refused", code: "document-empty" });
    expect(code).toBe(1);
  });

  test("refuses a file that cannot be read, whoever asks", async () => {
    // A link to itself: root, too, may read everything but this.
    symlinkSync("loop.md", join(folder, "more", "loop.md"));
    const { by, code } = await ingest("more/loop.md");
    expect(by.get("loop.md")).toMatchObject({ status: "refused", code: "document-unreadable" });
    expect(code).toBe(1);
  });
});
