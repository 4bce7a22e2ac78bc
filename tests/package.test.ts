import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

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
  expect([...tops].sort()).toEqual(["LICENSE", "README.md", "bin", "dist", "package.json"]);
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

function run(command: string, args: string[], cwd: string) {
  const { PAWL_HOME: _, ...env } = process.env;
  const done = spawnSync(command, args, {
    cwd,
    env: { ...env, NODE_OPTIONS: "" },
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(" ")} ended with ${done.status}:\n${done.stdout}\n${done.stderr}`);
  return done;
}
