import { PawlError } from "#kernel";
import { blocks, type GgmlType } from "./types.ts";

/** Every half-precision value as a number: 256 KB, and decoding is one look-up. */
const halves = Float32Array.from(new Float16Array(Uint16Array.from({ length: 65_536 }, (_, bits) => bits).buffer));
const half = new Float16Array(1);
const halfBits = new Uint16Array(half.buffer);

/** Values of a tensor's bytes (ggml-quants.c, `dequantize_row_*`). Throws `unsupported-option` for other types. */
export function dequantise(type: GgmlType, bytes: Uint8Array): Float32Array {
  const block = blocks[type];
  const values = new Float32Array((bytes.length / block.bytes) * block.values);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const readHalf = (at: number) => halves[view.getUint16(at, true)] ?? 0;
  switch (type) {
    case "F32":
      for (let at = 0; at < values.length; at += 1) values[at] = view.getFloat32(at * 4, true);
      return values;
    case "F16":
      for (let at = 0; at < values.length; at += 1) values[at] = readHalf(at * 2);
      return values;
    case "Q4_0":
      for (let from = 0, to = 0; from < bytes.length; from += 18, to += 32) {
        const scale = readHalf(from);
        for (let j = 0; j < 16; j += 1) {
          const pair = bytes[from + 2 + j] ?? 0;
          values[to + j] = ((pair & 15) - 8) * scale;
          values[to + j + 16] = ((pair >> 4) - 8) * scale;
        }
      }
      return values;
    case "Q4_1":
      for (let from = 0, to = 0; from < bytes.length; from += 20, to += 32) {
        const scale = readHalf(from);
        const least = readHalf(from + 2);
        for (let j = 0; j < 16; j += 1) {
          const pair = bytes[from + 4 + j] ?? 0;
          values[to + j] = (pair & 15) * scale + least;
          values[to + j + 16] = (pair >> 4) * scale + least;
        }
      }
      return values;
    case "Q8_0":
      for (let from = 0, to = 0; from < bytes.length; from += 34, to += 32) {
        const scale = readHalf(from);
        for (let j = 0; j < 32; j += 1) values[to + j] = view.getInt8(from + 2 + j) * scale;
      }
      return values;
    default:
      throw new PawlError("unsupported-option", `pawl does not dequantise ${type}.`);
  }
}

/**
 * Bytes of values in a type (ggml-quants.c, `quantize_row_q8_0_ref`, `quantize_row_q4_0_ref`, as the Python package
 * `gguf` computes them). `values.length` is a multiple of the type's block.
 */
export function quantise(type: "Q8_0" | "Q4_0" | "F16" | "F32", values: Float32Array): Uint8Array<ArrayBuffer> {
  switch (type) {
    case "F32":
      return new Uint8Array(Float32Array.from(values).buffer);
    case "F16":
      return new Uint8Array(Float16Array.from(values).buffer);
    case "Q8_0":
      return q8(values);
    case "Q4_0":
      return q4(values);
  }
}

function q8(values: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array((values.length / 32) * 34);
  for (let from = 0, to = 0; from < values.length; from += 32, to += 34) {
    let largest = 0;
    for (let j = 0; j < 32; j += 1) largest = Math.max(largest, Math.abs(values[from + j] ?? 0));
    const scale = Math.fround(largest / 127);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    writeHalf(bytes, to, scale);
    for (let j = 0; j < 32; j += 1) bytes[to + 2 + j] = roundAway(Math.fround((values[from + j] ?? 0) * inverse));
  }
  return bytes;
}

function q4(values: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array((values.length / 32) * 18);
  for (let from = 0, to = 0; from < values.length; from += 32, to += 18) {
    let extreme = 0;
    for (let j = 0; j < 32; j += 1) {
      const value = values[from + j] ?? 0;
      if (Math.abs(value) > Math.abs(extreme)) extreme = value;
    }
    const scale = Math.fround(extreme / -8);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    // In double precision as a fused multiply-add has it, so that halves fall where the reference's do.
    const level = (j: number) => Math.min(15, Math.max(0, Math.trunc((values[from + j] ?? 0) * inverse + 8.5)));
    writeHalf(bytes, to, scale);
    for (let j = 0; j < 16; j += 1) bytes[to + 2 + j] = level(j) | (level(j + 16) << 4);
  }
  return bytes;
}

/** C's `roundf`: halves go away from zero (`Math.round` takes them up). */
function roundAway(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}

function writeHalf(bytes: Uint8Array, at: number, value: number): void {
  half[0] = value;
  const bits = halfBits[0] ?? 0;
  bytes[at] = bits & 255;
  bytes[at + 1] = bits >> 8;
}
