import { PbfWriter } from "pbf";
import { type ElementType, inOrder, isSameShape, mismatch, type Shape, show, type Value } from "./graph.ts";

/** Numbers of onnx.proto3 (ONNX 1.17, IR version 10): field numbers are named where they are written. */
const elementTypes = { float32: 1, int8: 3, int64: 7 } as const;
const attributeTypes = { float: 1, int: 2, text: 3, ints: 7 } as const;
const irVersion = 10;
const operatorSet = 21;

/** An attribute; a bare number is an integer. */
export type Attribute =
  | number
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string };
type NodeProto = {
  type: string;
  domain: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes: Readonly<Record<string, Attribute>>;
};
type TensorProto = { name: string; shape: Shape; data: Float32Array | BigInt64Array | Int8Array };
/** `null` where a value's shape is not said, a name where a dimension is open. */
type ValueProto = { name: string; shape: readonly (number | string)[] | null; type: ElementType };

/** What operations write themselves into: a list of ONNX nodes and of constants. */
export class Onnx {
  readonly nodes: NodeProto[] = [];
  readonly constants: TensorProto[] = [];

  /** A node with one output; returns the output's name. */
  node(type: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.#add(type, "", inputs, attributes, 1)[0] ?? "";
  }

  /** A node of ONNX Runtime's own operators (onnxruntime/docs/ContribOperators.md). */
  microsoft(type: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.#add(type, "com.microsoft", inputs, attributes, 1)[0] ?? "";
  }

  /** A node with several outputs. */
  many(type: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>>, outputs: number) {
    return this.#add(type, "", inputs, attributes, outputs);
  }

  integers(...values: readonly number[]): string {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length]);
  }

  float(value: number): string {
    return this.constant(Float32Array.of(value), []);
  }

  constant(data: TensorProto["data"], shape: Shape): string {
    const name = `c${this.constants.length}`;
    this.constants.push({ name, shape, data });
    return name;
  }

  #add(
    type: string,
    domain: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    count: number,
  ): string[] {
    const name = `${type}_${this.nodes.length}`;
    const outputs = Array.from({ length: count }, (_, at) => (at === 0 ? name : `${name}.${at}`));
    this.nodes.push({ type, domain, inputs, outputs, attributes });
    return outputs;
  }
}

export type LowerOptions = {
  /** Inputs whose values the file holds: it is not asked for them. */
  held?: Readonly<Record<string, Float32Array | BigInt64Array>>;
  /** Inputs with names for their dimensions, which then are as each run has them. */
  open?: Readonly<Record<string, readonly string[]>>;
};

/** An ONNX model (its file's bytes) that computes `outputs`, by name, and the inputs it asks for. */
export function lower(
  outputs: Readonly<Record<string, Value>>,
  { held = {}, open = {} }: LowerOptions = {},
): { bytes: Uint8Array; inputs: { name: string; shape: Shape; type: ElementType }[] } {
  const onnx = new Onnx();
  const names = new Map<Value, string>();
  const inputs = new Map<string, { name: string; shape: Shape; type: ElementType }>();
  const nameOf = (value: Value): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    if (value.from.kind === "node") throw new Error(`${value.from.operation} is used before it is computed.`);
    const name = value.from.kind === "input" ? value.from.name : onnx.constant(value.from.data, value.shape);
    if (value.from.kind === "input") {
      const { shape } = inputs.get(name) ?? value; // one input may be named at several places
      if (!isSameShape(shape, value.shape))
        throw mismatch("input", `${name} is ${show(shape)} and ${show(value.shape)}`);
      inputs.set(name, { name, shape, type: value.type });
    }
    names.set(value, name);
    return name;
  };
  for (const node of inOrder(Object.values(outputs))) {
    const lowered = node.lower(onnx, node.inputs.map(nameOf));
    for (const value of node.outputs) names.set(value, lowered[value.at] ?? "");
  }
  const isOpen = Object.keys(open).length > 0;
  const results = Object.entries(outputs).map(([name, value]) => {
    onnx.nodes.push({ type: "Identity", domain: "", inputs: [nameOf(value)], outputs: [name], attributes: {} });
    return { name, shape: isOpen ? null : value.shape, type: value.type };
  });
  const asked = [...inputs.values()].filter(({ name }) => held[name] === undefined);
  for (const { name, shape } of inputs.values()) {
    const data = held[name];
    if (data !== undefined) onnx.constants.push({ name, shape, data });
  }
  const model = new PbfWriter();
  model.writeVarintField(1, irVersion);
  model.writeStringField(2, "pawl");
  model.writeMessage(7, writeGraph, {
    onnx,
    inputs: asked.map((one) => ({ ...one, shape: open[one.name] ?? one.shape })),
    results,
  });
  model.writeMessage(8, writeOperatorSet, { domain: "", version: operatorSet });
  model.writeMessage(8, writeOperatorSet, { domain: "com.microsoft", version: 1 });
  return { bytes: model.finish(), inputs: asked };
}

