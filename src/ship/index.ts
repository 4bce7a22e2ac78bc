export { changesOf, onDocumentsOf, sameButDocuments } from "./changes.ts";
export { type Decided, decide, type Question } from "./decide.ts";
export { Lock, type ReadLock, readLock, releaseId, writeLock } from "./lock.ts";
export { wordTail } from "./measure.ts";
export { answered, type Measured, pairsOf, type ScoredPair } from "./pairs.ts";
export { evidenceOf, figure, markdownReport, type Reported } from "./report.ts";
export { foreseenSentence, spentSentence } from "./spending.ts";
