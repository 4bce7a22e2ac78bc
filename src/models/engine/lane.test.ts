import { expect, test } from "vitest";
import type { Priority } from "#schema";
import { Lane } from "./lane.ts";

const never = new AbortController().signal;

test("Interactive work goes before background work that waits longer", async () => {
  const lane = new Lane();
  const order: string[] = [];
  const work = (name: string, priority: Priority) => lane.run(priority, never, async () => void order.push(name));
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const first = lane.run("background", never, () => opened);
  const rest = [
    work("b1", "background"),
    work("b2", "background"),
    work("i1", "interactive"),
    work("i2", "interactive"),
  ];
  open();
  await Promise.all([first, ...rest]);
  expect(order).toEqual(["i1", "i2", "b1", "b2"]);
});

test("One that gave up waiting is not run, and does not hold up the others", async () => {
  const lane = new Lane();
  const gone = new AbortController();
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const first = lane.run("interactive", never, () => opened);
  const given = lane.run("interactive", gone.signal, async () => expect.fail("it ran"));
  const last = lane.run("interactive", never, async () => "ran");
  gone.abort(new Error("gone"));
  await expect(given).rejects.toThrow("gone");
  open();
  await first;
  expect(await last).toBe("ran");
});

test("Work that fails leaves the lane to the next", async () => {
  const lane = new Lane();
  await expect(lane.run("interactive", never, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await lane.run("interactive", never, async () => 1)).toBe(1);
});
