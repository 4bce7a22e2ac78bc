import { describe, expect, test } from "vitest";
import { change, figure, interval, usd } from "./format.ts";

describe("a figure", () => {
  test.each([
    [0.834, "share", "83.4 %"],
    [0.6123, "score", "0.612"],
    [1240, "ms", "1.24 s"],
    [801.3, "tokens", "801"],
    [0.00031, "usd", "$0.00031"],
    [null, "share", "–"],
  ])("%s in %s reads %s", (value, unit, text) => expect(figure(value, unit)).toBe(text));

  test("of a difference has its sign, and points where it is of shares", () => {
    expect(change(0.032, "share")).toBe("+3.2 points");
    expect(change(-0.4, "share")).toBe("−40.0 points");
    expect(change(0, "score")).toBe("0.000");
    expect(change(-55, "ms")).toBe("−55 ms");
  });

  test("has an interval in the same unit, said once where it is percent", () => {
    expect(interval(-0.61, -0.173, "share")).toBe("−61.0 to −17.3");
    expect(interval(900, 1100, "ms")).toBe("900 ms to 1.10 s");
    expect(interval(null, null, "score")).toBe("–");
  });
});

test("money below a dollar has two significant digits", () => {
  expect([0, 0.0000123, 0.5, 3.456].map(usd)).toEqual(["$0", "$0.000012", "$0.5", "$3.46"]);
});
