import { PawlError } from "#kernel";
import { floatsOf, type OnnxFile, type OnnxTensor, readOnnx } from "../onnx-read.ts";
import { type EncoderConfig, encoderWeights } from "./encoder.ts";
import { complete, type Encoder } from "./weights.ts";

/**
 * Reads a BERT-type encoder from the ONNX file of an int8 model, as `transformers` exports and ONNX Runtime's dynamic
 * quantisation writes it: the matrices are dequantised, the rest is float32 in it. What stands in no tensor is given.
 *
 * @throws PawlError `model-file-damaged` where a weight is not found
 */
export async function readQuantisedEncoder(
  path: string,
  given: Pick<EncoderConfig, "heads" | "epsilon">,
): Promise<Encoder> {
  const file = await readOnnx(path);
  const tensorOf = (name: string): OnnxTensor => {
    const found = file.tensors.get(name);
    if (found === undefined) throw new PawlError("model-file-damaged", `${path} cannot be used: it has no ${name}.`);
    return found;
  };
  const weights: Record<string, Float32Array> = {};
  for (const [name, tensor] of file.tensors) {
    if (/^(embeddings|encoder)\..*\.(weight|bias)$/.test(name)) weights[name] = floatsOf(tensor);
    const [, table] = /^(embeddings\..*\.weight)_quantized$/.exec(name) ?? [];
    if (table !== undefined) weights[table] = dequantised(tensorOf, table);
  }
  for (const [module, matrix] of matricesOf(file)) {
    const [rows = 0, columns = 0] = tensorOf(`${matrix}_quantized`).shape; // [in, out], where weights are [out, in]
    weights[`${module}.weight`] = transposed(dequantised(tensorOf, matrix), rows, columns);
  }
  const [vocabulary = 0, width = 0] = tensorOf("embeddings.word_embeddings.weight_quantized").shape;
  const config: EncoderConfig = {
    vocabulary,
    width,
    positions: tensorOf("embeddings.position_embeddings.weight_quantized").shape[0] ?? 0,
    types: tensorOf("embeddings.token_type_embeddings.weight_quantized").shape[0] ?? 0,
    hidden: tensorOf("encoder.layer.0.intermediate.dense.bias").shape[0] ?? 0,
    layers: 1 + Math.max(...Object.keys(weights).map((name) => Number(/^encoder\.layer\.(\d+)/.exec(name)?.[1] ?? 0))),
    ...given,
  };
  return { config, weights: complete(encoderWeights(config), weights, path) };
}

/** Which matrix each module multiplies by: matrices have lost their names, the nodes that use them have not. */
function matricesOf({ nodes }: OnnxFile): [module: string, matrix: string][] {
  return nodes.flatMap(({ name, type, inputs }) => {
    const [, module] = /^\/(encoder\/layer\.\d+\/.+)\/MatMul_quant$/.exec(name) ?? [];
    const [, matrix] = /^(.+)_quantized$/.exec(inputs[1] ?? "") ?? [];
    return type === "MatMulInteger" && module !== undefined && matrix !== undefined
      ? [[module.replaceAll("/", "."), matrix]]
      : [];
  });
}

/** (q − zero point) · scale, with one of each for the tensor or for each column. */
function dequantised(tensorOf: (name: string) => OnnxTensor, name: string): Float32Array {
  const [scales, zeros] = [floatsOf(tensorOf(`${name}_scale`)), floatsOf(tensorOf(`${name}_zero_point`))];
  return floatsOf(tensorOf(`${name}_quantized`)).map(
    (value, at) => (value - (zeros[at % zeros.length] ?? 0)) * (scales[at % scales.length] ?? 0),
  );
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      result[column * rows + row] = matrix[row * columns + column] ?? 0;
    }
  }
  return result;
}
