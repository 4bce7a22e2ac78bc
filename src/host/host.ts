import type { Config } from "./config.ts";
import { type HostCore, type OpenOptions, openCore } from "./core.ts";
import { type Evaluating, openEvaluating } from "./evaluating.ts";
import { openShipping, type Shipping } from "./shipping.ts";
import { openWorking, type Working } from "./working.ts";

/** One pawl process: what it holds open, and everything that can be asked of it. */
export type Host = HostCore & {
  readonly evaluating: Evaluating;
  readonly shipping: Shipping;
  readonly working: Working;
};

/**
 * Opens everything, once. The apps are loaded and their documents read in the background: `apps` says how far each is.
 *
 * @throws PawlError `store-locked` where another process owns the folder
 */
export async function openHost(config: Config, options: OpenOptions): Promise<Host> {
  const core = await openCore(config, options);
  const closing = new AbortController();
  const evaluating = openEvaluating(core);
  const shipping = openShipping(core, evaluating);
  const working = openWorking({ host: core, jobs: core.ingesting.jobs, evaluating, shipping, signal: closing.signal });
  return {
    ...core,
    evaluating,
    shipping,
    working,
    async close() {
      closing.abort();
      await working.ended;
      await core.close();
    },
  };
}
