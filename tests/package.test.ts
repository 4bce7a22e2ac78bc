import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient } from "#server";
import { startProgram, untilSaid } from "./command.ts";
import { sizeMb } from "./size.ts";

// The package as a user gets it: packed, installed into an empty folder that has nothing of the repository around it.
const folder = mkdtempSync(join(tmpdir(), "pawl-package-"));
const user = join(folder, "user");
let packed: string[] = [];

beforeAll(() => {
  const { stdout } = run("npm", ["pack", "--json", "--pack-destination", folder], resolve("."));
  const [archive] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }]; // npm's documented output
  packed = archive.files.map((file) => file.path);
  mkdirSync(user);
  writeFileSync(join(user, "package.json"), '{ "name": "user", "private": true, "type": "module" }\n');
  run("npm", ["install", "--no-audit", "--no-fund", join(folder, archive.filename)], user);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("holds what is built and nothing else", () => {
  const tops = new Set(packed.map((path) => path.split("/")[0]));
  expect([...tops].sort()).toEqual(["LICENSE", "README.md", "bin", "dist", "package.json", "skills"]);
  expect(
    packed.filter(
      (path) => /\.test\.|\.pawl\/|\.tsbuildinfo$|(?<!\.d)\.ts$/.test(path) && !path.startsWith("dist/examples/"),
    ),
  ).toEqual([]);
});

test("brings no GPU build and no package of the console", () => {
  const installed = Object.keys(
    JSON.parse(readFileSync(join(user, "node_modules", ".package-lock.json"), "utf8")).packages,
  );
  expect(
    installed.filter((path) => /@node-llama-cpp|onnxruntime-node|\/react|\/vite$|tailwind|\/typescript$/.test(path)),
  ).toEqual([]);
});

test("`npx pawl --help` answers", () => {
  expect(run("npx", ["--no-install", "pawl", "--help"], user).stdout).toMatch(/usage/i);
});

test("`pawl/ai` loads, wraps a model, and brings in no other package", () => {
  const script = `import { record } from "pawl/ai";
    const model = { specificationVersion: "v3", provider: "p", modelId: "m", doGenerate: async () => 1, doStream: async () => 2 };
    if (record(model, { app: "a" }).modelId !== "m") throw new Error("not the model");`;
  writeFileSync(join(user, "ai.mjs"), script);
  const { stderr } = run(process.execPath, ["ai.mjs"], user);
  expect(stderr).toBe("");
  const sent = ["ai", "send", "names"].map((name) =>
    readFileSync(join(user, "node_modules/pawl/dist/trace", `${name}.js`), "utf8"),
  );
  const imported = sent.flatMap((text) => [...text.matchAll(/from "([^"]+)"/g)].map(([, name]) => name ?? ""));
  expect(imported.filter((name) => !/^(node:|\.\/(ai|send|names)\.js$)/.test(name))).toEqual([]);
});

test("`pawl` and `pawl/client` load, and their types reach the user", () => {
  const wrong = "// @ts-expect-error a name is text: were the types lost, this would be no error\n";
  const app = 'defineApp({ name: "x", instructions: "y" })';
  writeFileSync(
    join(user, "app.ts"),
    `import { defineApp } from "pawl";\nimport * as client from "pawl/client";\n${wrong}defineApp({ name: 1, instructions: "y" });\n` +
      `export default ${app};\nif (Object.keys(client).length === 0) throw new Error("pawl/client is empty");\n`,
  );
  cpSync(resolve("tests/package.tsconfig.json"), join(user, "tsconfig.json"));
  run(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", user], user);
  run(process.execPath, ["app.ts"], user);
});

test.skipIf(process.platform === "win32")(
  "`npx pawl init ./docs` and `npx pawl dev`: a question is answered with its source, with no account and no key",
  async () => {
    rmSync(join(user, "app.ts"));
    for (const [name, text] of Object.entries(documents)) {
      mkdirSync(join(user, "docs"), { recursive: true });
      writeFileSync(join(user, "docs", name), text);
    }
    expect(run("npx", ["pawl", "init", "./docs"], user).stdout).toContain("over 3 documents of ./docs");

    // As in a terminal, where Ctrl-C reaches every process of the group.
    const dev = startProgram("npx", ["pawl", "dev"], { cwd: user, isGroup: true, env: { ...clean, PAWL_PORT: "0" } });
    try {
      const [, url = ""] = await untilSaid(dev, /^pawl: (http:\S+)$/m);
      await untilSaid(dev, /user is ready/);
      const client = createClient({ baseUrl: url });
      expect((await fetch(`${url}/health`)).status).toBe(200);
      expect(await ask(client, "How many unused days move into the next leave year?")).toEqual({
        abstained: false,
        citations: [expect.objectContaining({ quote: expect.stringContaining("Up to five unused days") })],
      });

      const console = await (await fetch(`${url}/`)).text();
      const [, asset] = /src="(\/assets\/[^"]+\.js)"/.exec(console) ?? [];
      expect((await fetch(`${url}${asset}`)).headers.get("content-type")).toContain("javascript");
      expect(await (await fetch(`${url}/openapi.json`)).json()).toMatchObject({ info: { title: "pawl" } });
      expect((await fetch(`${url}/docs`)).status).toBe(200);

      writeFileSync(join(user, "docs", "leave.md"), documents["leave.md"].replaceAll("five", "seven"));
      const quotes = async () => {
        const { citations } = await ask(client, "How many unused days move into the next leave year?");
        return citations.map(({ quote }) => quote).join();
      };
      await expect.poll(quotes, { timeout: 30_000, interval: 500 }).toContain("Up to seven unused days");

      process.kill(-(dev.child.pid ?? 0), "SIGINT");
      await dev.ended;
      expect(dev.output()).toContain("finishing what is being answered");
      await expect(fetch(`${url}/health`)).rejects.toThrow();
    } finally {
      dev.child.kill("SIGKILL");
    }
  },
);

