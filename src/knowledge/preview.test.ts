import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { previewDocument } from "./preview.ts";

it("a preview has title, blocks and chunks of a file, with what can be cited of each", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "pawl-preview-")), "pay.md");
  writeFileSync(file, "# Pay\n\n- One. Two.\n\n| A | B |\n| - | - |\n| 1 | 2 |\n");
  const preview = await previewDocument({ file, path: "pay.md" }, { signal: new AbortController().signal });
  expect(preview).toMatchObject({ title: "Pay", mediaType: "text/markdown", language: null, notes: [] });
  expect(preview.blocks.map((block) => block.kind)).toEqual(["heading", "list-item", "table-header", "table-row"]);
  expect(preview.chunks.map((chunk) => chunk.statements.map((statement) => statement.words))).toEqual([
    ["One.", "Two.", "A: 1; B: 2"],
  ]);
});
