import { resolve } from "node:path";
import type { LoadedApp } from "#app";
import type { Gateway } from "#gateway";
import { PawlError } from "#kernel";
import type { ReleaseSpec } from "#schema";

/**
 * The adapter that an app asks for, by its sha256 in the model store; it belongs to the first local model of the route.
 *
 * @throws PawlError `adapter-missing`; `app-malformed` where no model of the route is local
 */
export async function adapterOf(
  { app, folder }: LoadedApp,
  route: ReleaseSpec["route"],
  gateway: Gateway,
): Promise<ReleaseSpec["adapter"]> {
  if (!app.adapter) return null;
  const model = route.find((one) => one.model.startsWith("local/"))?.model;
  if (!model)
    throw new PawlError("app-malformed", "The app names an adapter, but no local model that could take it.", {
      hint: "Name a model `local/…` in `model`, or leave `adapter` out.",
    });
  const isHash = /^[0-9a-f]{64}$/.test(app.adapter);
  const { sha256 } = isHash
    ? await gateway.findAdapter(app.adapter)
    : await gateway.addAdapter(resolve(folder, app.adapter));
  return { model, sha256 };
}
