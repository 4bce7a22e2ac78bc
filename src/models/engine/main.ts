/**
 * The engine process: all native inference, so that a crash in it costs one request and not the server.
 * Started by `client.ts`, which passes the settings in the environment and learns the port by IPC. It ends when its
 * parent does, or when it has held no model for a while: llama.cpp and ONNX Runtime keep memory that only the end of
 * the process gives back.
 */
import * as z from "zod";
import { modelsFolder } from "../files.ts";
import { LoadedModels } from "./loaded.ts";
import { engineServer } from "./server.ts";

const Settings = z.object({
  PAWL_ENGINE_TOKEN: z.string().min(16),
  PAWL_ENGINE_IDLE_MS: z.coerce.number().positive().default(300_000),
  PAWL_ENGINE_CONTEXT: z.coerce.number().int().min(256).default(4096),
  PAWL_ENGINE_SLOTS: z.coerce.number().int().min(1).max(16).default(2),
});

const settings = Settings.parse(process.env);
/** Who was given the address just before the engine left has this long to send his request. */
const graceMs = 5_000;

const models = new LoadedModels({
  folder: modelsFolder(process.env),
  env: process.env,
  idleMs: settings.PAWL_ENGINE_IDLE_MS,
  contextTokens: settings.PAWL_ENGINE_CONTEXT,
  slots: settings.PAWL_ENGINE_SLOTS,
  onEmpty: leave,
});
let isLeaving = false;
const server = engineServer(models, settings.PAWL_ENGINE_TOKEN);

process.on("disconnect", () => process.exit(0));
// A terminal's Ctrl-C reaches every process: the host decides when to stop, after what is being answered.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.send?.({ port: address.port });
});

function leave(): void {
  if (isLeaving) return;
  isLeaving = true;
  process.send?.({ leaving: true });
  setTimeout(() => server.close(() => process.exit(0)), graceMs);
}
