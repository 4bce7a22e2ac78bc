import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { QuestionsReport } from "#schema";
import { screens, startBrowser, violations, visit } from "./browser.ts";
import { startPawl, type TestServer } from "./server.ts";

// Knowledge → Gaps: what the documents leave open. What takes minutes to write is given; the rest is the server's own.
let pawl: TestServer;
let browser: Browser;
let lost: string;
const asked = "Which airline does the company fly with?";

beforeAll(async () => {
  [pawl, browser] = await Promise.all([startPawl(), startBrowser()]);
  const { pawl: own } = await pawl.client.chat({
    body: { model: "app/small", messages: [{ role: "user", content: asked }] },
  });
  lost = own?.turn ?? "";
  expect(own?.abstained).toBe(true);
});
afterAll(async () => {
  await browser?.close();
  await pawl?.stop();
});

const place = { documentId: "doc_1", path: "docs/travel.md", start: 0, end: 9, quote: "Book soon", support: 0.9 };
const report = (): QuestionsReport =>
  QuestionsReport.parse({
    app: "small",
    release: "rel_1",
    createdAt: new Date().toISOString(),
    seconds: 90,
    written: 41,
    kept: 3,
    questions: [],
    asked: [
      { ...place, question: "Who books?", answer: "Book", turn: "trn_1", stage: "answered" },
      { ...place, question: "When is it booked?", answer: "soon", turn: lost, stage: "not-retrieved" },
      { ...place, question: "How is it booked?", answer: "soon", turn: lost, stage: "split" },
    ],
    documents: [],
    notes: ["urlaub.md was passed over: the small models do not know its language (de)."],
  });

describe("Knowledge: gaps", () => {
  test("before anything was written it says what it is for, and shows what people asked in vain", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/knowledge`);
    await page.getByRole("link", { name: "Gaps" }).click();
    await page.getByRole("heading", { name: "Which questions would be asked of these documents?" }).waitFor();
    await page.getByRole("button", { name: "Write questions and ask them" }).waitFor();
    await page.getByRole("list").filter({ hasText: asked }).getByText("somebody asked").waitFor();
    const documents = page.getByRole("region", { name: "Documents that answer nothing" });
    await documents.getByText("cited by 0 answers").first().waitFor();
    const silent = await documents.getByRole("listitem").count();
    // An answer that cites a document takes it off the list.
    await pawl.client.chat({
      body: { model: "app/small", messages: [{ role: "user", content: "What may a hotel in London cost?" }] },
    });
    await page.reload();
    await expect.poll(() => documents.getByRole("listitem").count()).toBe(silent - 1);
    await documents.getByRole("button", { name: /^All \d documents$/ }).click();
    await documents.getByText("cited by 1 answer", { exact: false }).waitFor();
    expect(wrong).toEqual([]);
  });

  test("by keyboard a question opens its turn, and a document its chunks", async () => {
    const { page } = await visit(browser, `${pawl.url}/knowledge?view=gaps`);
    await page.getByRole("button", { name: asked, exact: false }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("complementary", { name: "Turn" }).getByText(lost).waitFor();
    expect(new URL(page.url()).searchParams.get("turn")).toBe(lost);
    await page.reload();
    await page.getByRole("complementary", { name: "Turn" }).getByText(lost).waitFor();
  });

  const cases = (["light", "dark"] as const).flatMap((theme) =>
    (["desktop", "phone"] as const).map((size) => [theme, size] as const),
  );
  test.each(cases)("axe finds nothing wrong in %s on a %s, with a report", async (theme, size) => {
    const address = `${pawl.url}/knowledge?view=gaps`;
    const { page } = await visit(browser, address, { ...screens[size], colorScheme: theme });
    await page.route("**/api/apps/small/questions", (route) => route.fulfill({ json: { report: report() } }));
    await page.reload();
    await page.getByText("questions from your documents: 1 answered, 1 lost at chunking, 1 not found").waitFor();
    await page.getByText("urlaub.md was passed over", { exact: false }).waitFor();
    await page.getByText("somebody asked").first().waitFor();
    expect(await violations(page)).toEqual([]);
    const folder = process.env.PAWL_SCREENSHOTS;
    if (folder) await page.screenshot({ path: join(folder, `gaps-${theme}-${size}.png`) });
  });
});
