import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { screens, startBrowser, violations, visit } from "./browser.ts";
import { startHandbook, startPawl, type TestServer } from "./server.ts";

const question = "How many unused days move into the next leave year automatically?";

let pawl: TestServer;
let browser: Browser;

beforeAll(async () => {
  [pawl, browser] = await Promise.all([startHandbook(), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await pawl?.stop();
});

/** Asks in an open Try and waits for the end of the answer. */
async function ask(page: Page, text: string): Promise<void> {
  await page.getByLabel("Your question").fill(text);
  await page.keyboard.press("Enter");
  const turn = page.getByRole("article", { name: text }).last();
  await turn.locator('[data-citation], [data-abstained], [role="alert"]').first().waitFor({ timeout: 60_000 });
}

/** Presses Tab until the focus is on what matches; fails when it never gets there. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate<boolean>(`document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`)) return;
  }
  expect.fail(`Tab does not reach ${selector}`);
}

const flat = (text: string) => text.replace(/\s+/g, " ").trim();

/** What is marked in the open document, its pieces joined. */
const marked = async (page: Page) =>
  flat((await page.locator("[data-document-text] mark").allTextContents()).join(" "));

describe("Try", () => {
  test("a question asked with the keyboard alone gets an answer whose citation opens the quoted passage", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/`);
    await page.getByRole("heading", { name: "Ask handbook" }).waitFor();
    await page.keyboard.type(question);
    await page.keyboard.press("Enter");
    await page.locator("[data-found] mark").waitFor();
    await page.locator("[data-citation]").first().waitFor();

    const session = new URL(page.url()).searchParams.get("session") ?? "";
    const { turns } = await pawl.client.turns({ query: { session } });
    const citation = turns[0]?.answer?.citations[0];
    if (!citation) return expect.fail("the turn has no citation");
    const text = await pawl.client.documentText({ params: { id: citation.documentId } });
    expect(text.slice(citation.start, citation.end)).toBe(citation.quote);

    await tabTo(page, "[data-citation]");
    await page.keyboard.press("Enter");
    await page.locator("[data-document-text] mark").first().waitFor();
    expect(await marked(page)).toBe(flat(citation.quote));
    expect(await page.evaluate("document.activeElement?.getAttribute('aria-label')")).toBe("Text of the document");

    await page.keyboard.press("Escape");
    await page.getByLabel("Steps of this turn").waitFor();
    expect(await page.evaluate("document.activeElement?.matches('[data-citation]')")).toBe(true);
    expect(wrong).toEqual([]);
  });

  test("the trace shows each step with its time, the passages with their ranks, and a reload shows the same", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/try`);
    await ask(page, question);
    const steps = page.getByLabel("Steps of this turn").getByRole("button");
    await steps.first().waitFor();
    expect(await steps.first().textContent()).toMatch(/^retrieve.*ms$/);
    await page.getByRole("tab", { name: "Prompt" }).click();
    await page.getByText("No model was asked: the answer is the best sentence of the passages.").waitFor();
    await page.getByRole("tab", { name: "Passages" }).click();
    await page
      .getByRole("tabpanel")
      .getByText(/bm25 #\d+/)
      .first()
      .waitFor();

    const answer = flat((await page.getByRole("article").textContent()) ?? "");
    await page.reload();
    await page.getByRole("article", { name: question }).locator("[data-citation]").first().waitFor();
    await page.locator("[data-found] mark").waitFor();
    await page
      .getByRole("tabpanel")
      .getByText(/bm25 #\d+/)
      .first()
      .waitFor();
    expect(flat((await page.getByRole("article").textContent()) ?? "")).toBe(answer);
    expect(wrong).toEqual([]);
  });

  test("each question of a conversation goes to the top of the view, and so does an older one asked in the model's words", async () => {
    const { page } = await visit(browser, `${pawl.url}/try`);
    const articles = page.getByRole("article");
    const top = async () => (await articles.last().boundingBox())?.y;
    await ask(page, question);
    await ask(page, "How many weeks ahead is leave booked?");
    await ask(page, "zorble quux frimbly wug?");
    // The address takes up the turn at last; the view stays.
    await page.waitForURL(/turn=/);
    await page.getByLabel("Steps of this turn").waitFor();
    expect(await articles.count()).toBe(3);
    await expect.poll(top).toBeLessThan(70);
    await articles.first().getByRole("button", { name: "In the model's words" }).click();
    await page.getByText("in the model's words", { exact: true }).waitFor();
    expect(await articles.count()).toBe(4);
    await expect.poll(top).toBeLessThan(70);
    await articles.last().locator("[data-citation], [data-abstained]").first().waitFor({ timeout: 60_000 });
    expect(await top()).toBeLessThan(70);
    await page.getByRole("button", { name: "New conversation" }).click();
    await page.getByLabel("Questions to try").waitFor();
    expect(await articles.count()).toBe(0);
  });

  test("what the documents do not say is said plainly, with the nearest passages", async () => {
    const { page } = await visit(browser, `${pawl.url}/try`);
    await ask(page, "zorble quux frimbly wug?");
    await page.getByText("No answer found", { exact: true }).waitFor();
    // What was rejected does not look like an answer.
    await page
      .getByRole("region", { name: "Nearest passage", exact: true })
      .getByText("nearest, not an answer")
      .waitFor();
    expect(await page.getByRole("article").locator("mark").count()).toBe(0);
    await page.getByRole("region", { name: "Nearest passages" }).getByRole("button").first().waitFor();
  });

  test("a thumb counts at once, and its reason replaces it", async () => {
    const { page } = await visit(browser, `${pawl.url}/try`);
    await ask(page, question);
    await page.getByRole("article").getByLabel("Bad answer").click();
    await page.getByRole("button", { name: "Not complete" }).click();
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    const id = (await page.getByRole("article").getAttribute("data-turn")) ?? "";
    const { feedback } = await pawl.client.turn({ params: { id } });
    expect(feedback.map(({ body }) => body)).toMatchObject([{ kind: "thumb", value: -1, reason: "Not complete" }]);
  });

  test.each([
    ["provider-key-wrong", 401, "Ask again"],
    ["provider-rate-limited", 429, "Ask again"],
    ["provider-timeout", 504, "Ask again"],
    ["context-overflow", 400, "New conversation"],
  ])("%s is shown with its hint and the way on", async (code, status, way) => {
    const { page } = await visit(browser, `${pawl.url}/try`);
    await page.route("**/v1/chat/completions", (route) =>
      route.fulfill({ status, json: { error: { message: "It was refused.", code, hint: "Do this." } } }),
    );
    await ask(page, question);
    const alert = page.getByRole("alert");
    expect(await alert.textContent()).toBe(`It was refused.Do this.${code}${way}`);
    await page.unroute("**/v1/chat/completions");
    await alert.getByRole("button", { name: way }).click();
    await page.locator("[data-citation], [aria-label='Questions to try']").first().waitFor();
  });

  test("an answer that is stopped is kept as such", async () => {
    const { page } = await visit(browser, `${pawl.url}/try`);
    // A short answer may be whole before a busy machine has clicked: then the next is stopped.
    const stopped = async () => {
      await page.goto(`${pawl.url}/try`);
      await ask(page, question);
      await page.getByRole("button", { name: "In the model's words" }).click();
      await page.getByRole("button", { name: "Stop" }).click({ timeout: 5_000 });
      await page.getByText("Stopped.").waitFor({ timeout: 5_000 });
    };
    await expect
      .poll(
        () =>
          stopped().then(
            () => true,
            () => false,
          ),
        { timeout: 60_000 },
      )
      .toBe(true);
    await page.goto(`${pawl.url}/turns?status=cancelled`);
    await page.locator("[data-row]").getByText(question).first().waitFor();
  });

  test("nothing jumps while an answer comes", async () => {
    const { page } = await visit(browser, `${pawl.url}/try`);
    await page.getByLabel("Questions to try").getByRole("button").first().waitFor();
    await page.evaluate(`new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.shift = (window.shift ?? 0) + entry.value;
    }).observe({ type: "layout-shift", buffered: false })`);
    await ask(page, question);
    await page.getByLabel("Steps of this turn").waitFor();
    await page.waitForTimeout(300);
    expect(await page.evaluate<number>("window.shift ?? 0")).toBeLessThan(0.02);
  });
});

describe("Turns", () => {
  test("a turn is found by its words, opened with the keyboard, and closed", async () => {
    await pawl.client.chat({ body: { model: "app/handbook", messages: [{ role: "user", content: question }] } });
    const { page, wrong } = await visit(browser, `${pawl.url}/turns`);
    await page.locator("[data-row]").first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("unused days");
    await page.waitForURL(/q=unused/);
    await page.keyboard.press("Escape");
    const row = page.locator("[data-row]").first();
    await row.getByText(question).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByLabel("Steps of this turn").getByRole("button").first().click();
    await page
      .getByRole("region", { name: /^Step retrieve/ })
      .getByText("Output")
      .waitFor();
    expect(page.url()).toContain(`turn=${await row.getAttribute("data-row")}`);
    await page.keyboard.press("Escape");
    await page.getByRole("complementary").waitFor({ state: "hidden" });
    expect(wrong).toEqual([]);
  });

  test("a filter is in the address, and an empty list says how to leave it", async () => {
    const { page } = await visit(browser, `${pawl.url}/turns?status=cancelled&q=nobodyasksthis`);
    await page.getByText("No turn is like that.").waitFor();
    await page.getByRole("button", { name: "Show all turns" }).click();
    await page.locator("[data-row]").first().waitFor();
  });

  test("a replayed turn opens beside the one it repeats", async () => {
    const { page } = await visit(browser, `${pawl.url}/turns`);
    await page.locator("[data-row]").first().click();
    const before = page.url();
    await page.getByRole("button", { name: "Replay" }).click();
    await page.waitForURL((url) => url.href !== before);
    await page
      .getByText(/not run: known from/)
      .first()
      .waitFor();
  });
});

describe("Knowledge", () => {
  test("a document shows its text with its chunks, and a question shows what it would find", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/knowledge`);
    await page.getByLabel("Title or path").fill("annual leave");
    await page.getByRole("row").getByText("Annual leave", { exact: true }).click();
    const text = page.locator("[data-document-text]");
    await text.getByText("How much leave you get").waitFor();
    await text.locator("[data-label]").first().waitFor({ state: "attached" });
    expect(await text.locator("[data-label]").count()).toBeGreaterThan(3);

    await page.getByRole("link", { name: "Search", exact: true }).click();
    await page.getByLabel("A question, as a person would ask it").fill(question);
    const best = page.getByRole("main").getByRole("listitem").first();
    await best.getByText(/bm25 #\d+.*vector #\d+/).waitFor();
    await best.getByRole("button").click();
    await page.locator("[data-document-text] mark").first().waitFor();
    expect(wrong).toEqual([]);
  });

  test("markup and script in a document stay text", async () => {
    const markup = 'The mascot\'s secret is <img src=x onerror="window.ran=1"><script>window.ran=1</script>';
    const bytes = new Blob([`# Mascot <b>notes</b>\n\n## Secret\n\n${markup} zebrafish.\n`]);
    const added = await pawl.client.upload({
      query: { app: "handbook", path: "mascot.txt" },
      bytes,
      contentType: "text/plain",
    });
    expect(added.status).toBe("added");
    const { page, wrong } = await visit(browser, `${pawl.url}/knowledge?doc=${added.id}`);
    await page.locator("[data-document-text]").getByText("onerror=").waitFor();
    await page.goto(`${pawl.url}/try`);
    await ask(page, "What is the mascot's zebrafish secret?");
    expect(await page.evaluate("window.ran ?? null")).toBeNull();
    expect(await page.locator("img[src=x]").count()).toBe(0);
    await pawl.client.deleteDocument({ params: { id: added.id } });
    expect(wrong).toEqual([]);
  });
});

describe("The whole console", () => {
  test("⌘K finds a place, a document and a command; ? lists the keys; g goes to a place", async () => {
    const { page } = await visit(browser, `${pawl.url}/turns`);
    await page.getByRole("heading", { name: "Turns" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("A place, a document").waitFor();
    await page.keyboard.type("annual");
    await page
      .getByRole("option", { name: /Annual leave/ })
      .first()
      .waitFor();
    await page.keyboard.press("Enter");
    await page.locator("[data-document-text]").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("complementary").waitFor({ state: "hidden" });
    await page.keyboard.press("?");
    await page.getByRole("dialog").getByText("New conversation").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.keyboard.press("g");
    await page.keyboard.press("u");
    await page.getByRole("heading", { name: "Turns" }).waitFor();
    // `k` is also a key of the list there.
    await page.locator("[data-row]").first().waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("k");
    await page.getByRole("heading", { name: "Knowledge" }).waitFor();
  });

  test("a server that wants a key is asked with the key that a person types", async () => {
    const guarded = await startPawl({ env: { PAWL_API_KEY: "a-long-key-of-this-test" } });
    try {
      const { page } = await visit(browser, `${guarded.url}/try`);
      await page.getByLabel("Key of this server").fill("a-long-key-of-this-test");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Ask small" }).waitFor();
      await ask(page, "How many unused days move into the next leave year?");
      await page.locator("[data-citation]").first().waitFor();
    } finally {
      await guarded.stop();
    }
  });

  test("the first script is at most 300 kB compressed", () => {
    const dist = join(import.meta.dirname, "..", "web", "dist");
    const html = readFileSync(join(dist, "index.html"), "utf8");
    const scripts = [...html.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map((match) => match[1] ?? "");
    expect(scripts.length).toBeGreaterThan(0);
    const bytes = scripts.reduce((sum, path) => sum + gzipSync(readFileSync(join(dist, path))).length, 0);
    expect(bytes).toBeLessThan(300_000);
  });

  const themes = ["light", "dark"] as const;
  const sizes = ["desktop", "phone"] as const;
  const cases = themes.flatMap((theme) => sizes.map((size) => [theme, size] as const));
  test.each(cases)("axe finds nothing wrong in %s on a %s", async (theme, size) => {
    const { page } = await visit(browser, `${pawl.url}/try`, { ...screens[size], colorScheme: theme });
    const found: string[] = [];
    const look = async (where: string) => found.push(...(await violations(page)).map((one) => `${where}: ${one}`));
    await page.getByLabel("Questions to try").getByRole("button").first().waitFor();
    await look("Try");
    await ask(page, question);
    await look("answer");
    await page.locator("[data-citation]").first().click();
    await page.locator("[data-document-text] mark").first().waitFor();
    await look("passage");
    await page.goto(`${pawl.url}/turns`);
    await page.locator("[data-row]").first().waitFor();
    await look("Turns");
    await page.locator("[data-row]").first().click();
    await page.getByLabel("Steps of this turn").getByRole("button").first().click();
    await look("turn");
    await page.goto(`${pawl.url}/knowledge`);
    await page.locator("[data-row]").first().waitFor();
    await look("Knowledge");
    await page.locator("[data-row]").first().click();
    await page.locator("[data-document-text]").waitFor();
    await look("document");
    await page.goto(`${pawl.url}/knowledge?view=search&q=leave`);
    await page
      .getByText(/bm25 #\d+/)
      .first()
      .waitFor();
    await look("search");
    await page.keyboard.press("Control+k");
    await page.getByRole("option").first().waitFor();
    await look("palette");
    expect(found).toEqual([]);
  });
});
