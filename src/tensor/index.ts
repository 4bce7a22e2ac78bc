export { type BatchShape, feedsOf, ownTokens, predicted, type Sequence } from "./batch.ts";
export { type DecoderConfig, type Projection, projections } from "./decoder.ts";
export {
  type ClassExample,
  type EncodedText,
  type EncoderBatchShape,
  type EncoderExample,
  encoderFeeds,
  type PairExample,
  type SpanExample,
} from "./encoder/batch.ts";
export {
  type EncoderConfig,
  type EncoderProjection,
  encoderProjections,
  encoderWeights,
  type NamedShape,
} from "./encoder/encoder.ts";
export { type Head, headWeights, type Pooling } from "./encoder/heads.ts";
export { type EncoderLora, encoderLoraMatrices, mergedEncoder } from "./encoder/lora.ts";
export { readQuantisedEncoder } from "./encoder/quantised.ts";
export { type ServedEncoder, writeServedEncoder } from "./encoder/serve.ts";
export { encoderStep } from "./encoder/step.ts";
export { type Encoder, miniLm, readEncoder, readEncoderAs, writeWeights } from "./encoder/weights.ts";
export { dequantise, quantise } from "./gguf/quantise.ts";
export { readGguf, readTensor } from "./gguf/read.ts";
export type { GgmlType, Gguf, GgufScalar, GgufTensor, GgufValue } from "./gguf/types.ts";
export { type TensorToWrite, writeGguf } from "./gguf/write.ts";
export { moduleNames, writeTransformers } from "./huggingface.ts";
export { type LoraMatrix, type LoraShape, loraMatrices } from "./lora.ts";
export { keptTokens } from "./ops/attention.ts";
export type { Data, Feeds, Ort, Program } from "./program.ts";
export { type NamedTensor, readSafetensors, writeSafetensors } from "./safetensors.ts";
export { gradientName, scoringStep, trainingStep } from "./step.ts";
export { type Decoder, permuted, permutedHeads, readDecoder, unpermuted, writeDecoder } from "./weights.ts";
