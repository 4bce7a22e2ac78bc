import type { Llama } from "node-llama-cpp";
import { PawlError } from "#kernel";
import { importNative } from "./native.ts";
import { allThreads } from "./threads.ts";

/** llama.cpp's processor build; never compiled on the user's machine. */
export async function startLlama(): Promise<Llama> {
  const { getLlama, LlamaLogLevel } = await importNative("node-llama-cpp");
  try {
    return await getLlama({
      gpu: false,
      build: "never",
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.error,
      maxThreads: allThreads,
    });
  } catch (error) {
    throw new PawlError(
      "engine-unsupported-platform",
      `There is no local chat engine for ${process.platform} ${process.arch}.`,
      { hint: "Use a hosted model, or an OpenAI-compatible server by URL.", cause: error },
    );
  }
}
