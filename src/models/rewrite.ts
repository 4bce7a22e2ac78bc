import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { dequantise, type GgmlType, quantise, readGguf, readTensor, type TensorToWrite, writeGguf } from "#tensor";
import { hashFile, stamp, verified } from "./files.ts";
import { withLock } from "./lock.ts";

/** `general.file_type` of the rewritten file (llama.h, `enum llama_ftype`). */
const fileTypes = { Q8_0: 7 } as const;

/**
 * Rewrites a model's 4-bit tensors once into a type that this processor multiplies faster, beside the original:
 * Q8_0 keeps the values of Q4_1 almost exactly (16 levels are held by 255) and prefills about twice as fast.
 * The result's name holds the original's hash, so that another original never meets an old rewrite. Returns its path.
 */
export async function rewritten(
  original: { path: string; sha256: string },
  type: "Q8_0",
  signal: AbortSignal,
): Promise<string> {
  const name = basename(original.path, extname(original.path));
  const path = join(dirname(original.path), `${name}.${original.sha256.slice(0, 12)}.${type}.gguf`);
  if ((await verified(path)) !== undefined) return path;
  return withLock(`${path}.lock`, { signal }, async () => {
    if ((await verified(path)) !== undefined) return path;
    const part = `${path}.part`;
    try {
      await rewrite(original.path, part, type);
      const sha256 = await hashFile(part);
      await rename(part, path);
      await stamp(path, sha256);
    } finally {
      await rm(part, { force: true });
    }
    return path;
  });
}

/** Writes `from` to `to` with every Q4_1 tensor in `type`; all others stay as they are. */
export async function rewrite(from: string, to: string, type: "Q8_0"): Promise<void> {
  const { metadata, tensors } = await readGguf(from);
  const file = await open(from);
  try {
    const converted = tensors.map((tensor): TensorToWrite => {
      const isRewritten: boolean = tensor.type === "Q4_1";
      const target: GgmlType = isRewritten ? type : tensor.type;
      return {
        name: tensor.name,
        dims: tensor.dims,
        type: target,
        bytes: async () => {
          const bytes = await readTensor(file, tensor);
          return isRewritten ? quantise(type, dequantise(tensor.type, bytes)) : bytes;
        },
      };
    });
    const described = new Map(metadata).set("general.file_type", { type: "uint32", value: fileTypes[type] });
    await writeGguf(to, { metadata: described, tensors: converted });
  } finally {
    await file.close();
  }
}
