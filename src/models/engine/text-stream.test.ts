import { expect, test } from "vitest";
import { TextStream } from "./text-stream.ts";

const decoder = new TextDecoder();
/** Tokens of one byte each: every character beyond ASCII is split. */
const bytes = (tokens: readonly number[]) => decoder.decode(Uint8Array.from(tokens));

function read(text: string, stops: readonly string[]): { parts: string[]; stopped: boolean } {
  const stream = new TextStream<number>(bytes, stops);
  const parts: string[] = [];
  for (const byte of new TextEncoder().encode(text)) {
    parts.push(stream.push(byte));
    if (stream.stopped) break;
  }
  parts.push(stream.end());
  return { parts: parts.filter((part) => part !== ""), stopped: stream.stopped };
}

test("A character that is split over tokens comes whole", () => {
  const { parts } = read("aé😀日", []);
  expect(parts).toEqual(["a", "é", "😀", "日"]);
});

test("Bytes that are no character at all come out in the end", () => {
  const stream = new TextStream<number>(bytes, []);
  expect(stream.push(0xf0)).toBe("");
  expect(stream.end()).toBe("\uFFFD");
});

test("A stop string is met over the edges of tokens and kept back", () => {
  const { parts, stopped } = read("one two END three", ["END"]);
  expect(parts.join("")).toBe("one two ");
  expect(stopped).toBe(true);
});

test("What only began like a stop string is given out", () => {
  const { parts, stopped } = read("one EN two E", ["END"]);
  expect(parts.join("")).toBe("one EN two E");
  expect(stopped).toBe(false);
});

test("The earliest of several stop strings counts", () => {
  expect(read("abc stop END", ["END", "stop"]).parts.join("")).toBe("abc ");
});
