import { readFile } from "node:fs/promises";
import { PbfReader } from "pbf";
import { PawlError } from "#kernel";

/** A tensor that an ONNX file holds: its numbers as bytes (little endian), or one by one. */
export type OnnxTensor = { name: string; shape: number[]; type: number; bytes: Uint8Array; numbers: number[] };
export type OnnxNode = { name: string; type: string; inputs: string[] };
export type OnnxFile = { nodes: OnnxNode[]; tensors: Map<string, OnnxTensor> };

/**
 * What an ONNX file is made of, as far as its weights are of interest: nodes and tensors (onnx.proto3 of ONNX 1.17).
 *
 * @throws PawlError `model-file-damaged`
 */
export async function readOnnx(path: string): Promise<OnnxFile> {
  const file: OnnxFile = { nodes: [], tensors: new Map() };
  const bytes = await readFile(path);
  try {
    new PbfReader(bytes).readFields((tag, _, reader) => {
      if (tag === 7) reader.readMessage(readGraph, file);
    }, file);
  } catch (cause) {
    throw new PawlError("model-file-damaged", `${path} cannot be used: it is no ONNX file.`, { cause });
  }
  return file;
}

/** A tensor of float32, uint8 or int8 as float32. Throws `unsupported-option` for other types. */
export function floatsOf({ name, type, bytes, numbers }: OnnxTensor): Float32Array {
  if (numbers.length > 0) return Float32Array.from(numbers);
  switch (type) {
    case 1:
      return new Float32Array(new Uint8Array(bytes).buffer); // a copy, aligned
    case 2:
      return Float32Array.from(bytes);
    case 3:
      return Float32Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length));
    default:
      throw new PawlError("unsupported-option", `pawl does not read ONNX tensors of type ${type} (${name}).`);
  }
}

function readGraph(tag: number, file: OnnxFile, reader: PbfReader): void {
  if (tag === 1) file.nodes.push(reader.readMessage(readNode, { name: "", type: "", inputs: [] }));
  if (tag !== 5) return;
  const empty: OnnxTensor = { name: "", shape: [], type: 0, bytes: new Uint8Array(), numbers: [] };
  const tensor = reader.readMessage(readTensor, empty);
  file.tensors.set(tensor.name, tensor);
}

function readNode(tag: number, node: OnnxNode, reader: PbfReader): void {
  if (tag === 1) node.inputs.push(reader.readString());
  if (tag === 3) node.name = reader.readString();
  if (tag === 4) node.type = reader.readString();
}

function readTensor(tag: number, tensor: OnnxTensor, reader: PbfReader): void {
  if (tag === 1) reader.readPackedVarint(tensor.shape);
  if (tag === 2) tensor.type = reader.readVarint();
  if (tag === 4) reader.readPackedFloat(tensor.numbers);
  if (tag === 5) reader.readPackedVarint(tensor.numbers, true);
  if (tag === 8) tensor.name = reader.readString();
  if (tag === 9) tensor.bytes = reader.readBytes();
}
