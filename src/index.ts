export { type AppDefinition, type AppInput, defineApp, type ScoredResult, type ScorerFunction } from "#app";
export { openPawl, type Pawl, type Place } from "#host";
export { PawlError } from "#kernel";
export type { Citation, Evidence, Passage, Release, Span, Turn, TurnAnswer } from "#schema";
export { given, type Known, spansOf } from "#trace";
