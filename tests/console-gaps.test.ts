import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AskedQuestion, QuestionsReport } from "#schema";
import { lookout, looks, screens, startBrowser, visit } from "./browser.ts";
import { smallFiles, startPawl, type TestServer } from "./server.ts";

// Knowledge → Gaps: what the documents leave open. What takes minutes to write is given; the rest is the server's own.
const known = "How many unused days move into the next leave year?";
const unknown = "zorble quux frimbly wug?";
const passedOver = "docs/pay.md was passed over: the small models do not know its language (de).";

let pawl: TestServer;
let browser: Browser;
/** The turn of each question. */
const turns = new Map<string, string>();
/** The document of each path. */
const documents = new Map<string, string>();

beforeAll(async () => {
  [pawl, browser] = await Promise.all([
    startPawl({
      files: {
        ...smallFiles,
        "docs/pay.md": "# Pay\n\n## Pay day\n\nSalaries are paid on the 28th of each month.\n",
      },
    }),
    startBrowser(),
  ]);
  for (const content of [known, unknown]) {
    const { pawl: own } = await pawl.client.chat({
      body: { model: "app/small", messages: [{ role: "user", content }] },
    });
    turns.set(content, own?.turn ?? "");
    expect(own?.abstained).toBe(content === unknown);
  }
  const listed = await pawl.client.documents({ query: { app: "small", limit: 10 } });
  for (const { path, id } of listed.documents) documents.set(path, id);
});
afterAll(async () => {
  await browser?.close();
  await pawl?.stop();
});

/** Answers requests of the page as the contract has them: what a model takes minutes to write is shown, not written. */
async function given(page: Page, answers: Record<string, () => unknown>): Promise<void> {
  await page.route("**/api/**", (route) => {
    const { pathname } = new URL(route.request().url());
    const body = answers[`${route.request().method()} ${pathname}`]?.();
    return body === undefined ? route.fallback() : route.fulfill({ json: body });
  });
}

