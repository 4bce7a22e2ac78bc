import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { startPawl } from "./server.ts";

test.skipIf(process.platform === "win32")(
  "what is idle leaves memory: worker and engine end, and come back when there is work",
  async () => {
    const pawl = await startPawl({ env: { PAWL_WORKER_IDLE_MS: "1000", PAWL_ENGINE_IDLE_MS: "1000" } });
    try {
      await expect.poll(() => childrenOf(pawl.pid), { timeout: 30_000 }).toEqual([]);

      const answer = await pawl.client.chat({
        body: {
          model: "app/small",
          messages: [{ role: "user", content: "How many unused days move into the next leave year?" }],
        },
      });
      expect(answer.pawl?.citations).toHaveLength(1);

      await expect.poll(() => childrenOf(pawl.pid), { timeout: 30_000 }).toEqual([]);
      const { id } = await pawl.client.ingest({ body: { app: "small" } });
      const status = async () => (await pawl.client.job({ params: { id } })).status;
      await expect.poll(status, { timeout: 30_000 }).toBe("done");
    } finally {
      await pawl.stop();
    }
  },
);

function childrenOf(pid: number): string[] {
  return spawnSync("pgrep", ["-P", String(pid)], { encoding: "utf8" })
    .stdout.split("\n")
    .filter(Boolean);
}
