export * from "./dataset.ts";
export * from "./experiment.ts";
export * from "./knowledge.ts";
export * from "./model.ts";
export * from "./release.ts";
export * from "./step.ts";
export * from "./text.ts";
export * from "./turn.ts";
