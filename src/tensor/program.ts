import type { InferenceSession, Tensor } from "onnxruntime-node";
import { PawlError } from "#kernel";
import { type Shape, show, type Value } from "./graph.ts";
import { lower } from "./onnx.ts";

/** ONNX Runtime as its module is; who owns engines hands it in. */
export type Ort = typeof import("onnxruntime-node");

export type Data = Float32Array | BigInt64Array;
export type Feeds = Readonly<Record<string, Data>>;

/** A graph ready to run. */
export type Program = {
  /** Computes the outputs from the inputs that {@link CompileOptions.bound} does not hold. */
  run(feeds: Feeds): Promise<Record<string, Float32Array>>;
  close(): Promise<void>;
};

export type CompileOptions = {
  ort: Ort;
  threads: number;
  /** Inputs that stay (frozen weights). They are read where they lie: no copy is made, and programs may share them. */
  bound?: Feeds;
};

/** Lowers a graph to ONNX and loads it. Throws `shape-mismatch` when fed what does not fit. */
export async function compile(outputs: Readonly<Record<string, Value>>, options: CompileOptions): Promise<Program> {
  const { ort, threads, bound = {} } = options;
  const model = lower(outputs);
  const session: InferenceSession = await ort.InferenceSession.create(model.bytes, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    // Planned memory would stand beside what the first run took: 3.2 GB instead of 2.0 for 512 tokens, no faster.
    enableMemPattern: false,
    // Threads that wait by spinning take the cores from whoever else wants them: a step on two cores, one of them busy,
    // took 4.5 s with ONNX Runtime's default and 3.5 s so; on two free ones 1.75 s and 1.80 s.
    extra: { session: { intra_op: { allow_spinning: "1", spin_duration_us: "50" } } },
  });
  const tensorOf = (name: string, shape: Shape, data: Data): Tensor => {
    if (data.length !== shape.reduce((size, dimension) => size * dimension, 1)) {
      throw new PawlError("shape-mismatch", `Input ${name} is ${show(shape)}; it was given ${data.length} numbers.`);
    }
    return data instanceof Float32Array
      ? new ort.Tensor("float32", data, [...shape])
      : new ort.Tensor("int64", data, [...shape]);
  };
  const kept = new Map<string, Tensor>();
  for (const { name, shape } of model.inputs) {
    const data = bound[name];
    if (data !== undefined) kept.set(name, tensorOf(name, shape, data));
  }
  return {
    async run(feeds) {
      const all: Record<string, Tensor> = Object.fromEntries(kept);
      for (const { name, shape } of model.inputs) {
        const data = feeds[name];
        if (data !== undefined) all[name] = tensorOf(name, shape, data);
        else if (!kept.has(name)) throw new PawlError("shape-mismatch", `Input ${name} ${show(shape)} was not given.`);
      }
      const results = await session.run(all);
      return Object.fromEntries(
        Object.entries(results).map(([name, { data }]) => {
          if (!(data instanceof Float32Array)) throw new Error(`Output ${name} is not float32.`);
          return [name, data];
        }),
      );
    },
    close: () => session.release(),
  };
}
