export { changesOf, onDocumentsOf, sameButDocuments } from "./changes.ts";
export { Lock, type ReadLock, readLock, releaseId, writeLock } from "./lock.ts";
export { figure, markdownReport, type Reported } from "./report.ts";
