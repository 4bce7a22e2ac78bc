import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Client, createClient } from "#server";
import { appFolder, type Command, startCommand, untilSaid } from "./command.ts";
import { embeddedFolder } from "./homes.ts";

// A disk that is full: small file systems in memory, filled to the brim. Only root may mount one.
const base = mkdtempSync(join(tmpdir(), "pawl-disk-"));
const mounted: string[] = [];
const mayMount = (() => {
  try {
    mount("probe", "1m");
    return true;
  } catch {
    return false;
  }
})();

function mount(name: string, size: string): string {
  const path = join(base, name);
  mkdirSync(path, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path], { stdio: "ignore" });
  mounted.push(path);
  return path;
}

/** Leaves nothing free; `free` gives it back. */
function fill(disk: string): { free(): void } {
  const path = join(disk, "filler");
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(path, Buffer.alloc(bavail * bsize));
  return { free: () => rmSync(path) };
}

let folder: string;
let server: Command | undefined;
beforeAll(async () => {
  folder = await appFolder();
});
afterEach(async () => {
  server?.child.kill("SIGTERM");
  await server?.ended;
});
afterAll(() => {
  for (const path of mounted) execFileSync("umount", ["--lazy", path]);
  for (const path of [base, folder]) rmSync(path, { recursive: true, force: true });
});

async function serve(home: string): Promise<Client> {
  server = startCommand(["serve"], { cwd: folder, env: { PAWL_PORT: "0", PAWL_HOME: home } });
  const [, url = ""] = await untilSaid(server, /^pawl: (http:\S+)$/m);
  await untilSaid(server, /small is ready/);
  return createClient({ baseUrl: url });
}

const ask = (client: Client) =>
  client.chat({
    body: { model: "app/small", messages: [{ role: "user", content: "What may a hotel in London cost?" }] },
  });

describe.skipIf(!mayMount)("a full disk (needs root, to mount one in memory)", () => {
  test("under the journal: no turn is acknowledged that is not kept; with space again it goes on", async () => {
    const home = join(base, "journal-home");
    await embeddedFolder(join(home, "store"));
    const disk = mount(join("journal-home", "journal"), "256k");
    const client = await serve(home);
    const kept = [(await ask(client)).id];
    const filler = fill(disk);
    // The file's last page has room for a little; then nothing goes in.
    const full = await Promise.all(Array.from({ length: 5 }, () => ask(client).catch((error: unknown) => error)));
    const refused = full.filter((answer) => answer instanceof Error);
    expect(refused.length).toBeGreaterThan(3);
    for (const error of refused)
      expect(error).toMatchObject({ status: 507, code: "disk-full", hint: expect.stringContaining("Free some space") });
    filler.free();
    for (let i = 0; i < 3; i++) kept.push((await ask(client)).id);

    server?.child.kill("SIGKILL");
    await server?.ended;
    const again = await serve(home);
    for (const id of kept) expect(await again.turn({ params: { id } })).toMatchObject({ id, status: "done" });
  });

  test("under the store: an ingest fails with disk-full, the server stays, and nothing stored is lost", async () => {
    const home = mount("store-home", "160m");
    await embeddedFolder(join(home, "store"));
    const client = await serve(home);
    const first = await ask(client);
    await client.turns(); // it is in the database
    const filler = fill(home);

    const files = Array.from({ length: 6 }, (_, n) => join(folder, `more/${n}.md`));
    mkdirSync(join(folder, "more"));
    for (const [n, file] of files.entries()) writeFileSync(file, documentOf(n));
    const failed = await ingest(client, files);
    expect(failed).toMatchObject({
      status: "failed",
      error: { code: "disk-full", hint: expect.stringContaining("nothing that was stored is lost") },
    });
    expect(await client.health()).toMatchObject({ status: "ready" });
    expect(await client.turn({ params: { id: first.id } })).toMatchObject({ id: first.id });

    filler.free();
    expect(await ingest(client, files)).toMatchObject({ status: "done", error: null });
    const { total } = await client.documents({ query: { limit: 1 } });
    expect(total).toBe(8);
    expect((await ask(client)).choices[0]?.message.content).toContain("140 pounds");
  });
});

/** Text enough that a few of them need more than what is left in a page or two. */
function documentOf(n: number): string {
  const paragraphs = Array.from(
    { length: 8 },
    (_, i) => `Rule ${n}.${i} says that desk ${n * 31 + i} is kept free for visitors of building ${(n * 7 + i) % 90}.`,
  );
  return `# Rules ${n}\n\n${paragraphs.join("\n\n")}\n`;
}

async function ingest(client: Client, paths: string[]) {
  let job = await client.ingest({ body: { app: "small", paths } });
  while (job.status === "queued" || job.status === "running") {
    await new Promise((resolve) => setTimeout(resolve, 200));
    job = await client.job({ params: { id: job.id } });
  }
  return job;
}
