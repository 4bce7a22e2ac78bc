import type { Foreseen, Spending } from "#schema";
import { size } from "./sentences.ts";

/** `24 calls, about 4,100 tokens, $0.012, 31 s; they show differences from 11 points (f1)`, before anything is asked. */
export function foreseenSentence(before: Foreseen): string {
  const differences = Object.entries(before.detectable).map(([name, value]) => `${size(value, "share")} (${name})`);
  const shown = differences.length === 0 ? "" : `; they can show differences from ${differences.join(", ")}`;
  if (before.examples === 0) return `All examples are answered already: nothing is asked${shown}.`;
  const basis = before.from === "turns" ? "as earlier turns took" : "estimated from lengths";
  const asked = before.calls === 0 ? "no call of a model" : `${spending(before, "about ")}, ${basis}`;
  return `${counted(before.examples, "example")} to ask: ${asked}${shown}.`;
}

/** `Asked: 24 calls, 4,083 tokens, $0.0118, 29 s`, after. */
export function spentSentence(spent: Spending): string {
  return spent.calls === 0 ? "No model was asked." : `Asked: ${spending(spent, "")}.`;
}

function spending(taken: Spending, about: string): string {
  const tokens = `${about}${(taken.inputTokens + taken.outputTokens).toLocaleString("en-US")} tokens`;
  return [counted(taken.calls, "call"), tokens, cost(taken), time(taken.seconds)].join(", ");
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en-US")} ${what}${count === 1 ? "" : "s"}`;
}

/** What is not known is said, never counted as nothing. */
function cost({ costUsd, unpriced }: Spending): string {
  const unknown = `cost unknown (no price of ${unpriced.join(", ")})`;
  if (unpriced.length === 0) return usd(costUsd);
  return costUsd === 0 ? unknown : `${usd(costUsd)} and ${unknown}`;
}

function usd(value: number): string {
  if (value === 0) return "$0";
  return value >= 1 ? `$${value.toFixed(2)}` : `$${Number(value.toPrecision(2))}`;
}

function time(seconds: number | null): string {
  if (seconds === null) return "time unknown";
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
