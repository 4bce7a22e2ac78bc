import { processPort } from "#kernel";
import { announce, connectStore, openJobs, openStore } from "#store";

/*
 * What tests of the store do in a process that can be killed: `node store-child.ts MODE FOLDER`. Each line on stdout is
 * something that was acknowledged.
 */
const [mode = "", folder = ""] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);

switch (mode) {
  case "hold": {
    await openStore({ kind: "embedded", folder });
    announce(folder, "http://127.0.0.1:4321");
    say("open");
    setInterval(() => {}, 1000);
    break;
  }
  case "write": {
    const store = await openStore({ kind: "embedded", folder });
    for (let at = 0; ; at += 1) {
      const row = (part: number) => ({
        sql: "insert into spans (id, run, kind, start_ms, body) values ($1, 'run', 'task', 0, '{}')",
        params: [`${at}-${part}`],
      });
      await store.batch([row(0), row(1)]);
      say(String(at));
    }
  }
  case "job": {
    const store = await openStore({ kind: "embedded", folder });
    const jobs = await openJobs(store);
    const id = await jobs.enqueue("count", { to: 6 }, { key: "only" });
    say(`enqueued ${id}`);
    void jobs.work("count", countTo, { signal: new AbortController().signal });
    break;
  }
  case "remote": {
    const store = await connectStore(processPort(process));
    const hash = await store.blobs.put(new Uint8Array([9, 8, 7]));
    const bytes = await store.blobs.get(hash);
    await store.batch([{ sql: "insert into blobs values ('from the child', $1)", params: [bytes] }]);
    const failure = await store
      .query({ sql: "insert into blobs values ('from the child', '')", params: [] })
      .catch((error: unknown) => error);
    const jobs = await openJobs(store);
    const stop = new AbortController();
    void jobs.work("count", countTo, { signal: stop.signal });
    process.on("message", (message) => {
      if (message !== "stop") return;
      stop.abort();
      void jobs.close().then(() => process.disconnect?.());
    });
    const failed =
      failure instanceof Error && "code" in failure ? [failure.code, failure.message].join(" ") : "no error";
    say(JSON.stringify({ home: store.home, owner: store.owner, bytes: [...(bytes ?? [])], failed }));
    break;
  }
}

/** Counts to `to`, one step after the other, and says each step that it did itself. */
async function countTo({ input, signal, recorded, record, report }: import("#store").JobContext) {
  const to = typeof input === "object" && input !== null && "to" in input ? Number(input.to) : 0;
  let sum = 0;
  for (let step = 1; step <= to; step += 1) {
    signal.throwIfAborted();
    const known = recorded(`step ${step}`);
    if (known !== undefined) {
      sum += Number(known);
      continue;
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
    await record(`step ${step}`, step);
    report({ task: "counting", done: step, total: to, unit: "steps" });
    say(`step ${step}`);
    sum += step;
  }
  return sum;
}
