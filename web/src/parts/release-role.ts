import { useQuery } from "@tanstack/react-query";
import { candidateQuery } from "../queries.ts";

/** What a release is to its app now; `current` is what answers while nothing was shipped yet. */
export type ReleaseRole = "live" | "candidate" | "current";

/** Tells the role of an app's releases; most have none any more. */
export function useReleaseRole(app: string): (release: string) => ReleaseRole | undefined {
  const { data } = useQuery(candidateQuery(app));
  return (release) => {
    if (release === data?.live) return "live";
    if (release === data?.candidate) return data.live === null ? "current" : "candidate";
    return undefined;
  };
}
