/** Bytes by their sha256 (hex): originals of documents. Files under the data folder, or a table on a server. */
export type Blobs = {
  put(bytes: Uint8Array): Promise<string>;
  get(sha256: string): Promise<Uint8Array | null>;
};
