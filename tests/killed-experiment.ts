import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { seededRandom } from "#stats";
import { startCommand } from "./command.ts";
import { echoApp, echoSuite } from "./echo-suite.ts";
import { fakeProvider } from "./fake-provider.ts";
import { embeddedFolder } from "./homes.ts";

const Told = z.object({
  examples: z.int(),
  errors: z.int(),
  metrics: z.array(z.object({ name: z.string(), mean: z.number(), low: z.number(), high: z.number() })),
});
type Figures = z.infer<typeof Told>;

/** How many examples `pawl eval` asks at the same time of a hosted model (host/evaluating.ts). */
const concurrency = 8;

export type Killed = {
  examples: number;
  kills: number;
  /** Requests at the provider; more than `examples` only for what was asked and not yet recorded at a kill. */
  requests: number;
  /** Most that may be: each kill loses at most what was under way. */
  allowed: number;
  /** Most requests for one example. */
  mostForOne: number;
  figures: Figures;
  undisturbed: Figures;
};

/**
 * Runs an experiment and kills its process with SIGKILL at random moments: when the provider has answered a random
 * number of examples, and some milliseconds later. After each kill the same command is run again, until it ends. Then
 * the same experiment once more in another folder, undisturbed.
 */
export async function killedExperiment(options: { examples: number; kills: number; seed: number }): Promise<Killed> {
  const { examples, kills } = options;
  const random = seededRandom(options.seed);
  const folder = mkdtempSync(join(tmpdir(), "pawl-killed-"));
  const provider = await fakeProvider();
  try {
    const suite = echoSuite(join(folder, "suite.yaml"), { cases: examples, name: "the test", failing: 3 });
    const start = (app: string) => startCommand(["eval", app, "--data", suite, "--json"]);
    const app = echoApp(join(folder, "killed"), provider.baseURL);
    await embeddedFolder(join(app, ".pawl", "store"));
    const moments = Array.from({ length: kills }, () => 1 + Math.floor(random() * (examples - 1))).sort(
      (a, b) => a - b,
    );
    let killed = 0;
    for (const moment of moments) {
      const command = start(app);
      let hasEnded = false;
      void command.ended.then(() => {
        hasEnded = true;
      });
      const seen = provider.requests.length;
      while (!hasEnded && provider.requests.length < Math.max(moment, seen + 1)) await pause(2);
      await pause(random() * 40);
      if (hasEnded) break;
      command.child.kill("SIGKILL");
      await command.ended;
      killed += 1;
    }
    const figures = figuresOf(await start(app).ended);
    const requests = provider.requests.length;
    const byQuestion = Map.groupBy(provider.requests, ({ body }) => JSON.stringify(body.messages));
    const other = echoApp(join(folder, "undisturbed"), provider.baseURL);
    await embeddedFolder(join(other, ".pawl", "store"));
    return {
      examples,
      kills: killed,
      requests,
      allowed: examples + killed * concurrency,
      mostForOne: Math.max(...[...byQuestion.values()].map((same) => same.length)),
      figures,
      undisturbed: figuresOf(await start(other).ended),
    };
  } finally {
    await provider.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What was measured, without what the clock measured. */
function figuresOf({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }): Figures {
  if (code !== 0) throw new Error(`pawl eval ended with ${code}: ${stderr}`);
  const told = Told.parse(JSON.parse(stdout));
  return { ...told, metrics: told.metrics.filter(({ name }) => name !== "latency") };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
