import type { Contract, RouteOutput } from "#server";

/** What the API answers, by the contract. */
export type ChatCompletion = RouteOutput<Contract["chat"]>;
export type Job = RouteOutput<Contract["job"]>;
export type IngestedDocument = RouteOutput<Contract["upload"]>;
export type TurnDetail = RouteOutput<Contract["turn"]>;
export type Imported = RouteOutput<Contract["importDataset"]>;
