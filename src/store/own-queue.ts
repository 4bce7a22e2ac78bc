import type { JobKind, Queue } from "./queue.ts";

/** Between an attempt that gave its job back and the next. */
const againMs = 1_000;

/**
 * The queue of jobs that only this process works on, because it alone holds the store: in memory, since the `jobs` table
 * says at every start what is unfinished. It saves an embedded store the queue's tables and the looks at them.
 */
export function openOwnQueue(settingsOf: (kind: string) => Required<JobKind>): Queue {
  type Line = { waiting: string[]; running: Set<string>; workers: Worker[] };
  type Worker = { handler: (id: string, signal: AbortSignal) => Promise<void>; active: Set<Promise<void>> };
  const lines = new Map<string, Line>();
  const never = new AbortController().signal; // no other process can take a job over
  let isClosed = false;

  function lineOf(kind: string): Line {
    const line = lines.get(kind) ?? { waiting: [], running: new Set(), workers: [] };
    lines.set(kind, line);
    return line;
  }

  function begin(kind: string): void {
    const line = lineOf(kind);
    for (const worker of line.workers) {
      while (worker.active.size < settingsOf(kind).concurrency) {
        const id = line.waiting.shift();
        if (id === undefined) return;
        line.running.add(id);
        const attempt = worker.handler(id, never).then(
          () => true,
          () => false, // it gives its job back
        );
        const active = attempt.then((isOver) => {
          worker.active.delete(active);
          line.running.delete(id);
          if (!isOver) line.waiting.push(id);
          if (isOver || line.workers.length === 0) begin(kind);
          else setTimeout(begin, againMs, kind).unref();
        });
        worker.active.add(active);
      }
    }
  }

  return {
    send: async (kind, id) => {
      const line = lineOf(kind);
      if (isClosed || line.running.has(id) || line.waiting.includes(id)) return;
      line.waiting.push(id);
      begin(kind);
    },
    work: async (kind, handler) => {
      const worker: Worker = { handler, active: new Set() };
      const line = lineOf(kind);
      line.workers.push(worker);
      begin(kind);
      return {
        wake: () => begin(kind),
        stop: async () => {
          line.workers = line.workers.filter((other) => other !== worker);
          await Promise.all(worker.active);
        },
      };
    },
    remove: async (kind, id) => {
      const line = lineOf(kind);
      line.waiting = line.waiting.filter((other) => other !== id);
    },
    recover: async () => {}, // what is in memory was not interrupted
    close: async () => {
      isClosed = true;
      for (const line of lines.values()) line.waiting = [];
    },
  };
}
