import { resolve } from "node:path";
import type { LoadedApp } from "#app";
import type { Gateway } from "#gateway";
import { PawlError } from "#kernel";
import type { ReleaseSpec } from "#schema";

/**
 * The adapter that an app asks for, by its sha256 in the model store; it belongs to the first local model of the route.
 * An app that says nothing, and answers from documents in plain text, has the answering skill where there is one for a
 * model of its route.
 *
 * @throws PawlError `adapter-missing`; `app-malformed` where no model of the route is local
 */
export async function adapterOf(
  { app, folder }: LoadedApp,
  route: ReleaseSpec["route"],
  gateway: Gateway,
): Promise<ReleaseSpec["adapter"]> {
  if (app.adapter === undefined) return answersFromDocuments(app) ? skillOf(route, gateway) : null;
  if (app.adapter === false) return null;
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

function answersFromDocuments(app: LoadedApp["app"]): boolean {
  return Object.keys(app.knowledge).length > 0 && app.format.type === "text";
}

/** The answering skill that pawl ships for a model of the route; null where there is none, or skills are off. */
export async function skillOf(route: ReleaseSpec["route"], gateway: Gateway): Promise<ReleaseSpec["adapter"]> {
  for (const step of route) {
    const skill = await gateway.addSkill("answering", step);
    if (skill !== null) return { model: step.model, sha256: skill.sha256, skill: "answering" };
  }
  return null;
}