// npx itself ends by the signal, whatever the program that it ran gave back.
test.skipIf(process.platform === "win32")("Ctrl-C ends `pawl dev` with exit code 0", async () => {
  const program = join(user, "node_modules", ".bin", "pawl");
  const dev = startProgram(program, ["dev"], { cwd: user, isGroup: true, env: { ...clean, PAWL_PORT: "0" } });
  await untilSaid(dev, /user is ready/);
  process.kill(-(dev.child.pid ?? 0), "SIGINT");
  expect(await dev.ended).toMatchObject({ code: 0 });
});

test("package and engine together take less than 700 MB", () => {
  const engines = join(process.env.PAWL_MODELS ?? "", "engines");
  const [engine] = readdirSync(engines); // one for each version of pawl: any of them will do
  const mb = { package: sizeMb(join(user, "node_modules")), engine: sizeMb(join(engines, engine ?? "")) };
  expect(mb.engine).toBeGreaterThan(0);
  expect(mb.package + mb.engine).toBeLessThan(700);
});

const documents = {
  "leave.md":
    "# Annual leave\n\n## Carrying over\n\nUp to five unused days move into the next leave year. They lapse on 30 June.\n",
  "travel.md": "# Travel\n\n## Trains\n\nTrains are booked through Wayfare, in standard class.\n",
  "laptops.md": "# Laptops\n\nA new laptop is ordered every four years.\n",
};

/** What vitest and the run's own pawl leave in the environment is not the user's. */
const clean = { PAWL_HOME: undefined, NODE_OPTIONS: undefined, NODE_ENV: undefined };

async function ask(client: ReturnType<typeof createClient>, question: string) {
  const { pawl } = await client.chat({
    body: { model: "app/user", messages: [{ role: "user", content: question }] },
  });
  return { abstained: pawl?.abstained, citations: pawl?.citations ?? [] };
}

function run(command: string, args: string[], cwd: string) {
  const done = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...clean },
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(" ")} ended with ${done.status}:\n${done.stdout}\n${done.stderr}`);
  return done;
}
