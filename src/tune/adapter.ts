import { mkdir, open, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PawlError } from "#kernel";
import {
  type Decoder,
  dequantise,
  type GgufValue,
  type LoraMatrix,
  type LoraShape,
  loraMatrices,
  moduleNames,
  permuted,
  permutedHeads,
  quantise,
  readGguf,
  readTensor,
  unpermuted,
  writeGguf,
  writeSafetensors,
} from "#tensor";

/** LoRA weights by the names of {@link loraMatrices}, rows in the decoder's order. */
export type Adapter = { lora: LoraShape; values: Readonly<Record<string, Float32Array>> };

/** Where pawl notes the base's sha256 in an adapter's file; other programs ignore the key. */
const baseKey = "pawl.base.sha256";

/**
 * Writes an adapter as llama.cpp loads it (its convert_lora_to_gguf.py): rows of q and k in GGUF's order. F16 halves the
 * file; values keep 11 bits.
 */
export async function writeGgufAdapter(
  path: string,
  adapter: Adapter,
  base: { model: Decoder; sha256: string; type?: "F16" | "F32" },
): Promise<void> {
  const { config, gguf } = base.model;
  const type = base.type ?? "F16";
  const name = gguf.metadata.get("general.name");
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", gguf.metadata.get("general.architecture") ?? { type: "string", value: "llama" }],
    ["general.type", { type: "string", value: "adapter" }],
    ...(name === undefined
      ? []
      : ([
          ["general.base_model.count", { type: "uint32", value: 1 }],
          ["general.base_model.0.name", name],
        ] satisfies [string, GgufValue][])),
    ["general.file_type", { type: "uint32", value: type === "F16" ? 1 : 0 }],
    ["adapter.type", { type: "string", value: "lora" }],
    ["adapter.lora.alpha", { type: "float32", value: adapter.lora.alpha }],
    [baseKey, { type: "string", value: base.sha256 }],
  ]);
  const tensors = loraMatrices(config, adapter.lora).map((matrix) => ({
    name: matrix.name,
    dims: matrix.shape.toReversed(),
    type,
    bytes: async () => {
      const values = valuesOf(adapter, matrix);
      const heads = matrix.side === "b" ? permutedHeads(matrix.name, config) : null;
      return quantise(type, heads === null ? values : permuted(values, heads, config.headDim));
    },
  }));
  await writeGguf(`${path}.part`, { metadata, tensors });
  await rename(`${path}.part`, path);
}

/**
 * Reads a GGUF adapter for this base.
 *
 * @throws PawlError `adapter-wrong-base` when it was made for another base; `model-file-damaged`
 */
export async function readGgufAdapter(path: string, base: { model: Decoder; sha256: string }): Promise<Adapter> {
  const { metadata, tensors } = await readGguf(path);
  const { config } = base.model;
  const value = (key: string) => {
    const found = metadata.get(key);
    return found === undefined || found.type === "array" ? undefined : found.value;
  };
  const mismatch = (why: string) =>
    new PawlError("adapter-wrong-base", `${path} is no adapter for this model: ${why}.`, {
      hint: "Continue it on the model it was trained for, or start a new one.",
    });
  if (value("adapter.type") !== "lora") throw mismatch("it is no LoRA adapter");
  const made = value(baseKey);
  if (made !== undefined && made !== base.sha256) throw mismatch("it was trained on another file");
  const rank = tensors.find(({ name }) => name.endsWith(".lora_a"))?.dims[1];
  if (rank === undefined) throw mismatch("it holds no matrices");
  const isTarget = (target: string) => tensors.some(({ name }) => name.includes(`.${target}.`));
  const targets = Object.keys(moduleNames).filter(isTarget) as LoraShape["targets"]; // the table's keys are the projections
  const lora: LoraShape = { rank, alpha: Number(value("adapter.lora.alpha")), targets };
  const values: Record<string, Float32Array> = {};
  const file = await open(path);
  try {
    const matrices = loraMatrices(config, lora);
    if (matrices.length !== tensors.length) throw mismatch(`it has ${tensors.length} matrices, not ${matrices.length}`);
    for (const { name, shape, side } of matrices) {
      const tensor = tensors.find((one) => one.name === name);
      if (tensor === undefined) throw mismatch(`it lacks ${name}`);
      if (tensor.dims[0] !== shape[1] || tensor.dims[1] !== shape[0]) {
        throw mismatch(`${name} is [${tensor.dims.toReversed().join(", ")}], not [${shape.join(", ")}]`);
      }
      const read = dequantise(tensor.type, await readTensor(file, tensor));
      const heads = side === "b" ? permutedHeads(name, config) : null;
      values[name] = heads === null ? read : unpermuted(read, heads, config.headDim);
    }
  } finally {
    await file.close();
  }
  return { lora, values };
}

/** Writes a folder that `PeftModel.from_pretrained` loads (PEFT 0.21; the names are as old as PEFT 0.3). */
export async function writePeft(
  folder: string,
  adapter: Adapter,
  base: { model: Decoder; name: string },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const tensors = loraMatrices(base.model.config, adapter.lora).map((matrix) => ({
    name: `base_model.model.model.layers.${matrix.layer}.${moduleNames[matrix.projection]}.lora_${matrix.side.toUpperCase()}.weight`,
    shape: matrix.shape,
    data: valuesOf(adapter, matrix),
  }));
  await writeSafetensors(join(folder, "adapter_model.safetensors"), tensors, { format: "pt" });
  const config = {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: base.name,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: adapter.lora.alpha,
    lora_dropout: 0,
    modules_to_save: null,
    peft_type: "LORA",
    r: adapter.lora.rank,
    rank_pattern: {},
    revision: null,
    target_modules: adapter.lora.targets.map((target) => moduleNames[target].split(".").at(-1)).sort(),
    task_type: "CAUSAL_LM",
    use_dora: false,
    use_rslora: false,
  };
  await writeFile(join(folder, "adapter_config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

function valuesOf({ values }: Adapter, { name, shape }: LoraMatrix): Float32Array {
  const found = values[name];
  if (found?.length !== shape[0] * shape[1]) throw new Error(`The adapter's ${name} is not there as it should be.`);
  return found;
}
