import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DecoderConfig, type Projection, shapeOf } from "./decoder.ts";
import { type NamedTensor, writeSafetensors } from "./safetensors.ts";
import type { Decoder } from "./weights.ts";

/** Where `transformers` (LlamaForCausalLM) keeps each projection. */
export const moduleNames: Readonly<Record<Projection, string>> = {
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

/** Writes a model as `transformers` loads it: `config.json` and `model.safetensors`, float32. */
export async function writeTransformers({ config, weights, gguf }: Decoder, folder: string): Promise<void> {
  const tensors = Object.entries(weights).map(([name, data]): NamedTensor => {
    const { module, shape } = placeOf(config, name);
    return { name: module, shape, data };
  });
  const number = (key: string) => {
    const value = gguf.metadata.get(key);
    return value?.type === "uint32" ? Number(value.value) : undefined;
  };
  await writeSafetensors(join(folder, "model.safetensors"), tensors, { format: "pt" });
  await writeFile(
    join(folder, "config.json"),
    JSON.stringify({
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      hidden_act: "silu",
      attention_bias: false,
      mlp_bias: false,
      bos_token_id: number("tokenizer.ggml.bos_token_id"),
      eos_token_id: number("tokenizer.ggml.eos_token_id"),
      hidden_size: config.width,
      intermediate_size: config.hidden,
      max_position_embeddings: number("llama.context_length") ?? 2048,
      num_attention_heads: config.heads,
      num_hidden_layers: config.layers,
      num_key_value_heads: config.keyHeads,
      head_dim: config.headDim,
      rms_norm_eps: config.epsilon,
      rope_theta: config.ropeBase,
      rope_parameters: { rope_type: "default", rope_theta: config.ropeBase },
      tie_word_embeddings: config.isTied,
      vocab_size: config.vocabulary,
      torch_dtype: "float32",
    }),
  );
}

function placeOf(config: DecoderConfig, name: string): { module: string; shape: readonly number[] } {
  switch (name) {
    case "token_embd.weight":
      return { module: "model.embed_tokens.weight", shape: [config.vocabulary, config.width] };
    case "output.weight":
      return { module: "lm_head.weight", shape: [config.vocabulary, config.width] };
    case "output_norm.weight":
      return { module: "model.norm.weight", shape: [config.width] };
  }
  const [, layer, part = ""] = /^blk\.(\d+)\.(\w+)\.weight$/.exec(name) ?? [];
  const prefix = `model.layers.${layer}`;
  if (part === "attn_norm") return { module: `${prefix}.input_layernorm.weight`, shape: [config.width] };
  if (part === "ffn_norm") return { module: `${prefix}.post_attention_layernorm.weight`, shape: [config.width] };
  for (const [projection, module] of Object.entries(moduleNames)) {
    // Object.entries widens the table's keys to string.
    if (projection === part)
      return { module: `${prefix}.${module}.weight`, shape: shapeOf(config, projection as Projection) };
  }
  throw new Error(`${name} has no place in a Llama-type model.`);
}
