import { writeSync } from "node:fs";
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

export type Tally = { passed: number; failed: number; skipped: string[] };

/**
 * Counts a finished run. What stops tests from running counts as failed too: a module that does not load, a suite whose
 * hook throws, an error outside any test; so `0 failed` always means that the run was good.
 */
export function tallyOf(modules: readonly TestModule[], errorsOutside: number): Tally {
  const tally: Tally = { passed: 0, failed: errorsOutside, skipped: [] };
  for (const module of modules) {
    tally.failed += module.errors().length;
    for (const suite of module.children.allSuites()) tally.failed += suite.errors().length;
    for (const test of module.children.allTests()) count(test, tally);
  }
  return tally;
}

function count(test: TestCase, tally: Tally): void {
  const result = test.result();
  if (result.state === "passed") tally.passed += 1;
  else if (result.state === "failed") tally.failed += 1;
  else {
    const note = "note" in result && result.note !== undefined ? ` (${result.note})` : "";
    tally.skipped.push(`${test.module.relativeModuleId} › ${test.fullName}${note}`);
  }
}

export function lineOf(tally: Tally): string {
  const skipped = tally.skipped.length === 0 ? "" : `, ${tally.skipped.length} skipped`;
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}

/**
 * Names the skipped tests and ends the output with `N passed, N failed[, N skipped]`. In CI a skipped test fails the run:
 * there, everything a test needs has to be there.
 */
export class TallyReporter implements Reporter {
  #vitest: Vitest | undefined;
  #tally: Tally | undefined;
  #armed = false;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
    if (this.#armed) return;
    this.#armed = true;
    // At exit, so that nothing another reporter or a closing worker prints comes after it.
    process.on("exit", () => this.#print());
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    this.#tally = tallyOf(modules, errors.length);
  }

  #print(): void {
    const tally = this.#tally;
    if (tally === undefined) return;
    const filtered = this.#vitest?.getGlobalTestNamePattern() !== undefined;
    if (!filtered && tally.skipped.length > 0) {
      const refused = process.env.CI === "true";
      write(refused ? "Skipped, which fails the run in CI:" : "Skipped:");
      for (const name of tally.skipped) write(`  ${name}`);
      if (refused) process.exitCode = 1;
    }
    write(lineOf(tally));
  }
}

/** Synchronous: the process is about to end. */
function write(line: string): void {
  writeSync(process.stdout.fd, `${line}\n`);
}
