export { benchRetrieval, type RetrievalBench, type StageResult } from "./bench.ts";
export { type Cite, type CiteOptions, citationOf, citations, citer } from "./cite.ts";
export {
  deleteDocument,
  documentText,
  listChunks,
  listDocuments,
  partlyRead,
  readDocumentRow,
  type StoredChunk,
  storedChunks,
} from "./documents.ts";
export {
  documentId,
  documentsVersion,
  type IngestedDocument,
  type IngestOptions,
  indexOf,
  ingest,
} from "./ingest.ts";
export { type Preview, previewDocument } from "./preview.ts";
export { type RetrieveOptions, retrieve } from "./retrieve.ts";
export { sentences } from "./sentences.ts";
export { expandSources, type Source } from "./sources.ts";
