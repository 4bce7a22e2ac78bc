import type { ChildProcess } from "node:child_process";
import { asPawlError, fromProblem, PawlError, type Problem, toProblem } from "./errors.ts";

/** A `MessagePort` or `Worker` of `worker_threads`; `processPort` makes one of a child process's channel. */
export type Port = {
  postMessage(message: object): void;
  on(event: "message", listener: (message: unknown) => void): unknown;
  off(event: "message", listener: (message: unknown) => void): unknown;
  /** Tells when the other side is gone, where the port can. */
  onEnd?(listener: () => void): void;
};

/** What can be called over a port: every argument and answer is JSON. */
export type Methods = Record<string, (...args: never[]) => Promise<unknown>>;

type Request = { topic: string; role: "call"; id: number; method: string; args: unknown[] };
type Response = { topic: string; role: "answer"; id: number; value?: unknown; problem?: Problem };

/**
 * Answers calls about `topic` that come over `port`; gives back a function that stops listening. Errors cross as
 * problems. Several topics may share a port.
 */
export function answer(port: Port, topic: string, methods: Methods): () => void {
  const listener = (message: unknown) => {
    if (!isMessage(message, topic) || message.role !== "call") return;
    // The one boundary where a message is taken at its word: both ends are this file.
    const { id, method, args } = message as Request;
    const call = Object.hasOwn(methods, method) ? methods[method] : undefined;
    const work =
      call === undefined
        ? Promise.reject(new PawlError("internal", `No method ${method}.`))
        : call(...(args as never[]));
    work.then(
      (value) => port.postMessage({ topic, role: "answer", id, value } satisfies Response),
      (error: unknown) =>
        port.postMessage({ topic, role: "answer", id, problem: toProblem(asPawlError(error)) } satisfies Response),
    );
  };
  port.on("message", listener);
  return () => port.off("message", listener);
}

export type Caller = {
  call(method: string, ...args: unknown[]): Promise<unknown>;
  /** Ends every call that waits, and all later ones, with this error: the other side is gone. */
  end(error: PawlError): void;
};

/** Calls about `topic` over `port`. */
export function caller(port: Port, topic: string): Caller {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  let nextId = 1;
  let ended: PawlError | undefined;
  port.on("message", (message) => {
    if (!isMessage(message, topic) || message.role !== "answer") return;
    const { id, value, problem } = message as Response; // the other end is `answer`
    const call = waiting.get(id);
    waiting.delete(id);
    if (problem === undefined) call?.resolve(value);
    else call?.reject(fromProblem(problem));
  });
  return {
    call: (method, ...args) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        port.postMessage({ topic, role: "call", id, method, args } satisfies Request);
      }),
    end: (error) => {
      ended = error;
      for (const call of waiting.values()) call.reject(error);
      waiting.clear();
    },
  };
}

/** A port over a child process's channel: `processPort(child)` in its parent, `processPort(process)` in the child. */
export function processPort(channel: ChildProcess | NodeJS.Process): Port {
  return {
    postMessage: (message) => {
      // A closed channel says so by "disconnect"; an answer to a dead child has nowhere to go.
      if (channel.connected && channel.send !== undefined) channel.send(message, undefined, undefined, () => {});
    },
    on: (event, listener) => channel.on(event, listener),
    off: (event, listener) => channel.off(event, listener),
    onEnd: (listener) => channel.on("disconnect", listener),
  };
}

function isMessage(message: unknown, topic: string): message is { topic: string; role: string; id: number } {
  return (
    typeof message === "object" && message !== null && "topic" in message && message.topic === topic && "id" in message
  );
}
