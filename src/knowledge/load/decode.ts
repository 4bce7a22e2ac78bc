import { PawlError } from "#kernel";

/**
 * Bytes of a text file as text: byte order mark removed, line ends LF, nothing else changed.
 * UTF-8, UTF-16 with a byte order mark, else Windows-1252 with a note. Throws `document-binary`, to
 * which `loadDocument` adds the formats there are.
 */
export function decodeText(bytes: Uint8Array, path: string): { text: string; notes: string[] } {
  const { text, notes } = decode(bytes, path);
  return { text: text.replace(/\r\n?/g, "\n"), notes };
}

function decode(bytes: Uint8Array, path: string): { text: string; notes: string[] } {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { text: new TextDecoder("utf-16le").decode(bytes), notes: [] };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { text: new TextDecoder("utf-16be").decode(bytes), notes: [] };
  if (bytes.includes(0)) throw binary(path);
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), notes: [] };
  } catch {
    if (controlShare(bytes) > 0.02) throw binary(path);
    const text = new TextDecoder("windows-1252").decode(bytes);
    return { text, notes: ["The file is not UTF-8; it was read as Windows-1252 (Latin-1)."] };
  }
}

/** The share of bytes that no text has: control characters other than tab, line ends, form feed and escape. */
function controlShare(bytes: Uint8Array): number {
  let control = 0;
  for (const byte of bytes) {
    if (byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d) && byte !== 0x1b) control++;
  }
  return control / Math.max(1, bytes.length);
}

function binary(path: string): PawlError {
  return new PawlError("document-binary", `${path} is a binary file, not text.`, { details: { path } });
}
