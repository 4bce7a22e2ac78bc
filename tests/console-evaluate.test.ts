import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { screens, startBrowser, violations, visit } from "./browser.ts";
import { type FakeProvider, fakeProvider } from "./fake-provider.ts";
import { startPawl, type TestServer } from "./server.ts";

// An app whose model says what its instructions say: an edit of them changes every answer, and a run takes seconds.
const app = (says: string) => `import { defineApp } from "pawl";

export default defineApp({ name: "small", instructions: "${says}", model: "openai/obedient" });
`;

const colours = [...Array(40).keys()].map((n) => ({
  id: `q${n}`,
  question: `Which colour has ball ${n}?`,
  answer: n % 10 === 0 ? "green" : "blue",
  split: n % 2 === 0 ? "development" : "gate",
  tags: { size: n % 4 === 0 ? "large" : "small" },
}));
const file = {
  name: "Ball Colours.jsonl",
  mimeType: "application/jsonl",
  buffer: Buffer.from(`${[...colours.map((line) => JSON.stringify(line)), "{not json"].join("\n")}\n`),
};

let pawl: TestServer;
let provider: FakeProvider;
let browser: Browser;

const edit = (says: string) => writeFileSync(join(pawl.folder, "app.ts"), app(says));
const ask = (question: string) =>
  pawl.client.chat({ body: { model: "app/small", messages: [{ role: "user", content: question }] } });

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

/** The candidate's card, when it says so. */
async function candidate(page: Page, name: string): Promise<void> {
  await page.getByRole("heading", { name, exact: true }).waitFor({ timeout: 20_000 });
}

