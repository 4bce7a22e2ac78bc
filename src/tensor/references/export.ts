/** Writes a GGUF model as `transformers` loads it: node --conditions=pawl-source export.ts MODEL.gguf FOLDER */
import { mkdir } from "node:fs/promises";
import { writeTransformers } from "../huggingface.ts";
import { readDecoder } from "../weights.ts";

const [model, folder] = process.argv.slice(2);
if (model === undefined || folder === undefined) throw new Error("export.ts MODEL.gguf FOLDER");
await mkdir(folder, { recursive: true });
await writeTransformers(await readDecoder(model), folder);
