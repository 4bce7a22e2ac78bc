import { type TensorToWrite, writeGguf } from "../src/tensor/index.ts";

/** Width of the default chat model. */
const width = 576;

/**
 * Writes a LoRA adapter of rank 2 for the first layer's query matrix of the default chat model: numbers that were not
 * trained and change what it says the more, the stronger they are. `outer` other than the width fits no such model.
 */
export async function writeAdapter(
  path: string,
  { strength, outer = width, base = "Some base" }: { strength: number; outer?: number; base?: string },
): Promise<void> {
  const matrix = (name: string, dims: [number, number], value: (at: number) => number): TensorToWrite => ({
    name: `blk.0.attn_q.weight.${name}`,
    dims,
    type: "F32",
    bytes: async () => new Uint8Array(Float32Array.from({ length: dims[0] * dims[1] }, (_, at) => value(at)).buffer),
  });
  await writeGguf(path, {
    metadata: new Map([
      ["general.type", { type: "string", value: "adapter" }],
      ["general.architecture", { type: "string", value: "llama" }],
      ["general.base_model.0.name", { type: "string", value: base }],
      ["adapter.type", { type: "string", value: "lora" }],
      ["adapter.lora.alpha", { type: "float32", value: 2 }],
    ]),
    tensors: [
      matrix("lora_a", [width, 2], (at) => Math.sin(at)),
      matrix("lora_b", [2, outer], (at) => strength * Math.cos(at)),
    ],
  });
}
