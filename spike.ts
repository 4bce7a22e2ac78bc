import * as ort from "onnxruntime-node";
import { readFileSync } from "node:fs";
import { readDecoder } from "/work/wt/tensor/src/tensor/weights.ts";
import { decoder, outputOf, projections } from "/work/wt/tensor/src/tensor/decoder.ts";
import { adapted, loraMatrices } from "/work/wt/tensor/src/tensor/lora.ts";
import { crossEntropy } from "/work/wt/tensor/src/tensor/ops/loss.ts";
import { gradients } from "/work/wt/tensor/src/tensor/gradients.ts";
import { lower } from "/work/wt/tensor/src/tensor/onnx.ts";
import { stepInputs, feedsOf } from "/work/wt/tensor/src/tensor/batch.ts";
import * as step from "/work/wt/tensor/src/tensor/step.ts";
const E = process.env;
const T = Number(E.TOK ?? 512), N = Number(E.N ?? 512);
const d = await readDecoder("/work/models/local_smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf");
const shape = { rank: Number(E.R ?? 8), alpha: 16, targets: projections };
const batch = { rows: 1, tokens: T, picked: N };
const model = "stepGraph" in step ? lower((step as any).stepGraph(d.config, shape, batch)) : (() => {
  const inputs = stepInputs(batch);
  const { linear, matrices } = adapted(d.config, shape);
  const out = outputOf(d.config, decoder(d.config, inputs, linear), inputs.picked);
  const loss = crossEntropy(out.hidden, out.table, inputs.labels, inputs.weights);
  const g = gradients(loss, [...matrices.values()]);
  return lower({ loss, ...Object.fromEntries(g.map((v, i) => [[...matrices.keys()][i] + ".gradient", v])) });
})();
const profile = E.PROFILE === "1";
const s = await ort.InferenceSession.create(model.bytes, { intraOpNumThreads: Number(E.T ?? 1), interOpNumThreads: 1, executionMode: "sequential", graphOptimizationLevel: (E.OPT ?? "all") as "all",
  enableCpuMemArena: E.ARENA !== "0", enableMemPattern: E.PATTERN !== "0",
  extra: { session: { intra_op: { allow_spinning: E.SPIN ?? "0" } } }, enableProfiling: profile, profileFilePrefix: "/work/scratch/prof/p", ...(E.DUMP ? { optimizedModelFilePath: E.DUMP } : {}) });
const toks = Array.from({ length: T }, (_, i) => (i * 7919) % 49152);
const all: Record<string, Float32Array | BigInt64Array> = { ...d.weights, ...feedsOf([[{ tokens: toks, trainedFrom: Math.max(1, T - N + 1) }]], batch, 1 / Math.min(N, T - 1)) };
for (const m of loraMatrices(d.config, shape)) all[m.name] = Float32Array.from({ length: m.shape[0] * m.shape[1] }, (_, i) => Math.sin(i * 12.9898 + m.layer) * 0.02);
const feeds = Object.fromEntries(model.inputs.map((i: any) => [i.name, new ort.Tensor(i.type, all[i.name] as never, [...i.shape])]));
for (let i = 0; i < Number(E.STEPS ?? 3); i++) {
  const c0 = process.cpuUsage(), t0 = performance.now();
  const r = await s.run(feeds);
  const c = process.cpuUsage(c0);
  let norm = 0; for (const [k, v] of Object.entries(r)) if (k !== "loss") for (const x of v.data as Float32Array) norm += x * x;
  console.log("loss", (r.loss!.data as Float32Array)[0], "norm", Math.sqrt(norm).toFixed(6), "wall", ((performance.now() - t0) / 1000).toFixed(2), "user", (c.user / 1e6).toFixed(2), "sys", (c.system / 1e6).toFixed(2), "rss", Math.round(process.memoryUsage().rss / 1e6));
}
console.log(readFileSync("/proc/self/status", "utf8").match(/VmHWM.*/)?.[0]);
if (profile) s.endProfiling();
