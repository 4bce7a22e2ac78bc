import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The version that pawl is held against. */
export const promptfooVersion = "0.123.1";

const cache = join(import.meta.dirname, "../node_modules/.cache/pawl");

/** Where promptfoo's own command is, installed beside pawl and never a part of it; null where npm cannot install it. */
export async function promptfooCommand(): Promise<string | null> {
  const folder = join(cache, `promptfoo-${promptfooVersion}`);
  const command = join(folder, "node_modules", "promptfoo", "dist", "src", "entrypoint.js");
  if (existsSync(command)) return command;
  mkdirSync(cache, { recursive: true });
  const partial = mkdtempSync(join(cache, "installing-"));
  writeFileSync(join(partial, "package.json"), '{"private": true}');
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", `promptfoo@${promptfooVersion}`];
  const npm = spawn("npm", args, { cwd: partial, stdio: "ignore", shell: process.platform === "win32" });
  const code = await new Promise((resolve) => npm.once("error", () => resolve(null)).once("exit", resolve));
  try {
    if (code === 0) renameSync(partial, folder);
  } catch {
    // another process was first
  }
  rmSync(partial, { recursive: true, force: true });
  return existsSync(command) ? command : null;
}

/** What promptfoo needs to keep to itself: its own home, nothing sent anywhere but to this provider. */
export function promptfooEnvironment(home: string, baseURL = "http://127.0.0.1:9/v1"): Record<string, string> {
  return {
    PROMPTFOO_CONFIG_DIR: home,
    PROMPTFOO_DISABLE_TELEMETRY: "1",
    PROMPTFOO_DISABLE_UPDATE: "1",
    PROMPTFOO_DISABLE_SHARING: "1",
    OPENAI_BASE_URL: baseURL,
    OPENAI_API_KEY: "none",
  };
}
