import { once } from "node:events";
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPawl } from "#host";
import { createClient } from "#server";
import { appFolder, type Command, type Ended, pawl, startCommand, untilSaid } from "./command.ts";
import { createDatabase, startPostgres } from "./postgres.ts";
import { smallFiles } from "./server.ts";

// A command that is run while a server holds the app's folder: it goes through that server.
const serve = async (folder: string, env: Record<string, string> = {}) => {
  const server = startCommand(["serve"], { cwd: folder, env: { PAWL_PORT: "0", ...env } });
  const [, url = ""] = await untilSaid(server, /^pawl: (http:\S+)$/m);
  return { server, url };
};
const end = (server: Command): Promise<Ended> => {
  server.child.kill("SIGTERM");
  return server.ended;
};

describe("while a server reads the documents", () => {
  let folder: string;
  let server: Command;
  let url: string;
  beforeAll(async () => {
    const page = (i: number) => `# Desk ${i}\n\nThe desk ${i} belongs to team ${i * 7}. It is by window ${i * 3}.\n`;
    const many = Array.from({ length: 60 }, (_, i) => [`docs/desk-${i}.md`, page(i)] as const);
    folder = await appFolder({ files: { ...smallFiles, ...Object.fromEntries(many) } });
    ({ server, url } = await serve(folder));
  });
  afterAll(async () => {
    await end(server);
    rmSync(folder, { recursive: true, force: true });
  });

  test("`pawl ask` waits for them, with the progress, and is answered", async () => {
    const { data } = await createClient({ baseUrl: url }).models();
    expect(data[0]?.pawl).toMatchObject({ kind: "app", state: "starting" });
    const ended = await pawl(["ask", "When do unused days of leave lapse?", "--json"], { cwd: folder });
    expect(ended.stderr).toMatch(/documents|loading/);
    expect(JSON.parse(ended.stdout)).toMatchObject({ abstained: false, answer: expect.stringContaining("leave") });
    expect((await createClient({ baseUrl: url }).models()).data[0]?.pawl.state).toBe("ready");
  });

  test("a reader that goes away after the first line (`pawl trace | head`) is no error", async () => {
    const trace = startCommand(["trace"], { cwd: folder });
    trace.child.stdout?.destroy();
    const ended = await trace.ended;
    expect(ended).toMatchObject({ code: 0, stderr: "" });
  });
});

test("with a PostgreSQL server as the store, one process writes the journal of a folder; a verb goes through it", async (context) => {
  const postgres = await startPostgres();
  if (postgres === null) return context.skip();
  const env = { DATABASE_URL: await createDatabase(postgres, "journal") };
  const folder = await appFolder();
  const { server } = await serve(folder, env);
  await untilSaid(server, /small is ready/);

  const ended = await pawl(["ask", "When do unused days of leave lapse?", "--json"], { cwd: folder, env });
  const { turn } = JSON.parse(ended.stdout);
  const traced = await pawl(["trace", turn, "--json"], { cwd: folder, env });
  expect(JSON.parse(traced.stdout)).toMatchObject({ id: turn, status: "done" });

  const before = process.env.DATABASE_URL;
  process.env.DATABASE_URL = env.DATABASE_URL;
  await expect(openPawl({ app: folder })).rejects.toMatchObject({
    code: "store-locked",
    details: { pid: server.child.pid, url: expect.stringMatching(/^http:/) },
  });

  server.child.kill("SIGKILL");
  await once(server.child, "close");
  const next = await openPawl({ app: folder }); // a killed owner leaves its journal to the next
  expect(await next.turn(turn)).toMatchObject({ id: turn });
  await next.close();
  if (before === undefined) delete process.env.DATABASE_URL;
  else process.env.DATABASE_URL = before;
  rmSync(folder, { recursive: true, force: true });
  await postgres.stop();
});
