import { infiniteQueryOptions, keepPreviousData, QueryClient, queryOptions } from "@tanstack/react-query";
import { ClientError } from "pawl/client";
import { api, type Split } from "./api.ts";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal stays a refusal; only a failing server or network is asked again.
      retry: (count, error) => count < 2 && !(error instanceof ClientError && error.status < 500),
      staleTime: 10_000,
      refetchOnWindowFocus: false,
    },
  },
});

export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: ({ signal }) => api.health({ signal }),
  retry: false,
  // Often while something is going on or the server is away, seldom when all is quiet.
  refetchInterval: (query) => (query.state.status === "error" || query.state.data?.status !== "ready" ? 1_000 : 5_000),
});

export const appsQuery = queryOptions({
  queryKey: ["apps"],
  queryFn: ({ signal }) => api.apps({ signal }),
  staleTime: 60_000,
});

export const turnQuery = (id: string) =>
  queryOptions({
    queryKey: ["turn", id],
    queryFn: ({ signal }) => api.turn({ params: { id }, signal }),
    staleTime: 60_000,
    // A stopped turn is stored a moment after its stream has ended.
    retry: (tries) => tries < 3,
    retryDelay: 300,
  });

/** The turns of one conversation, oldest first. What is asked in this tab is known to it, so it is read once. */
export const sessionQuery = (session: string) =>
  queryOptions({
    queryKey: ["session", session],
    queryFn: async ({ signal }) => (await api.turns({ query: { session, limit: 200 }, signal })).turns.reverse(),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });

export type TurnFilter = {
  q?: string | undefined;
  app?: string | undefined;
  release?: string | undefined;
  session?: string | undefined;
  status?: "done" | "failed" | "cancelled" | undefined;
  thumb?: "up" | "down" | "none" | undefined;
  abstained?: "true" | "false" | undefined;
};

export const turnsQuery = (filter: TurnFilter) =>
  infiniteQueryOptions({
    queryKey: ["turns", filter],
    queryFn: ({ pageParam, signal }) => api.turns({ query: { ...defined(filter), ...pageParam, limit: 100 }, signal }),
    initialPageParam: {} as { cursor?: string }, // the type of every page's parameter; the first has none
    getNextPageParam: (page) => (page.next === null ? undefined : { cursor: page.next }),
    placeholderData: keepPreviousData,
  });

/** Other turns of an app that asked what this one asks, newest first. */
export const sameQuestionQuery = ({ id, app, question }: { id: string; app: string; question: string }) => {
  const words = (text: string) => text.trim().replace(/\s+/g, " ").toLowerCase();
  return queryOptions({
    queryKey: ["turns", "same-question", id],
    queryFn: async ({ signal }) => {
      const { turns } = await api.turns({ query: { app, q: question, limit: 50 }, signal });
      return turns.filter((one) => one.id !== id && words(one.question) === words(question));
    },
  });
};

export const documentsQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: ["documents", q],
    queryFn: ({ pageParam, signal }) => api.documents({ query: { q, ...pageParam, limit: 100 }, signal }),
    initialPageParam: {} as { cursor?: string }, // the type of every page's parameter; the first has none
    getNextPageParam: (page) => (page.next === null ? undefined : { cursor: page.next }),
    placeholderData: keepPreviousData,
  });

export const documentQuery = (id: string) =>
  queryOptions({ queryKey: ["document", id], queryFn: ({ signal }) => api.document({ params: { id }, signal }) });

export const documentTextQuery = (id: string) =>
  queryOptions({
    queryKey: ["document", id, "text"],
    queryFn: ({ signal }) => api.documentText({ params: { id }, signal }),
    staleTime: 60_000,
  });

export const documentChunksQuery = (id: string) =>
  queryOptions({
    queryKey: ["document", id, "chunks"],
    queryFn: ({ signal }) => api.documentChunks({ params: { id }, signal }),
    staleTime: 60_000,
  });

export const knowledgeQuery = queryOptions({
  queryKey: ["knowledge"],
  queryFn: ({ signal }) => api.knowledge({ signal }),
});

export const searchQuery = (app: string, q: string) =>
  queryOptions({
    queryKey: ["search", app, q],
    queryFn: ({ signal }) => api.search({ query: { app, q, limit: 20 }, signal }),
    enabled: q.trim() !== "" && app !== "",
    placeholderData: keepPreviousData,
  });

/** Without the keys that are undefined, as the client's exact types want it. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }; // the filter removed `undefined`
}

/** What the app file is beside what is live. An edit is seen within seconds. */
export const candidateQuery = (app: string) =>
  queryOptions({
    queryKey: ["candidate", app],
    queryFn: ({ signal }) => api.candidate({ params: { id: app }, signal }),
    enabled: app !== "",
    refetchInterval: 5_000,
  });

export const storyQuery = (app: string) =>
  queryOptions({
    queryKey: ["story", app],
    queryFn: ({ signal }) => api.story({ params: { id: app }, signal }),
    enabled: app !== "",
  });

export const experimentsQuery = (app: string) =>
  queryOptions({
    queryKey: ["experiments", app],
    queryFn: ({ signal }) => api.experiments({ query: { app }, signal }),
    enabled: app !== "",
    refetchInterval: ({ state }) =>
      state.data?.experiments.some(({ status }) => status === "running") ? 1_000 : false,
  });

