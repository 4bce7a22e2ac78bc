import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * Runs once before all tests. Every test and every child it starts uses one model store and one folder of public data,
 * whatever home folder a test gives to the part it tries. An app answers with sentences, which takes milliseconds: pawl's
 * skills have their own test (shipped-skill).
 */
export default function setup(): void {
  process.env.PAWL_MODELS ??= join(cacheFolder(), "pawl", "models");
  process.env.PAWL_DATA = resolve(process.env.PAWL_DATA ?? "../shared/data");
  process.env.PAWL_SKILLS ??= join(import.meta.dirname, "no-skills");
}

function cacheFolder(): string {
  if (process.platform === "win32") return process.env.LOCALAPPDATA ?? homedir();
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  return process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
}
