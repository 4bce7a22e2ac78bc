import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appFolder, pawl, startCommand, untilSaid } from "./command.ts";
import { fakeProvider } from "./fake-provider.ts";

// What may be wrong with an app's file, and with where pawl is to listen: the command line says it and exits with 2.
let folder: string;
beforeAll(async () => {
  folder = await appFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const app = (...lines: string[]) =>
  [`import { defineApp } from "pawl";`, ``, `export default defineApp({`, ...lines, `});`, ``].join("\n");
const name = `  name: "small",`;
const instructions = `  instructions: "Answer.",`;

describe("an app file that", () => {
  test.each([
    ["does not parse", app(name, `  instructions: "Answer`), "app-malformed", "app.ts:5:"],
    [
      "names a part that pawl does not have",
      app(name, `  memory: "user",`, instructions),
      "app-part-missing",
      "app.ts:5:3",
    ],
  ])("%s is pointed at by its line", async (_, text, code, place) => {
    writeFileSync(join(folder, "app.ts"), text);
    const ended = await pawl(["ask", "Why?", "--app", folder, "--json"]);
    expect(ended.stdout).toBe("");
    expect(ended.stderr).toContain(`(${code})`);
    expect(ended.stderr).toContain(place);
    expect(ended.code).toBe(2);
  });

  test("exports no app says how to end it", async () => {
    writeFileSync(join(folder, "app.ts"), "export const app = {};\n");
    const ended = await pawl(["ask", "Why?", "--app", folder]);
    expect(ended.stderr).toMatch(/app-malformed\)\s+End it with `export default defineApp/);
  });

  test("names an unknown model is answered with near ones", async () => {
    writeFileSync(join(folder, "app.ts"), app(name, instructions, `  model: "local/smollm2-135m-instrukt",`));
    const ended = await pawl(["ask", "Why?", "--app", folder]);
    expect(ended.stderr).toMatch(/model-unknown\)\s+Did you mean local\/smollm2-135m-instruct/);
    expect(ended.code).toBe(2);
  });

  test("names an unknown provider beside a known one answers without it, and says so", async () => {
    const provider = await fakeProvider();
    const known = `url:${provider.baseURL}#echo`;
    writeFileSync(join(folder, "app.ts"), app(name, instructions, `  model: ["nowhere/x", ${JSON.stringify(known)}],`));
    const ended = await pawl(["ask", "Why not?", "--app", folder, "--json"]);
    await provider.close();
    expect(ended.stderr).toMatch(/The app answers without nowhere\/x: There is no provider nowhere\. Known are/);
    expect(JSON.parse(ended.stdout)).toMatchObject({ answer: "Why not?" });

    writeFileSync(join(folder, "app.ts"), app(name, instructions, `  model: ["nowhere/x", "elsewhere/y"],`));
    const none = await pawl(["ask", "Why not?", "--app", folder]);
    expect(none.stderr).toMatch(/There is no provider nowhere\. \(provider-unknown\)/);
    expect(none.code).toBe(2);
  });

  test("is not there leaves no trace in the folder", async () => {
    const empty = mkdtempSync(join(tmpdir(), "pawl-empty-"));
    for (const verb of [["ask", "Why?"], ["serve"], ["ingest"], ["trace"]]) {
      const ended = await pawl(verb, { cwd: empty, env: { PAWL_HOME: undefined } });
      expect(ended.stderr).toMatch(/app-file-missing\)\s+Make one with `pawl init/);
      expect(ended.code).toBe(2);
    }
    expect(existsSync(join(empty, ".pawl"))).toBe(false);
    rmSync(empty, { recursive: true });
  });

  test("is broken does not keep `pawl serve` from telling so by /health", async () => {
    writeFileSync(join(folder, "app.ts"), app(name, instructions, `  memory: "user",`));
    const served = startCommand(["serve", folder], { env: { PAWL_PORT: "0" } });
    const [, url] = await untilSaid(served, /^pawl: (http:\S+)$/m);
    await untilSaid(served, /app-part-missing/);
    const health = await fetch(`${url}/health`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ status: "failed", apps: [{ error: { code: "app-part-missing" } }] });
    const models = await fetch(`${url}/v1/models`);
    expect(await models.json()).toMatchObject({
      data: expect.arrayContaining([
        expect.objectContaining({ pawl: expect.objectContaining({ kind: "app", state: "failed" }) }),
      ]),
    });
    served.child.kill("SIGTERM");
    expect((await served.ended).code).toBe(0);
  });
});

describe("pawl.config.ts that", () => {
  test("is wrong is named with its member", async () => {
    writeFileSync(join(folder, "app.ts"), app(name, instructions));
    writeFileSync(join(folder, "pawl.config.ts"), `export default { providers: { lab: { baseUrl: "nowhere" } } };\n`);
    const ended = await pawl(["models", "--app", folder]);
    expect(ended.stderr).toMatch(/pawl\.config\.ts: providers\.lab\.baseUrl: .*app-malformed/);
    expect(ended.code).toBe(2);
  });

  test("does not parse is an error of pawl's, with its place", async () => {
    writeFileSync(join(folder, "pawl.config.ts"), `export default {\n  providers: {\n`);
    const ended = await pawl(["models", "--app", folder]);
    expect(ended.stderr).toMatch(/pawl\.config\.ts:3.*\(app-malformed\)/s);
    rmSync(join(folder, "pawl.config.ts"));
  });
});

describe("pawl serve", () => {
  test("says that the port is taken, and by which setting to choose another", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const address = other.address();
    const port = typeof address === "object" ? address?.port : 0;
    const ended = await pawl(["serve", folder], { env: { PAWL_PORT: String(port) } });
    other.close();
    expect(ended.stderr).toMatch(new RegExp(`Port ${port} is taken\\. \\(port-taken\\)\\s+.*PAWL_PORT`));
    expect(ended.code).toBe(2);
  });

  test("does not listen on every address without a key", async () => {
    for (const host of ["0.0.0.0", "::"]) {
      const ended = await pawl(["serve", folder, "--host", host], { env: { PAWL_API_KEY: undefined } });
      expect(ended.stderr).toMatch(/bind-refused\)\s+Set PAWL_API_KEY/);
      expect(ended.code).toBe(2);
    }
    expect(await pawl(["serve", folder], { env: { PAWL_PORT: "seventy" } })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('PAWL_PORT is "seventy"'),
    });
  });
});
