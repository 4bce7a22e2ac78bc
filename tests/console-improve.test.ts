import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cause, CausesReport, LoopReport, type MetricDifference, Tuning } from "#schema";
import { lookout, looks, screens, startBrowser, visit } from "./browser.ts";
import { type FakeProvider, fakeProvider } from "./fake-provider.ts";
import { startPawl, type TestServer } from "./server.ts";

// An app whose model says what its instructions say: an edit of them is another release with other answers.
const app = (says: string) => `import { defineApp } from "pawl";

export default defineApp({ name: "small", instructions: "${says}", model: "openai/obedient" });
`;

let pawl: TestServer;
let provider: FakeProvider;
let browser: Browser;
/** Turns of the first release, then of the second. */
const turns: string[] = [];

async function ask(question: string): Promise<string> {
  const { pawl: own } = await pawl.client.chat({
    body: { model: "app/small", messages: [{ role: "user", content: question }] },
  });
  const turn = own?.turn ?? "";
  turns.push(turn);
  return turn;
}

beforeAll(async () => {
  provider = await fakeProvider();
  [pawl, browser] = await Promise.all([
    startPawl({
      app: app("blue"),
      files: {},
      verb: "dev",
      env: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: provider.baseURL },
    }),
    startBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await pawl?.stop();
  await provider?.close();
});

/** Answers GETs of the page as the contract has them: what takes minutes to make is shown, not made. */
async function given(page: Page, answers: Record<string, unknown>): Promise<void> {
  await page.route("**/api/**", (route) => {
    const { pathname } = new URL(route.request().url());
    const body = route.request().method() === "GET" ? answers[pathname] : undefined;
    return body === undefined ? route.continue() : route.fulfill({ json: body });
  });
}

describe("Improve", () => {
  test("says what each view is for while it is empty, and what fills it", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/improve`);
    await page.getByRole("heading", { name: "Nothing was looked into yet" }).waitFor();
    await page.getByRole("button", { name: "Find causes" }).waitFor();
    await page.getByRole("link", { name: "Feedback" }).click();
    await page.getByText("pawl feedback TURN", { exact: false }).waitFor();
    await page.getByRole("link", { name: "Tuning" }).click();
    await page.getByText("pawl tune", { exact: false }).waitFor();
    await page.getByRole("link", { name: "Loop" }).click();
    await page.getByRole("button", { name: "Run the loop" }).waitFor();
    await page.getByText("What is not measurably better is refused.", { exact: false }).waitFor();
    expect(wrong).toEqual([]);
  });

  test("the inbox shows what people said of two releases, as given and corrected, and who is kind", async () => {
    for (let n = 0; n < 8; n++) {
      const turn = await ask(`Which colour has ball ${n}?`);
      await say(turn, "ann", n % 4 === 0 ? -1 : 1);
      if (n < 3) await say(turn, "bob", -1, "not what I see");
    }
    await pawl.client.feedback({
      params: { id: turns[0] ?? "" },
      body: { kind: "correction", value: "red, with a white stripe", rater: "bob" },
    });
    writeFileSync(join(pawl.folder, "app.ts"), app("green"));
    await expect
      .poll(async () => (await pawl.client.turn({ params: { id: await ask("Which colour?") } })).answer?.text, {
        timeout: 20_000,
      })
      .toBe("green");
    for (let n = 0; n < 5; n++) await say(await ask(`Which colour has box ${n}?`), "bob", n === 0 ? -1 : 1);

    const { page, wrong } = await visit(browser, `${pawl.url}/improve?view=feedback`);
    const byRelease = page.getByRole("region", { name: "Thumbs up, by release" });
    await byRelease.locator("[data-release]").nth(1).waitFor();
    expect(await byRelease.locator("[data-release]").first().textContent()).toMatch(/\d+ thumbs\d+\.\d %\d+\.\d %/);
    const people = page.getByRole("region", { name: "Who gives them" });
    expect(await people.locator("[data-rater]").count()).toBe(2);

    await people.getByRole("button", { name: /bob/ }).click();
    await page.waitForURL(/rater=bob/);
    await page.getByRole("button", { name: /^from bob/ }).waitFor();
    await page.getByRole("combobox", { name: "Kind" }).click();
    await page.getByRole("option", { name: "Corrections" }).click();
    await page.waitForURL(/kind=correction/);
    const row = page.locator("[data-row]");
    await row.getByText("red, with a white stripe").waitFor();
    await expect.poll(() => row.count()).toBe(1); // until the filtered list is there, all of them are

    await page.getByRole("listbox").waitFor({ state: "hidden" });
    await page.getByRole("grid", { name: "Feedback" }).focus();
    // The keys of the list work again once the choice of a kind is closed.
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    const pane = page.getByRole("complementary", { name: "Turn" });
    await pane.getByRole("tab", { name: "Feedback", selected: true }).waitFor();
    await pane.getByText("not what I see").waitFor();
    await page.reload();
    await pane.getByText("red, with a white stripe").waitFor();
    await page.keyboard.press("Escape");
    await pane.waitFor({ state: "hidden" });
    await page.getByRole("button", { name: /^from bob/ }).click();
    await page.waitForURL((url) => !url.search.includes("rater"));
    expect(wrong).toEqual([]);
  }, 120_000);

  test("a thumb down without a correction is told from a cause that was not found", async () => {
    await pawl.client.findCauses({ params: { id: "small" }, body: {} });
    const found = async () => (await pawl.client.causes({ params: { id: "small" } })).report?.causes.length ?? 0;
    await expect.poll(found, { timeout: 60_000 }).toBeGreaterThan(0);
    const { page } = await visit(browser, `${pawl.url}/improve`);
    const cause = page.locator("[data-cause=none]");
    await cause.getByRole("heading", { name: "A correction is missing" }).waitFor();
    await cause.getByText("Correct", { exact: true }).waitFor();
    await cause.getByText("Nobody said what", { exact: false }).waitFor();
  });

  test("causes say how many turns, where a passage was lost, what was tried, and open the turns behind them", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/try`);
    await given(page, { "/api/apps/small/causes": { report: causes() } });
    await page.goto(`${pawl.url}/improve`);
    await page.getByRole("region", { name: "What failed" }).getByText("of 40 judged turns failed").waitFor();
    const lost = page.locator("[data-cause=passage-lost]");
    await lost.getByText("6 turns, 55 % of what failed").waitFor();
    await lost.getByRole("listitem").filter({ hasText: "the search did not find it" }).waitFor();
    await lost
      .getByRole("row", { name: /eight passages/ })
      .getByText("5 of 6")
      .waitFor();
    await lost.getByText("limit: 8", { exact: true }).waitFor();

    const behind = lost.getByRole("list", { name: "Turns behind it" });
    await behind.getByText("Which colour has ball 0?").waitFor();
    expect(await behind.getByRole("button").count()).toBe(4);
    await lost.getByRole("button", { name: "All 6 turns" }).click();
    expect(await behind.getByRole("button").count()).toBe(6);
    await behind.getByRole("button").first().click();
    await page.getByRole("complementary", { name: "Turn" }).getByText("Which colour has ball 0?").waitFor();
    expect(page.url()).toContain(`turn=${turns[0]}`);
    expect(wrong).toEqual([]);
  });

  test("a training run shows its curve, speed and time left while it goes on, and is stopped by a button", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/try`);
    let run = tuning({ points: 12 });
    const answers: Record<string, unknown> = { "/api/tunings": { tunings: [run] } };
    answers[`/api/tunings/${run.id}`] = run;
    await given(page, answers);
    const stopped = page.waitForRequest((request) => request.method() !== "GET" && request.url().includes(run.id));
    await page.goto(`${pawl.url}/improve?view=tuning`);
    const row = page.locator("[data-row]");
    await row.getByText("Running").waitFor();
    await row.getByText("Chat model").waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page
      .getByRole("figure", { name: /^Training loss from 2\.\d+ to \d\.\d+ at step 24; validation loss/ })
      .waitFor();
    await page.getByText("about 6 min 40 s left").waitFor();
    await page.getByText("412", { exact: true }).waitFor();

    run = tuning({ points: 20 });
    answers[`/api/tunings/${run.id}`] = run;
    await page.getByRole("figure", { name: /at step 40/ }).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await stopped;
    run = tuning({ points: 20, result: true });
    answers[`/api/tunings/${run.id}`] = run;
    await page.getByRole("region", { name: "What came out" }).getByText("adapter.gguf", { exact: false }).waitFor();
    expect(wrong).toEqual([]);
  });

  test("a loop's report tells the story: verdict first, then why, what was tried at what cost, and both splits", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/try`);
    const [good, bad] = [loop("promoted"), loop("refused")];
    await given(page, {
      "/api/loops": { loops: [good, bad] },
      [`/api/loops/${good.id}`]: good,
      [`/api/loops/${bad.id}`]: bad,
    });
    await page.goto(`${pawl.url}/improve?view=loops`);
    await page.locator("[data-row]").getByText("Refused").waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Promoted" }).waitFor();
    await page.getByRole("list", { name: "What moved" }).getByText("+41.0 points").waitFor();
    await page.getByText("Users were simulated", { exact: false }).waitFor();
    await page.getByRole("heading", { name: "Left to people" }).waitFor();
    const arms = page.getByRole("region", { name: "What was tried" });
    await arms.locator("[data-arm='tuned on 20 corrections']").getByText("chosen").waitFor();
    await arms.locator("[data-arm='3 examples + grammar']").getByText("0.270").waitFor();
    await arms.getByRole("combobox", { name: "Metric" }).click();
    await page.getByRole("option", { name: "passed" }).click();
    await arms.locator("[data-arm='3 examples + grammar']").getByText("0.0 %").waitFor();
    await page
      .getByRole("region", { name: "The same on the report split" })
      .locator("[data-metric=expectations]")
      .waitFor();
    await page.getByRole("link", { name: "All loops" }).click();
    await page.locator("[data-row]").nth(1).click();
    await page.getByRole("heading", { name: "Refused" }).waitFor();
    await page.getByText("stays live").waitFor();
    expect(await page.getByRole("region", { name: "The same on the report split" }).count()).toBe(0);
    await page.reload();
    await page.getByRole("heading", { name: "Refused" }).waitFor();
    expect(wrong).toEqual([]);
  });

  test("is reached by g i and from the palette", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/turns`);
    await page.getByRole("heading", { name: "Turns" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("i");
    await page.getByRole("heading", { name: "Improve", exact: true }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("A place, a document", { exact: false }).fill("feedback");
    await page.keyboard.press("Enter");
    await page.waitForURL(/improve\?view=feedback/);
    expect(wrong).toEqual([]);
  });
});

describe("axe finds nothing wrong", () => {
  test.each(looks)(
    "in %s on a %s",
    async (theme, size) => {
      const { page } = await visit(browser, `${pawl.url}/try`, { ...screens[size], colorScheme: theme });
      const { look, found } = lookout(page, [theme, size]);
      const [run, done, report] = [tuning({ points: 20 }), tuning({ points: 40, result: true }), loop("promoted")];
      await given(page, {
        "/api/apps/small/causes": { report: causes() },
        "/api/tunings": { tunings: [run] },
        [`/api/tunings/${run.id}`]: run,
        "/api/loops": { loops: [report, loop("refused")] },
        [`/api/loops/${report.id}`]: report,
      });
      await page.goto(`${pawl.url}/improve`);
      await page.locator("[data-cause]").first().getByText("Which colour has ball 0?").waitFor();
      await look("causes");
      await page.goto(`${pawl.url}/improve?view=feedback`);
      await page.locator("[data-row]").first().waitFor();
      await look("feedback");
      await page.locator("[data-row]").first().click();
      await page.getByRole("tab", { name: "Feedback", selected: true }).waitFor();
      await look("feedback-turn");
      await page.goto(`${pawl.url}/improve?view=tuning`);
      await page.locator("[data-row]").first().waitFor();
      await look("tunings");
      await page.locator("[data-row]").first().click();
      await page.getByRole("figure").waitFor();
      await look("tuning");
      await page.unroute("**/api/**");
      await given(page, { [`/api/tunings/${run.id}`]: done });
      await page.reload();
      await page.getByRole("region", { name: "What came out" }).waitFor();
      await look("tuned");
      await page.unroute("**/api/**");
      await given(page, { "/api/loops": { loops: [report, loop("refused")] }, [`/api/loops/${report.id}`]: report });
      await page.goto(`${pawl.url}/improve?view=loops`);
      await page.locator("[data-row]").first().waitFor();
      await look("loops");
      await page.locator("[data-row]").first().click();
      await page.getByRole("region", { name: "What was tried" }).waitFor();
      await look("loop");
      await page.getByRole("region", { name: "What was tried" }).scrollIntoViewIfNeeded();
      await look("loop-arms");
      expect(found).toEqual([]);
    },
    180_000,
  );
});

async function say(turn: string, rater: string, value: 1 | -1, reason?: string): Promise<void> {
  await pawl.client.feedback({
    params: { id: turn },
    body: { kind: "thumb", value, rater, ...(reason === undefined ? {} : { reason }) },
  });
}

function causes(): CausesReport {
  const found: Cause[] = [
    {
      name: "passage-lost",
      lostAt: "not-retrieved",
      turns: turns.slice(0, 6),
      remedy: { kind: "retrieval", text: "Give the prompt eight passages instead of four.", settings: { limit: 8 } },
      trials: [
        { name: "the right passage", kind: "retrieval", tried: 6, mended: 6 },
        { name: "eight passages", kind: "retrieval", tried: 6, mended: 5 },
        { name: "three examples", kind: "prompt", tried: 6, mended: 0 },
      ],
    },
    {
      name: "document-missing",
      lostAt: null,
      turns: turns.slice(6, 9),
      remedy: { kind: "document", text: "Write a page about the colours of boxes: three people asked for it." },
      trials: [],
    },
    {
      name: "model-ability",
      lostAt: null,
      turns: turns.slice(9, 11),
      remedy: { kind: "tune", text: "Tune: no prompt that was tried mended more than one of two." },
      trials: [{ name: "examples and grammar", kind: "prompt", tried: 2, mended: 1 }],
    },
  ];
  return CausesReport.parse({
    app: "small",
    release: "rel_0123456789abcdef",
    createdAt: new Date().toISOString(),
    turns: 40,
    failed: 11,
    causes: found,
  });
}

function tuning({ points, result = false }: { points: number; result?: boolean }): Tuning {
  return Tuning.parse({
    id: "job_0123456789abcdef",
    app: "small",
    status: result ? "done" : "running",
    createdAt: new Date(Date.now() - 300_000).toISOString(),
    recipe: {},
    from: null,
    examples: 20,
    steps: 80,
    tokensPerSecond: 412.4,
    secondsLeft: result ? null : 400,
    peakMemoryMb: 1832,
    points: Array.from({ length: points }, (_, at) => ({
      step: 2 * (at + 1),
      loss: 0.3 + 2 * Math.exp(-at / 6) + 0.1 * Math.sin(at * 7),
      validation: at % 4 === 3 ? 0.4 + 1.8 * Math.exp(-at / 6) : null,
    })),
    result: result
      ? {
          adapter: "models/adapters/4f1c2a/adapter.gguf",
          sha256: "4f1c2a".padEnd(64, "0"),
          peft: "models/adapters/4f1c2a/peft",
          release: "rel_fedcba9876543210",
          validation: 0.402,
        }
      : null,
  });
}

function loop(verdict: "promoted" | "refused"): LoopReport {
  const isGood = verdict === "promoted";
  const value = (name: string, unit: string, mean: number, spread: number) => ({
    name,
    mean,
    low: Math.max(0, mean - spread),
    high: Math.min(1, mean + spread),
    examples: 100,
    unit,
    direction: "higher" as const,
  });
  const metric = (name: string, unit: string, live: number, candidate: number): MetricDifference => ({
    name,
    unit,
    direction: "higher",
    component: "answer",
    isGuarded: true,
    margin: 0.03,
    live,
    candidate,
    difference: candidate - live,
    low: candidate - live - 0.09,
    high: candidate - live + 0.09,
    p: 0.0002,
    detectable: 0.11,
    needed: null,
    verdict: candidate - live > 0.09 ? "better" : "cannot-tell",
  });
  return LoopReport.parse({
    id: isGood ? "lop_promoted" : "lop_refused",
    app: "small",
    createdAt: new Date().toISOString(),
    seconds: 2_280,
    areUsersSimulated: true,
    feedback: { turns: 100, thumbs: 30, corrections: 20, raw: 0.2, corrected: 0.12 },
    verdict,
    reason: isGood
      ? "expectations gained 50 points on the gate split, and nothing that is guarded lost."
      : "expectations gained 2 points; with 100 examples a gain below 11 points cannot be told from none.",
    cause: causes().causes.slice(2),
    arms: [
      {
        name: "live",
        kind: "live",
        release: "rel_0123456789abcdef",
        metrics: [value("expectations", "score", 0.1, 0.03), value("passed", "share", 0, 0.04)],
        seconds: 210,
        costUsd: 0,
        note: "",
      },
      {
        name: "3 examples + grammar",
        kind: "prompt",
        release: "rel_1111111111111111",
        metrics: [value("expectations", "score", 0.27, 0.05), value("passed", "share", 0, 0.04)],
        seconds: 260,
        costUsd: 0,
        note: "the best of what needs no training",
      },
      {
        name: "tuned on 20 corrections",
        kind: "tune",
        release: "rel_fedcba9876543210",
        metrics: [value("expectations", "score", 0.6, 0.06), value("passed", "share", 0.31, 0.09)],
        seconds: 1_290,
        costUsd: null,
        note: "40 steps",
      },
    ],
    metrics: [
      metric("expectations", "score", 0.1, isGood ? 0.6 : 0.12),
      metric("passed", "share", 0, isGood ? 0.31 : 0),
    ],
    report: isGood ? [metric("expectations", "score", 0.09, 0.58), metric("passed", "share", 0.01, 0.42)] : [],
    live: "rel_0123456789abcdef",
    candidate: isGood ? "rel_fedcba9876543210" : null,
    todo: ["Read the five messages that no arm filled in right: they name two flats."],
    story: [
      "100 questions of the development split were asked; 88 answers were not what people wanted.",
      "In 80 of them the form was the cause: no answer was JSON.",
      "Examples and a grammar mended the form, not the fields.",
      "Tuning on 20 corrections took 21 minutes.",
      isGood ? "The gate promoted it." : "The gate refused it.",
    ],
  });
}
