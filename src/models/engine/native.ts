import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod";
import { PawlError, type Report } from "#kernel";
import { type Env, modelsFolder } from "../files.ts";
import { withLock } from "../lock.ts";

/**
 * The native packages: optional peers of pawl, because what they would install by themselves (builds for graphics cards,
 * which only the root project can leave out) weighs more than a gigabyte.
 */
type Natives = {
  "node-llama-cpp": typeof import("node-llama-cpp");
  "onnxruntime-node": typeof import("onnxruntime-node");
};

const ownRequire = createRequire(import.meta.url);

/** What of pawl's own package.json decides which natives are installed; npm keeps both fields in the published package. */
const Manifest = z.object({
  peerDependencies: z.record(z.string(), z.string()),
  overrides: z.record(z.string(), z.unknown()),
});

const byHand = "Install it beside your app: npm install --ignore-scripts node-llama-cpp onnxruntime-node";

/**
 * Imports a native package: the one that the user's project (or this repository) has, else the one in the model store.
 * For the engine process, whose environment names the store; {@link ensureNatives} has run before, in the process that
 * started it.
 *
 * @throws PawlError `engine-unavailable`
 */
export async function importNative<Name extends keyof Natives>(name: Name): Promise<Natives[Name]> {
  const path = resolveFrom(ownRequire, name) ?? resolveFrom(await ownNatives(), name);
  if (path === undefined) {
    throw new PawlError("engine-unavailable", `${name}, a part of the local engine, is not installed.`, {
      hint: byHand,
    });
  }
  return import(pathToFileURL(path).href); // the module at that path is this package: resolved by its name
}

export type NativesOptions = {
  /** The model store's folder. */
  store: string;
  env: Env;
  signal: AbortSignal;
  report: Report;
};

/**
 * Makes sure that the native packages can be imported; where one is missing, both are installed into the model store.
 *
 * @throws PawlError as {@link installNatives}
 */
export async function ensureNatives(options: NativesOptions): Promise<void> {
  const names = ["node-llama-cpp", "onnxruntime-node"] satisfies (keyof Natives)[];
  if (names.some((name) => resolveFrom(ownRequire, name) === undefined)) await installNatives(options);
}

/**
 * Installs the native packages into the model store with the user's own npm (its registry, proxy and cache); once per
 * version, and by one process at a time.
 *
 * @throws PawlError `engine-unavailable` when npm is missing or fails (details.output has its last lines), `cancelled`
 */
export async function installNatives(options: NativesOptions): Promise<void> {
  const { store, report, signal } = options;
  const { manifest, folder, stamp } = await cacheOf(store);
  if (await exists(stamp)) return;
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new PawlError("engine-unavailable", `The local engine cannot be put into ${store}.`, {
      hint: "Set PAWL_MODELS to a folder that you may write to.",
      cause,
    });
  });
  const onWait = () => report({ task: "waiting for another process to fetch the local engine", done: 0 });
  await withLock(`${folder}.lock`, { signal, onWait }, async () => {
    if (await exists(stamp)) return;
    report({ task: "fetching the local engine (about 190 MB, of which 160 stay)", done: 0 });
    const own = { name: "pawl-engine", private: true, dependencies: manifest.peerDependencies };
    await writeFile(join(folder, "package.json"), JSON.stringify({ ...own, overrides: manifest.overrides }));
    await npmInstall(folder, options);
    await dropOtherPlatforms(folder);
    await writeFile(stamp, "");
    report({ task: "the local engine is there", done: 1, total: 1 });
  });
}

/** One folder per set of versions and platform: an upgrade of pawl never changes an engine that another project uses. */
async function cacheOf(store: string) {
  const manifest = Manifest.parse(JSON.parse(await readFile(ownRequire.resolve("pawl/package.json"), "utf8")));
  const { overrides } = manifest;
  const ofNatives = Object.fromEntries(
    Object.entries(overrides).filter(([name]) => name.startsWith("@node-llama-cpp/")),
  );
  const identity = JSON.stringify([manifest.peerDependencies, ofNatives, process.platform, process.arch]);
  const hash = createHash("sha256").update(identity).digest("hex").slice(0, 12);
  const folder = join(store, "engines", hash);
  return { manifest: { ...manifest, overrides: ofNatives }, folder, stamp: join(folder, "installed") };
}

async function ownNatives(): Promise<NodeJS.Require> {
  return createRequire(join((await cacheOf(modelsFolder(process.env))).folder, "package.json"));
}

function npmInstall(folder: string, { env, signal }: { env: Env; signal: AbortSignal }): Promise<void> {
  const offline = (env.PAWL_OFFLINE ?? "") === "" ? "--prefer-offline" : "--offline";
  const args = ["install", "--prefix", folder, "--ignore-scripts", offline, "--no-audit", "--no-fund", "--no-progress"];
  // Under npx or npm run, npm's variables describe that run (its prefix, its flags): only how to reach a registry stays.
  const ownWay = /^npm_config_(registry|cache|userconfig|globalconfig|.*proxy|ca|cafile|strict_ssl)$/i;
  const kept = Object.entries(env).filter(([name]) => !/^npm_/i.test(name) || ownWay.test(name));
  const cli = env.npm_execpath;
  const isByNode = cli !== undefined && /npm[^/\\]*\.js$/.test(cli);
  const [command, ...rest] = isByNode ? [process.execPath, cli, ...args] : ["npm", ...args];
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, {
      cwd: folder,
      env: Object.fromEntries(kept),
      signal,
      stdio: ["ignore", "pipe", "pipe"],
      shell: !isByNode && process.platform === "win32", // npm is a batch file there
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text: Buffer) => {
        output = (output + text.toString("utf8")).slice(-4_000);
      });
    }
    const fail = (message: string, cause?: unknown) =>
      reject(new PawlError("engine-unavailable", message, { hint: byHand, cause, details: { output } }));
    child.on("error", (error) => {
      if (signal.aborted) reject(error);
      else fail("npm, which fetches the local engine, does not start.", error);
    });
    child.on("close", (code) => {
      if (code === 0) resolve();
      else fail(`npm could not fetch the local engine: ${lastError(output)}`);
    });
  });
}

/** ONNX Runtime's package holds its library for every platform, some 200 MB more than this one needs. */
async function dropOtherPlatforms(folder: string): Promise<void> {
  const bin = join(folder, "node_modules", "onnxruntime-node", "bin");
  for (const version of await readdir(bin)) {
    for (const platform of await readdir(join(bin, version))) {
      for (const arch of await readdir(join(bin, version, platform))) {
        if (platform === process.platform && arch === process.arch) continue;
        await rm(join(bin, version, platform, arch), { recursive: true, force: true });
      }
    }
  }
}

/** What npm says went wrong, without the lines about its log file and without addresses. */
function lastError(output: string): string {
  const lines = output.split("\n").map((line) => line.replace(/^npm (error|ERR!)\s*/, "").trim());
  const line = lines.findLast((text) => text !== "" && !/complete log|_logs/.test(text)) ?? "it said nothing";
  return line.replace(/https?:\/\/\S+/g, "(url)").slice(0, 300);
}

function resolveFrom(from: NodeJS.Require, name: string): string | undefined {
  try {
    return from.resolve(name);
  } catch {
    return undefined; // not installed there: all that is asked
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
