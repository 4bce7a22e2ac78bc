import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lookout, looks, screens, startBrowser, visit } from "./browser.ts";
import { startPawl, type TestServer } from "./server.ts";

// What people say in the console beyond a thumb: where the right answer stands, and which of two answers is better.
const app = (settings: string) => `import { defineApp } from "pawl";

export default defineApp({
  name: "small",
  instructions: "Answer questions from the documents.",
  answer: "sentence",
  knowledge: { docs: { sources: "./docs", ${settings} } },
});
`;
const question = "How many unused days move into the next leave year?";

let pawl: TestServer;
let browser: Browser;
/** The turn of the release that answers, and of the stricter one, which abstains. */
let turn: string;
let strict: string;

const feedbackOf = async (id: string) =>
  (await pawl.client.turn({ params: { id } })).feedback.map(({ body }) => body).toSorted(byKind);
const byKind = (a: { kind: string }, b: { kind: string }) => a.kind.localeCompare(b.kind);

async function ask(): Promise<string> {
  const messages = [{ role: "user" as const, content: question }];
  return (await pawl.client.chat({ body: { model: "app/small", messages } })).pawl?.turn ?? "";
}

beforeAll(async () => {
  [pawl, browser] = await Promise.all([startPawl({ app: app("minSupport: 0.2"), verb: "dev" }), startBrowser()]);
  turn = await ask();
  const { release } = await pawl.client.turn({ params: { id: turn } });
  writeFileSync(join(pawl.folder, "app.ts"), app("minSupport: 1"));
  while ((await pawl.client.apps()).apps[0]?.release === release) await new Promise((next) => setTimeout(next, 200));
});
afterAll(async () => {
  await browser?.close();
  await pawl?.stop();
});

describe("Two answers side by side", () => {
  test("another release is asked beside a turn, and the better one is chosen, by a button or a key", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/turns?turn=${turn}`);
    await page.getByRole("link", { name: "Side by side" }).click();
    await page.getByRole("heading", { name: question }).waitFor();
    await page.getByRole("region", { name: "Left answer" }).getByText("Up to five unused days").waitFor();
    await page
      .getByRole("region", { name: "Beside which answer" })
      .getByRole("button", { name: /current/ })
      .click();
    const right = page.getByRole("region", { name: "Right answer" });
    await right.getByText("No answer found").waitFor();
    strict = new URL(page.url()).searchParams.get("right") ?? "";
    await page.getByText("Which answers it better?").waitFor();

    await right.getByRole("button", { name: "This is better" }).click();
    await page.getByText("You prefer the right one.").waitFor();
    expect(await feedbackOf(turn)).toMatchObject([{ kind: "choice", value: strict }]);

    await page.keyboard.press("1");
    await page.getByText("You prefer the left one.").waitFor();
    expect(await feedbackOf(turn)).toEqual([]); // a person prefers one of two
    expect(await feedbackOf(strict)).toMatchObject([{ kind: "choice", value: turn }]);

    await page.reload();
    await page.getByText("You prefer the left one.").waitFor();
    await page.goto(`${pawl.url}/turns?turn=${strict}&tab=feedback`);
    await page.getByRole("listitem").filter({ hasText: "Preferred another answer" }).getByRole("link").click();
    await page.getByText("You prefer the right one.").waitFor(); // the sides are the other way round from here
    expect(wrong).toEqual([]);
  });

  test("which release was preferred is told in Improve", async () => {
    const { page } = await visit(browser, `${pawl.url}/improve?view=feedback`);
    await page.getByRole("region", { name: "Thumbs up, by release" }).getByText("preferred 1 of 1").waitFor();
  });

  test("an answer that the question got before is offered, and a turn that is none says so", async () => {
    const { page } = await visit(browser, `${pawl.url}/turns/beside?left=${turn}`);
    const others = page.getByRole("region", { name: "Beside which answer" });
    await others.getByRole("button", { name: /No answer found/ }).click();
    await page.getByText("You prefer the left one.").or(page.getByText("Which answers it better?")).waitFor();
    expect(page.url()).toContain(`right=${strict}`);
    await page.goto(`${pawl.url}/turns/beside?left=trn_none`);
    await page.getByText("turn-unknown").waitFor();
    await page.goto(`${pawl.url}/turns/beside`);
    await page.getByText("There is no turn in this address").waitFor();
  });

  test("a correction says where the right answer stands", async () => {
    const { page, wrong } = await visit(browser, `${pawl.url}/turns?turn=${turn}&tab=feedback`);
    await page.getByRole("tabpanel").getByLabel("Bad answer").click();
    await page.getByLabel("The answer as it should have been").fill("Trains are booked through Wayfare.");
    const places = page.getByRole("radiogroup", { name: "Where it stands" });
    await places.getByRole("radio").nth(1).waitFor();
    await places.getByText("Trains are booked through Wayfare, in standard class").click();
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("listitem").filter({ hasText: "Correction" }).waitFor();
    const correction = (await feedbackOf(turn)).find(({ kind }) => kind === "correction");
    if (correction?.kind !== "correction" || !correction.passage) throw new Error("It names no passage.");
    const { documentId, start, end } = correction.passage;
    const text = await pawl.client.documentText({ params: { id: documentId } });
    expect(text.slice(start, end)).toContain("booked through Wayfare");
    await page.getByRole("button", { name: "Where it stands" }).click();
    await page.locator("[data-document-text]").getByText("Trains are booked through Wayfare").waitFor();
    expect(wrong).toEqual([]);
  });
});

describe("axe finds nothing wrong", () => {
  test.each(looks)("in %s on a %s", async (theme, size) => {
    const { page } = await visit(browser, `${pawl.url}/turns/beside?left=${turn}&right=${strict}`, {
      ...screens[size],
      colorScheme: theme,
    });
    const { look, found } = lookout(page, [theme, size]);
    await page.getByRole("region", { name: "Right answer" }).getByText("No answer found").waitFor();
    await look("beside");
    await page.goto(`${pawl.url}/turns/beside?left=${turn}`);
    await page.getByRole("button", { name: /No answer found/ }).waitFor();
    await look("beside-choose");
    await page.goto(`${pawl.url}/turns?turn=${turn}&tab=feedback`);
    await page.getByRole("tabpanel").getByLabel("Bad answer").click();
    await page.getByLabel("The answer as it should have been").fill("Trains are booked through Wayfare.");
    await page.getByRole("radiogroup", { name: "Where it stands" }).getByRole("radio").nth(1).waitFor();
    await look("whereabouts");
    await page.goto(`${pawl.url}/improve?view=feedback`);
    await page.getByText("preferred 1 of 1").waitFor();
    await look("preferred");
    expect(found).toEqual([]);
  });
});