export const experimentQuery = (id: string) =>
  queryOptions({
    queryKey: ["experiment", id],
    queryFn: ({ signal }) => api.experiment({ params: { id }, signal }),
    refetchInterval: ({ state }) => (state.data?.status === "running" ? 1_000 : false),
  });

export const resultsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["experiment", id, "results"],
    queryFn: ({ pageParam, signal }) => api.results({ params: { id }, query: { ...pageParam, limit: 100 }, signal }),
    initialPageParam: {} as { cursor?: string }, // the type of every page's parameter; the first has none
    getNextPageParam: (page) => (page.next === null ? undefined : { cursor: page.next }),
  });

export const datasetsQuery = (app: string) =>
  queryOptions({
    queryKey: ["datasets", app],
    queryFn: ({ signal }) => api.datasets({ query: { app }, signal }),
    enabled: app !== "",
  });

export const examplesQuery = (version: string, filter: { split?: Split | undefined; q?: string | undefined }) =>
  infiniteQueryOptions({
    queryKey: ["examples", version, filter],
    queryFn: ({ pageParam, signal }) =>
      api.examples({ params: { id: version }, query: { ...defined(filter), ...pageParam, limit: 100 }, signal }),
    initialPageParam: {} as { cursor?: string }, // the type of every page's parameter; the first has none
    getNextPageParam: (page) => (page.next === null ? undefined : { cursor: page.next }),
    placeholderData: keepPreviousData,
  });

export const pinsQuery = (app: string) =>
  queryOptions({
    queryKey: ["pins", app],
    queryFn: ({ signal }) => api.pins({ query: { app }, signal }),
    enabled: app !== "",
    staleTime: 60_000,
  });

/** The pinned turns as the candidate answers them. Read often while they are asked again. */
export const replaysQuery = (app: string) =>
  queryOptions({
    queryKey: ["replays", app],
    queryFn: ({ signal }) => api.replays({ params: { id: app }, signal }),
    enabled: app !== "",
    refetchInterval: ({ state }) => (state.data?.isRunning ? 500 : 3_000),
  });

export const releasesQuery = queryOptions({
  queryKey: ["releases"],
  queryFn: ({ signal }) => api.releases({ query: {}, signal }),
  staleTime: 60_000,
});

export type FeedbackFilter = {
  app?: string | undefined;
  release?: string | undefined;
  rater?: string | undefined;
  kind?: "thumb" | "correction" | "choice" | undefined;
};

export const feedbackQuery = (filter: FeedbackFilter) =>
  infiniteQueryOptions({
    queryKey: ["feedback", filter],
    queryFn: ({ pageParam, signal }) =>
      api.feedbackList({ query: { ...defined(filter), ...pageParam, limit: 100 }, signal }),
    initialPageParam: {} as { cursor?: string }, // the type of every page's parameter; the first has none
    getNextPageParam: (page) => (page.next === null ? undefined : { cursor: page.next }),
    placeholderData: keepPreviousData,
    enabled: filter.app !== "",
  });

/** What thumbs say of an app's releases, and of who gives them. */
export const estimatesQuery = (app: string) =>
  queryOptions({
    queryKey: ["estimates", app],
    queryFn: ({ signal }) => api.feedbackEstimates({ params: { id: app }, signal }),
    enabled: app !== "",
  });

export const causesQuery = (app: string) =>
  queryOptions({
    queryKey: ["causes", app],
    queryFn: ({ signal }) => api.causes({ params: { id: app }, signal }),
    enabled: app !== "",
  });

/** Questions that were written from an app's documents, and how it fared with them. */
export const questionsQuery = (app: string) =>
  queryOptions({
    queryKey: ["questions", app],
    queryFn: ({ signal }) => api.questions({ params: { id: app }, signal }),
    enabled: app !== "",
  });

export const gapsQuery = (app: string) =>
  queryOptions({
    queryKey: ["gaps", app],
    queryFn: ({ signal }) => api.gaps({ params: { id: app }, signal }),
    enabled: app !== "",
  });

const isOpen = ({ status }: { status: string }) => status === "queued" || status === "running";

export const tuningsQuery = (app: string) =>
  queryOptions({
    queryKey: ["tunings", app],
    queryFn: ({ signal }) => api.tunings({ query: { app }, signal }),
    enabled: app !== "",
    refetchInterval: ({ state }) => (state.data?.tunings.some(isOpen) ? 2_000 : false),
  });

export const tuningQuery = (id: string) =>
  queryOptions({
    queryKey: ["tuning", id],
    queryFn: ({ signal }) => api.tuning({ params: { id }, signal }),
    refetchInterval: ({ state }) => (state.data && isOpen(state.data) ? 1_000 : false),
  });

export const loopsQuery = (app: string) =>
  queryOptions({
    queryKey: ["loops", app],
    queryFn: ({ signal }) => api.loops({ query: { app }, signal }),
    enabled: app !== "",
  });

export const loopQuery = (id: string) =>
  queryOptions({ queryKey: ["loop", id], queryFn: ({ signal }) => api.loopReport({ params: { id }, signal }) });

/** Background work. Read often while some goes on. */
export const jobsQuery = queryOptions({
  queryKey: ["jobs"],
  queryFn: ({ signal }) => api.jobs({ signal }),
  refetchInterval: ({ state }) =>
    state.data?.jobs.some((job) => job.status === "queued" || job.status === "running") ? 500 : false,
});
