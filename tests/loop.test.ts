import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { figuresOf, killedLoop, leftBehind, looped, loopedApp } from "./looped.ts";

const learned = (folder: string) => join(folder, "pawl.learned.json");

describe("pawl loop, a short one", { timeout: 900_000 }, () => {
  test("an app that demands too much support is mended and promoted, killed at random moments or not", async () => {
    const app = await loopedApp({ minSupport: 0.97 });
    const other = await loopedApp({ minSupport: 0.97 });
    try {
      const { code, report, seconds } = await looped(app.folder);
      expect(report).toMatchObject({ verdict: "promoted", areUsersSimulated: true });
      expect(code).toBe(0);
      expect(report.cause[0]).toMatchObject({ name: "passage-lost", lostAt: "cut", remedy: { kind: "retrieval" } });
      const answering = report.report.find(({ name }) => name === "answering");
      expect(answering?.low).toBeGreaterThan(0);
      expect(JSON.parse(readFileSync(learned(app.folder), "utf8")).knowledge.handbook.minSupport).toBeLessThan(0.97);

      const killed = await killedLoop(other.folder, { kills: 3, seconds, seed: 7 });
      expect(killed.kills).toBe(3);
      expect(figuresOf(killed.report)).toEqual(figuresOf(report));
      // Nothing was counted twice, and no answer of the splits that judge was learned from.
      const left = await leftBehind(app.folder);
      expect(await leftBehind(other.folder)).toEqual(left);
      expect(left).toMatchObject({ leaked: 0 });
      expect(left.inDataset).toBeGreaterThan(20);
      expect(left.said).toBeGreaterThan(10);
    } finally {
      app.remove();
      other.remove();
    }
  });

  test("a setting that answers more and abstains less is refused at the gate, and taken back", async () => {
    const app = await loopedApp({ minSupport: 0.97 }, true);
    try {
      const { code, report } = await looped(app.folder);
      expect(report.verdict).toBe("refused");
      expect(code).toBe(1);
      expect(report.reason).toMatch(/abstention/);
      expect(report.metrics.find(({ name }) => name === "abstention")?.difference).toBeLessThan(0);
      expect(existsSync(learned(app.folder))).toBe(false);
    } finally {
      app.remove();
    }
  });
});