type GraphProto = { onnx: Onnx; inputs: readonly ValueProto[]; results: readonly ValueProto[] };

function writeGraph({ onnx, inputs, results }: GraphProto, out: PbfWriter): void {
  for (const node of onnx.nodes) out.writeMessage(1, writeNode, node);
  out.writeStringField(2, "pawl");
  for (const tensor of onnx.constants) out.writeMessage(5, writeTensor, tensor);
  for (const value of inputs) out.writeMessage(11, writeValue, value);
  for (const value of results) out.writeMessage(12, writeValue, value);
}

function writeNode(node: NodeProto, out: PbfWriter): void {
  for (const name of node.inputs) out.writeStringField(1, name);
  for (const name of node.outputs) out.writeStringField(2, name);
  out.writeStringField(3, node.outputs[0] ?? "");
  out.writeStringField(4, node.type);
  for (const attribute of Object.entries(node.attributes)) out.writeMessage(5, writeAttribute, attribute);
  if (node.domain !== "") out.writeStringField(7, node.domain);
}

function writeAttribute([name, value]: [string, Attribute], out: PbfWriter): void {
  out.writeStringField(1, name);
  if (typeof value === "number") {
    out.writeVarintField(3, value);
    out.writeVarintField(20, attributeTypes.int);
  } else if ("float" in value) {
    out.writeFloatField(2, value.float);
    out.writeVarintField(20, attributeTypes.float);
  } else if ("text" in value) {
    out.writeBytesField(4, Buffer.from(value.text));
    out.writeVarintField(20, attributeTypes.text);
  } else {
    for (const item of value.ints) out.writeVarintField(8, item);
    out.writeVarintField(20, attributeTypes.ints);
  }
}

function writeTensor({ name, shape, data }: TensorProto, out: PbfWriter): void {
  for (const dimension of shape) out.writeVarintField(1, dimension);
  const type = data instanceof Float32Array ? "float32" : data instanceof Int8Array ? "int8" : "int64";
  out.writeVarintField(2, elementTypes[type]);
  out.writeStringField(8, name);
  out.writeBytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValue({ name, shape, type }: ValueProto, out: PbfWriter): void {
  out.writeStringField(1, name);
  out.writeMessage(2, writeType, { shape, type });
}

function writeType(value: Omit<ValueProto, "name">, out: PbfWriter): void {
  out.writeMessage(1, writeTensorType, value);
}

function writeTensorType({ shape, type }: Omit<ValueProto, "name">, out: PbfWriter): void {
  out.writeVarintField(1, elementTypes[type]);
  if (shape !== null) out.writeMessage(2, writeShape, shape);
}

function writeShape(shape: readonly (number | string)[], out: PbfWriter): void {
  for (const dimension of shape) out.writeMessage(1, writeDimension, dimension);
}

function writeDimension(dimension: number | string, out: PbfWriter): void {
  if (typeof dimension === "number") out.writeVarintField(1, dimension);
  else out.writeStringField(2, dimension);
}

function writeOperatorSet({ domain, version }: { domain: string; version: number }, out: PbfWriter): void {
  out.writeStringField(1, domain);
  out.writeVarintField(2, version);
}
