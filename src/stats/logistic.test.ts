import { expect, test } from "vitest";
import { fitLogistic } from "./logistic.ts";
import { seededRandom } from "./summary.ts";

test("A fit finds the curve that drew the points, and its likelihood has no slope there", () => {
  const random = seededRandom(3);
  const points = Array.from({ length: 20_000 }, () => {
    const x = random() * 8 - 4;
    return { x, is: random() < 1 / (1 + Math.exp(-(0.7 * x - 0.4))) };
  });
  const { scale, bias } = fitLogistic(points);
  expect(scale).toBeCloseTo(0.7, 1);
  expect(bias).toBeCloseTo(-0.4, 1);
  const mean = points.reduce((sum, { x }) => sum + 1 / (1 + Math.exp(-(scale * x + bias))), 0) / points.length;
  expect(mean).toBeCloseTo(points.filter(({ is }) => is).length / points.length, 4);
});

test("What parts cleanly, what is alike and what is one-sided have a finite fit", () => {
  const parted = fitLogistic([-2, -1, 1, 2].map((x) => ({ x, is: x > 0 })));
  expect(parted.scale).toBeGreaterThan(0.3);
  expect(parted.scale).toBeLessThan(5);
  expect(parted.bias).toBeCloseTo(0, 6);
  for (const points of [[3, 3, 3].map((x, at) => ({ x, is: at > 0 })), [1, 2, 3].map((x) => ({ x, is: true }))]) {
    const { scale, bias } = fitLogistic(points);
    expect(Number.isFinite(scale) && Number.isFinite(bias)).toBe(true);
  }
});
