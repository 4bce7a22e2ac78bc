import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A real Chromium without a window: npm's on Linux, else the Chrome that is installed. */
export async function startBrowser(): Promise<Browser> {
  if (process.platform !== "linux") return chromium.launch({ channel: "chrome", args: quiet });
  const { default: packed } = await import("@sparticuz/chromium");
  return chromium.launch({ executablePath: await packed.executablePath(), args: ["--headless", ...quiet] });
}

export const screens = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
} as const satisfies Record<string, BrowserContextOptions>;

export type Visit = {
  page: Page /** Errors of the page's own scripts, and addresses of other hosts that it asked. */;
  wrong: string[];
};

/** A fresh visitor's page at an address, its fonts loaded. What goes wrong in it is gathered. */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = screens.desktop,
): Promise<Visit> {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => {
    // A refused request is logged by the browser itself; the tests that refuse look at what the page shows.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) wrong.push(message.text());
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) wrong.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  return { page, wrong };
}

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe finds wrong, one line for each rule and element. Colours are judged when nothing fades in any more. */
export async function violations(page: Page): Promise<string[]> {
  await page.waitForTimeout(200);
  await page.evaluate(await readFile(axe, "utf8"));
  return page.evaluate<string[]>(`
    axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => id + ": " + node.target.join(" ") + " (" + (node.any[0]?.message ?? node.failureSummary) + ")")))`);
}

/** Both themes on both screens, as `test.each` takes them. */
export const looks = (["light", "dark"] as const).flatMap((theme) =>
  (["desktop", "phone"] as const).map((size) => [theme, size] as const),
);

/**
 * Looks at what a page shows now, as often as it is called: what axe finds wrong, and whether the page scrolls sideways,
 * goes into `found`. With PAWL_SCREENSHOTS, a picture of each look goes into that folder.
 */
export function lookout(page: Page, [theme, size]: (typeof looks)[number]) {
  const found: string[] = [];
  const look = async (where: string): Promise<void> => {
    found.push(...(await violations(page)).map((one) => `${where}: ${one}`));
    const wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    if (wide !== 0) found.push(`${where}: scrolls sideways by ${wide}`);
    const folder = process.env.PAWL_SCREENSHOTS;
    if (folder) await page.screenshot({ path: join(folder, `${where}-${theme}-${size}.png`) });
  };
  return { look, found };
}
