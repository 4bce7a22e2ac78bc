import { basename } from "node:path";

/** A dataset's name from its file's: `Support questions.jsonl` is `support-questions`. */
export function datasetName(file: string): string {
  const name = basename(file.replaceAll("\\", "/"))
    .replace(/\.[^.]+$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63)
    .replace(/-+$/, "");
  return name === "" ? "dataset" : name;
}
