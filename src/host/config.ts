import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import * as z from "zod";
import { importFile } from "#app";
import { Price } from "#gateway";
import { PawlError } from "#kernel";
import { type Home, homeOf } from "#store";

/** A provider of the user's: any server that speaks OpenAI's protocol. */
export const ProviderConfig = z.strictObject({
  baseUrl: z.url(),
  /** The environment variable that holds the key; the key itself is never written down. */
  keyFrom: z.string().optional(),
  /** Longest silence before it counts as timed out; default 60 s. */
  silenceMs: z.int().positive().optional(),
});

/** `pawl.config.ts`, beside `app.ts`: `export default { providers: { lab: { baseUrl: "http://…/v1", keyFrom: "LAB_KEY" } } }`. */
export const FileConfig = z.strictObject({
  providers: z.record(z.string().regex(/^[a-z0-9-]+$/), ProviderConfig).default({}),
  /** US dollars for a million tokens, by `provider/model`; goes before the prices that pawl knows. */
  prices: z.record(z.string(), Price).default({}),
});
export type FileConfig = z.infer<typeof FileConfig>;

/** Where pawl keeps things and how it is reached; flags before environment before file. */
export type Config = {
  /** pawl's own folder: store, journal, blobs. */
  folder: string;
  home: Home;
  modelsFolder: string;
  hostname: string;
  /** 0 takes any free port. */
  port: number;
  apiKey: string | undefined;
  /**
   * Whether a request may name addresses (`url:` models) and files of this machine (`file:` models, `paths`): only
   * where nobody but this machine's user can ask.
   */
  mayNamePlaces: boolean;
  providers: FileConfig["providers"];
  prices: FileConfig["prices"];
};

const loopback = new Set(["127.0.0.1", "::1", "localhost"]);

/**
 * @param appFolder the folder of the (first) app: `.pawl` and `pawl.config.ts` are looked for there
 * @throws PawlError `bind-refused` for an address that is not loopback without a key, `app-malformed` for a bad file
 */
export async function readConfig(options: {
  appFolder: string;
  env: NodeJS.ProcessEnv;
  hostname?: string;
  port?: number;
}): Promise<Config> {
  const { env } = options;
  const folder = resolve(env.PAWL_HOME ?? join(options.appFolder, ".pawl"));
  const hostname = options.hostname ?? env.PAWL_HOST ?? "127.0.0.1";
  const apiKey = env.PAWL_API_KEY || undefined; // set to nothing is not set
  if (!loopback.has(hostname) && !apiKey) {
    throw new PawlError("bind-refused", `pawl does not listen on ${hostname} without an API key.`, {
      hint: "Set PAWL_API_KEY to a long random text, or listen on 127.0.0.1.",
    });
  }
  const port = options.port ?? Number(env.PAWL_PORT ?? 4111);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new PawlError("bad-request", `PAWL_PORT is "${env.PAWL_PORT}", which is not a port.`, {
      hint: "Use a number from 0 to 65535.",
    });
  }
  return {
    folder,
    home: homeOf(folder, env),
    modelsFolder: resolve(env.PAWL_MODELS ?? defaultModelsFolder(env)),
    hostname,
    port,
    apiKey,
    mayNamePlaces: apiKey === undefined,
    ...(await readFileConfig(options.appFolder)),
  };
}

function defaultModelsFolder(env: NodeJS.ProcessEnv): string {
  if (process.platform === "win32")
    return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "pawl", "models");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "pawl", "models");
  return join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "pawl", "models");
}

async function readFileConfig(folder: string): Promise<FileConfig> {
  const file = join(folder, "pawl.config.ts");
  const there = await access(file).then(
    () => true,
    () => false,
  );
  if (!there) return FileConfig.parse({});
  const parsed = FileConfig.safeParse(await importFile(file));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new PawlError("app-malformed", `${file}: ${issue?.path.join(".")}: ${issue?.message}`, {
    hint: 'Export an object such as { providers: { lab: { baseUrl: "http://localhost:8000/v1" } } }.',
    details: { file, folder: dirname(file) },
  });
}
