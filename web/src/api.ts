import { type Client, ClientError, type Contract, createClient, type RouteOutput } from "pawl/client";

/** The key that a person typed when the server asked for one; kept for this tab only. */
const keyName = "pawl.key";

export type Api = Client & { setKey(key: string): void };

/** The client of the server that this page came from. */
export function createApi(): Api {
  const make = () => {
    const key = sessionStorage.getItem(keyName);
    return createClient({ baseUrl: location.origin, ...(key ? { key } : {}) });
  };
  const api: Api = {
    ...make(),
    setKey(key) {
      sessionStorage.setItem(keyName, key);
      Object.assign(api, make());
    },
  };
  return api;
}

export const api = createApi();

export type Health = RouteOutput<Contract["health"]>;
export type AppInfo = RouteOutput<Contract["apps"]>["apps"][number];
export type Turn = RouteOutput<Contract["turn"]>;
export type TurnSummary = RouteOutput<Contract["turns"]>["turns"][number];
export type Span = Turn["spans"][number];
export type Citation = NonNullable<Turn["answer"]>["citations"][number];
export type Found = Omit<RouteOutput<Contract["search"]>, "ms">;
export type Passage = Found["passages"][number];
export type Evidence = Found["evidence"][number];
export type Document = RouteOutput<Contract["document"]>;
export type Chunk = RouteOutput<Contract["documentChunks"]>["chunks"][number];
export type Job = RouteOutput<Contract["job"]>;
export type Decision = RouteOutput<Contract["story"]>["decisions"][number];
export type Comparison = NonNullable<Decision["comparison"]>;
export type Difference = Comparison["metrics"][number];
export type Verdict = Comparison["verdict"];
export type Experiment = RouteOutput<Contract["experiments"]>["experiments"][number];
export type ExperimentDetail = RouteOutput<Contract["experiment"]>;
export type MetricValue = ExperimentDetail["metrics"][number]["values"][number];
export type ResultRow = RouteOutput<Contract["results"]>["rows"][number];
export type Dataset = RouteOutput<Contract["datasets"]>["datasets"][number];
export type Example = RouteOutput<Contract["examples"]>["examples"][number];
export type Split = Example["split"];
export type Imported = RouteOutput<Contract["importDataset"]>;
export type Replays = RouteOutput<Contract["replays"]>;
export type FeedbackRow = RouteOutput<Contract["feedbackList"]>["feedback"][number];
export type Estimates = RouteOutput<Contract["feedbackEstimates"]>;
export type CausesReport = NonNullable<RouteOutput<Contract["causes"]>["report"]>;
export type Cause = CausesReport["causes"][number];
export type QuestionsReport = NonNullable<RouteOutput<Contract["questions"]>["report"]>;
export type Gaps = RouteOutput<Contract["gaps"]>;
export type Tuning = RouteOutput<Contract["tuning"]>;
export type LoopReport = RouteOutput<Contract["loopReport"]>;
export type Arm = LoopReport["arms"][number];
export type ChatBody = Parameters<Client["stream"]>[0];
export type ChatChunk = ReturnType<Client["stream"]> extends AsyncGenerator<infer C> ? C : never;
export type AnswerMode = AppInfo["answer"];
export type Range = { start: number; end: number };

/** What a person is told when something fails: what was wrong, what to do, and the stable code. */
export type Failure = { code: string; message: string; hint?: string | undefined };

export function toFailure(error: unknown): Failure {
  if (error instanceof ClientError) return { code: error.code, message: error.message, hint: error.hint };
  if (error instanceof TypeError) {
    return {
      code: "offline",
      message: "The server cannot be reached.",
      hint: "Look whether pawl is still running in its terminal; this page reconnects by itself.",
    };
  }
  return { code: "internal", message: error instanceof Error ? error.message : "Something went wrong in this page." };
}