/** Presses Tab until the focus is on what matches; fails when it never gets there. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 30; presses++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate<boolean>(`document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`)) return;
  }
  expect.fail(`Tab does not reach ${selector}`);
}

describe("Gaps", () => {
  test("a question that finds nothing and a document that answers nothing are listed, and opened with the keyboard", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/knowledge`);
    await page.getByRole("link", { name: "Gaps", exact: true }).click();
    await page.getByRole("heading", { name: "No question was tried yet" }).waitFor();
    await page.getByRole("button", { name: "Write questions and ask them" }).waitFor();

    const row = page.locator("[data-row]");
    await row.getByText(unknown).waitFor();
    await row.getByText("No answer found").waitFor();
    await row.getByText("Somebody asked").waitFor();
    expect(await row.count()).toBe(1);
    await tabTo(page, "[role=grid]");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    const turn = page.getByRole("complementary", { name: "Turn" });
    await turn.getByRole("heading", { name: unknown }).waitFor();
    expect(page.url()).toContain(`turn=${turns.get(unknown)}`);
    await page.reload();
    await turn.getByRole("heading", { name: unknown }).waitFor();
    await page.keyboard.press("Escape");
    await turn.waitFor({ state: "hidden" });

    await page.getByRole("link", { name: /^Documents that answer nothing/ }).click();
    await row.getByText("Pay", { exact: true }).waitFor();
    expect(await row.getByText("Annual leave", { exact: true }).count()).toBe(0);
    await page.getByRole("link", { name: /^All documents/ }).click();
    await row.filter({ hasText: "Annual leave" }).getByText("1", { exact: true }).waitFor();
    await page.getByRole("link", { name: /^Documents that answer nothing/ }).click();
    await row.filter({ hasText: "Pay" }).click();
    const document = page.getByRole("complementary", { name: "Document" });
    await document.locator("[data-document-text]").getByText("Salaries are paid").waitFor();
    // While one is open, moving opens the next.
    await page.keyboard.press("j");
    await page.waitForURL((url) => url.searchParams.get("doc") === documents.get("docs/travel.md"));
    await page.keyboard.press("Escape");
    await document.waitFor({ state: "hidden" });
    expect(wrong).toEqual([]);
  });

  test("questions are written by a button, with progress, can be stopped, and what comes out is shown without a reload", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/try`);
    const sent: unknown[] = [];
    let status: "none" | "running" | "cancelled" | "done" = "none";
    let result: QuestionsReport | null = null;
    const job = () => jobOf({ id: `job_${sent.length}`, status, result });
    page.on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/questions")) sent.push(request.postDataJSON());
    });
    await given(page, {
      "POST /api/apps/small/questions": () => {
        status = "running";
        return job();
      },
      "POST /api/jobs/job_1/cancel": () => {
        status = "cancelled";
        return job();
      },
      "GET /api/jobs": () => ({ jobs: status === "none" ? [] : [job()] }),
      "GET /api/apps/small/questions": () => ({ report: result?.asked.length ? result : null }),
    });
    await page.goto(`${pawl.url}/knowledge?view=gaps`);
    const begin = page.getByRole("button", { name: "Write questions and ask them" });
    await page.getByRole("combobox", { name: "How many questions" }).click();
    await page.getByRole("option", { name: "50 questions" }).click();
    await begin.click();
    await page.getByText("8 of 20 examples").waitFor();
    await page.getByText("Asking the app.").waitFor();
    expect(sent).toEqual([{ count: 50 }]);
    // The keyboard goes on from the button that came in the place of the pressed one.
    const focused = () => page.evaluate("document.activeElement?.textContent");
    expect(await focused()).toBe("Stop");
    await page.keyboard.press("Enter");
    await page.getByText("Stopped. What was written is kept").waitFor();
    expect(await focused()).toBe("Write questions and ask them");

    // Nothing could be written: why is said where it was asked for.
    await begin.click();
    await page.getByText("Asking the app.").waitFor();
    result = { ...report(), written: 0, kept: 0, questions: [], asked: [], documents: [] };
    status = "done";
    await page.getByText("No question could be written from your documents.").waitFor();
    await page.getByText(passedOver).waitFor();

    await begin.click();
    await page.getByText("Asking the app.").waitFor();
    result = report();
    status = "done";
    await page.getByText("Done.", { exact: true }).waitFor();
    await page.getByRole("region", { name: "Questions from your documents" }).getByText("4 written, 3 kept").waitFor();
    await page.getByRole("button", { name: "Write and ask again" }).waitFor();
    expect(wrong).toEqual([]);
  });

  test("the figures of a report lead to their questions, each with its expected answer and document", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/try`);
    await given(page, { "GET /api/apps/small/questions": () => ({ report: report() }) });
    await page.goto(`${pawl.url}/knowledge?view=gaps`);
    const head = page.getByRole("region", { name: "Questions from your documents" });
    await head
      .getByRole("heading", { name: "3 questions from your documents: 1 answered, 1 lost at chunking, 1 not found" })
      .waitFor();
    await head.getByText(passedOver).waitFor();
    const faults = head.getByText("The others: 56 of unlikely words.");
    expect(await faults.isVisible()).toBe(false);
    await head.getByText("Only 3 could be kept in 7 minutes.").click();
    await faults.waitFor();
    await head.getByRole("link", { name: "1 answered" }).click();
    await page.waitForURL(/stage=answered/);
    const row = page.locator("[data-row]");
    await row.getByText(known).waitFor();
    expect(await row.count()).toBe(1);
    await row.getByText("five", { exact: true }).waitFor();
    await row.getByText("docs/leave.md").waitFor();
    // The address has it all: a reload shows the same list.
    await page.reload();
    await page.getByRole("button", { name: "only answered" }).waitFor();
    await row.getByText(known).waitFor();
    expect(await row.count()).toBe(1);
    await page.getByRole("button", { name: "only answered" }).click();
    await row.getByText("No answer found").waitFor();

    // What the columns say of a question is said beside its turn too, and leads on.
    await page.goto(`${pawl.url}/knowledge?view=gaps&stage=not-retrieved`);
    await row.getByText(unknown).click();
    const turn = page.getByRole("complementary", { name: "Turn" });
    const written = turn.getByRole("region", { name: "Written question" });
    await written.getByText("five", { exact: true }).waitFor();
    await written.getByText("Not found", { exact: false }).waitFor();
    await written.getByRole("button", { name: "docs/leave.md" }).click();
    const document = page.getByRole("complementary", { name: "Document" });
    await document.locator("[data-document-text] mark").first().waitFor();
    await page.keyboard.press("Escape");
    await written.getByRole("link", { name: "Why?" }).click();
    await page.waitForURL(/improve\?view=causes/);
    expect(wrong).toEqual([]);
  });

  test("⌘K leads there, and with more than one app it says whose gaps, and shows another's", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/turns`);
    const { apps } = await pawl.client.apps();
    await given(page, {
      "GET /api/apps": () => ({ apps: [...apps, ...apps.map((app) => ({ ...app, name: "other" }))] }),
      "GET /api/apps/other/gaps": () => ({ documents: [], questions: [] }),
      "GET /api/apps/other/questions": () => ({ report: null }),
    });
    await page.getByRole("heading", { name: "Turns" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("A place, a document", { exact: false }).fill("gaps");
    await page.getByRole("option", { name: "Gaps in the documents" }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/knowledge\?view=gaps/);
    await page.reload();
    await page.getByRole("combobox", { name: "App" }).click();
    await page.getByRole("option", { name: "other" }).click();
    await page.waitForURL(/app=other/);
    await page.getByText("Nobody has asked yet what finds no answer.", { exact: false }).waitFor();
    expect(wrong).toEqual([]);
  });
});

describe("axe finds nothing wrong", () => {
  test.each(looks)("in %s on a %s", async (theme, size) => {
    const { page } = await visit(browser, `${pawl.url}/try`, { ...screens[size], colorScheme: theme });
    const { look, found } = lookout(page, [theme, size]);
    await page.goto(`${pawl.url}/knowledge?view=gaps`);
    await page.locator("[data-row]").first().waitFor();
    await look("gaps-untried");
    await given(page, { "GET /api/apps/small/questions": () => ({ report: report() }) });
    await page.goto(`${pawl.url}/knowledge?view=gaps&stage=not-retrieved`);
    await page.getByText("1 not found").waitFor();
    await look("gaps");
    await page.locator("[data-row]").first().click();
    await page.getByRole("region", { name: "Written question" }).waitFor();
    await page.getByLabel("Steps of this turn").waitFor();
    await look("gaps-turn");
    await page.goto(`${pawl.url}/knowledge?view=gaps&list=silent`);
    await page.locator("[data-row]").first().waitFor();
    await look("gaps-documents");
    await page.locator("[data-row]").first().click();
    await page.locator("[data-document-text]").waitFor();
    await look("gaps-document");
    await given(page, { "GET /api/jobs": () => ({ jobs: [jobOf({ id: "job_1", status: "running", result: null })] }) });
    await page.goto(`${pawl.url}/knowledge?view=gaps`);
    await page.getByText("8 of 20 examples").waitFor();
    await look("gaps-writing");
    expect(found).toEqual([]);
  });
});

/** The job that writes questions, as the contract has it. */
function jobOf(of: { id: string; status: string; result: QuestionsReport | null }) {
  return {
    ...of,
    app: "small",
    kind: "questions",
    progress: { task: "asking the app", done: 8, total: 20, unit: "examples" },
    createdAt: new Date(Date.now() - 60_000).toISOString(),
    updatedAt: new Date().toISOString(),
    error: null,
  };
}

function report(): QuestionsReport {
  const id = documents.get("docs/leave.md") ?? "";
  const asked = (question: string, stage: AskedQuestion["stage"]): AskedQuestion => ({
    question,
    answer: "five",
    documentId: id,
    path: "docs/leave.md",
    start: 40,
    end: 110,
    quote: "Up to five unused days move into the next leave year.",
    support: 0.9,
    turn: turns.get(question) ?? "trn_0123456789abcdef",
    stage,
  });
  const all = [asked(known, "answered"), asked(unknown, "not-retrieved"), asked("Who books leave?", "split")];
  return QuestionsReport.parse({
    app: "small",
    release: "rel_0123456789abcdef",
    createdAt: new Date().toISOString(),
    seconds: 84.2,
    written: 4,
    kept: 3,
    questions: all.map(({ turn: _turn, stage: _stage, ...written }) => written),
    asked: all,
    documents: [{ id, path: "docs/leave.md", written: 4, kept: 3 }],
    notes: [passedOver, "Only 3 could be kept in 7 minutes. The others: 56 of unlikely words."],
  });
}