// One after the other, as a person would: each test stands on what the one before has done.
describe("Evaluate", () => {
  test("says what it is for while it is empty, each time with the command that fills it", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/evaluate`);
    await candidate(page, "Nothing is live yet");
    await page.getByRole("link", { name: "Experiments" }).click();
    await page.getByText("pawl eval app.ts --split development").waitFor();
    await page.getByRole("link", { name: "Datasets" }).click();
    await page.getByText("pawl import questions.jsonl").waitFor();
    expect(await page.getByRole("button", { name: "Copy the command" }).count()).toBe(1);
    expect(wrong).toEqual([]);
  });

  test("a file is imported, its refused line is named, and an example tells where it came from", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/evaluate?view=datasets`);
    await page.locator("input[type=file]").setInputFiles(file);
    const dialog = page.getByRole("dialog");
    await dialog.getByText("A new dataset.").waitFor();
    expect(await dialog.getByLabel("Dataset").inputValue()).toBe("ball-colours");
    await dialog.getByRole("button", { name: "Import" }).click();
    const report = page.getByRole("region", { name: "What was imported" });
    await report.getByText("40 examples imported into ball-colours").waitFor();
    expect(await report.getByRole("list", { name: "Refused" }).textContent()).toContain("41");

    await page.getByRole("button", { name: /^gate/ }).click();
    await page.getByLabel("Words of the question or answer").fill("ball 11?");
    await page.waitForURL(/q=ball/);
    const row = page.locator("[data-row]").first();
    await row.getByText("Which colour has ball 11?").click();
    const pane = page.getByRole("complementary", { name: "Example" });
    await pane.getByText("Ball Colours.jsonl", { exact: false }).waitFor();
    expect(page.url()).toContain("example=q11");
    await page.reload();
    await pane.getByText("Which colour has ball 11?").waitFor();
    expect(wrong).toEqual([]);
  });

  test("the first release is shipped, an edit becomes a candidate, and a check says that it is worse and where", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/evaluate`);
    await candidate(page, "Nothing is live yet");
    await page.getByRole("button", { name: "Ship", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Ship" }).click();
    await page.getByText("The first release.").first().waitFor();
    await candidate(page, "Nothing is changed");

    edit("green");
    await candidate(page, "A candidate");
    await page.getByText("instructions: 1 line changed").waitFor();
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await page.getByRole("heading", { name: "Worse" }).waitFor({ timeout: 60_000 });
    const f1 = page.locator("[data-metric=f1]");
    await f1.getByText("Worse").waitFor();
    await f1.getByRole("img", { name: /^f1: difference −0\.\d+, 95 % interval −.* to −.*, worse$/ }).waitFor();
    expect(wrong).toEqual([]);
  }, 120_000);

  test("the experiment shows both releases, slices, and opens a row where they disagree with both traces", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/evaluate?view=experiments`);
    await page.locator("[data-row]").first().click();
    await page.getByRole("region", { name: "Figures" }).locator("[data-metric=f1]").getByText("Worse").waitFor();
    await page.getByRole("region", { name: "Slices" }).locator("[data-metric=large]").waitFor();
    await page
      .getByText(/^(f1|exact) 1 → 0$/)
      .first()
      .waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    const pane = page.getByRole("complementary", { name: "Example" });
    const answers = pane.getByRole("region", { name: "Question, reference and answers" });
    await answers.getByText("green", { exact: true }).first().waitFor();
    await answers.getByText("blue", { exact: true }).first().waitFor();
    await pane.getByRole("group", { name: "Whose trace" }).getByRole("button").first().click();
    await pane.getByLabel("Steps of this turn").getByRole("button").first().waitFor();
    await page.waitForURL(/release=rel_/);
    await page.reload();
    await pane.getByLabel("Steps of this turn").getByRole("button").first().waitFor();
    expect(wrong).toEqual([]);
  });

  test("the gate refuses it, a person overrules with a reason, and rolls back", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/evaluate`);
    await candidate(page, "A candidate");
    await page.getByRole("button", { name: "Ship", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Ship" }).click();
    await page.locator("[data-decision=refused]").first().waitFor({ timeout: 60_000 });

    await page.getByRole("button", { name: "Ship", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Whatever the gate says").click();
    await dialog.getByRole("textbox", { name: "Reason" }).fill("Green is this year's colour.");
    await dialog.getByLabel("Your name", { exact: false }).fill("Mia");
    await dialog.getByRole("button", { name: "Ship" }).click();
    const overruled = page.locator("[data-decision=overruled]").first();
    await overruled.getByText("Green is this year's colour.", { exact: false }).waitFor({ timeout: 60_000 });
    expect(await overruled.textContent()).toContain("Mia");
    await candidate(page, "Nothing is changed");

    await overruled.getByRole("button", { name: /^Roll back to/ }).click();
    await page.getByRole("alertdialog").getByLabel("Reason", { exact: false }).fill("It was not.");
    await page.getByRole("alertdialog").getByRole("button", { name: "Roll back" }).click();
    await page.locator("[data-decision=rollback]").getByText("It was not.").waitFor();
    await candidate(page, "A candidate");
    expect(wrong).toEqual([]);
  }, 180_000);
});

describe("A turn that lasts", () => {
  test("e makes the turn that the keyboard has reached an example, after the time to undo it", async () => {
    await ask("Which colour has the sky?");
    const { page, wrong } = await visit(browser, `${pawl.url}/turns?q=sky`);
    await page.locator("[data-row]").first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("e");
    const form = page.getByRole("dialog", { name: "Make it an example" });
    await form.getByRole("radio", { name: /^As it was/ }).waitFor();
    await page.keyboard.press("ArrowDown");
    await form.getByLabel("The answer as it should have been").fill("grey");
    await form.getByRole("button", { name: "Add" }).click();
    await page.getByText("Becomes an example of ball-colours, development").waitFor();
    await page.getByRole("button", { name: "Undo" }).click();

    await page.keyboard.press("e");
    await form.getByRole("radio", { name: "Not in the documents" }).click();
    await form.getByRole("button", { name: "Add" }).click();
    await page.getByText("Becomes an example of ball-colours, development").waitFor();
    // Who looks at the datasets does not wait for the notice to go.
    await page.keyboard.press("g");
    await page.keyboard.press("v");
    await page.getByRole("link", { name: "Datasets" }).click();
    await page.getByText("41 examples").waitFor();
    await page.getByLabel("Words of the question or answer").fill("sky");
    await page.locator("[data-row]").first().getByText("Not in the documents").click();
    await page
      .getByRole("complementary", { name: "Example" })
      .getByRole("link", { name: /^turn trn_/ })
      .click();
    await page.getByRole("complementary", { name: "Turn" }).getByText("Which colour has the sky?").waitFor();
    expect(wrong).toEqual([]);
  });

  test("p pins a turn and unpins it; a save of the app shows its answer before and after, word by word", async () => {
    edit("The ball is blue.");
    await expect.poll(() => answerTo("Which colour has the sea?"), { timeout: 20_000 }).toBe("The ball is blue.");
    const { page, wrong } = await visit(browser, `${pawl.url}/turns?q=sea`);
    await page.locator("[data-row]").first().click();
    await page.getByRole("button", { name: /^Pin/, exact: false }).last().waitFor();
    await page.keyboard.press("p");
    await page.getByRole("img", { name: "pinned" }).first().waitFor();
    await page.keyboard.press("p");
    await page.getByRole("img", { name: "pinned" }).first().waitFor({ state: "hidden" });
    await page.keyboard.press("p");
    await expect.poll(async () => (await pawl.client.pins({ query: { app: "small" } })).turns.length).toBe(1);

    edit("The ball is red.");
    await page.goto(`${pawl.url}/try`);
    await page.getByText("The app changed:").waitFor({ timeout: 20_000 });
    await page.getByRole("button", { name: "Pinned turns" }).click();
    const pane = page.getByRole("complementary", { name: "Pinned turns" });
    await pane.locator("del", { hasText: "blue" }).waitFor({ timeout: 20_000 });
    expect(await pane.locator("ins").textContent()).toBe("red");
    await pane.getByText("1 answer changed, 0 the same").waitFor();
    expect(wrong).toEqual([]);
  }, 60_000);
});

test("in Try, Escape leaves the question, and then e and p mean the turn that is shown", async () => {
  const { page, wrong } = await visit(browser, `${pawl.url}/try`);
  await page.getByLabel("Your question").fill("Which colour has the grass?");
  await page.keyboard.press("Enter");
  const turn = page.getByRole("article", { name: "Which colour has the grass?" });
  await turn.getByRole("button", { name: /^Pin/ }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("p");
  await turn.getByRole("button", { name: /^Unpin/ }).waitFor();
  await page.keyboard.press("p");
  await turn.getByRole("button", { name: /^Pin/ }).waitFor();
  await page.keyboard.press("e");
  await page.getByRole("dialog", { name: "Make it an example" }).getByRole("radio").first().waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Make it an example" }).waitFor({ state: "hidden" });
  expect(wrong).toEqual([]);
});

async function answerTo(question: string): Promise<string> {
  const { choices } = await ask(question);
  return choices[0]?.message.content ?? "";
}

describe("axe finds nothing wrong", () => {
  const cases = (["light", "dark"] as const).flatMap((theme) =>
    (["desktop", "phone"] as const).map((size) => [theme, size] as const),
  );
  test.each(cases)("in %s on a %s", async (theme, size) => {
    const { page } = await visit(browser, `${pawl.url}/evaluate`, { ...screens[size], colorScheme: theme });
    const found: string[] = [];
    const look = async (where: string) => found.push(...(await violations(page)).map((one) => `${where}: ${one}`));
    await page.locator("[data-metric]").first().waitFor();
    await page.locator("[data-decision]").first().waitFor();
    await look("releases");
    await page.getByRole("button", { name: "Ship", exact: true }).click();
    await page.getByRole("dialog").waitFor();
    await look("ship");
    await page.keyboard.press("Escape");
    await page.goto(`${pawl.url}/evaluate?view=experiments`);
    await page.locator("[data-row]").first().waitFor();
    await look("experiments");
    await page.locator("[data-row]").first().click();
    await page.locator("[data-metric]").first().waitFor();
    await page.locator("[data-row]").first().waitFor();
    await look("experiment");
    await page.locator("[data-row]").first().click();
    await page.getByLabel("Steps of this turn").getByRole("button").first().waitFor();
    await look("row");
    await page.goto(`${pawl.url}/evaluate?view=datasets`);
    await page.locator("[data-row]").first().waitFor();
    await look("datasets");
    await page.locator("[data-row]").first().click();
    await page.getByRole("region", { name: "The example" }).waitFor();
    await look("example");
    await page.goto(`${pawl.url}/try?replays=true`);
    await page.locator("ins").waitFor();
    await look("replays");
    await page.goto(`${pawl.url}/turns?q=sea`);
    await page.locator("[data-row]").first().click();
    await page.getByRole("button", { name: "Make it an example (e)" }).click();
    await page.getByRole("radio").first().waitFor();
    await look("example form");
    expect(found).toEqual([]);
  });
});
