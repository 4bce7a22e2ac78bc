// Plain JavaScript without dependencies: this is what runs before anything is installed, on any Node from 20 on.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { trimInstalled } from "./trim.mjs";

/** The folder that holds package.json: the repository, or the installed package. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The major version of the Node that runs this. */
export const ownMajor = Number(process.versions.node.split(".")[0]);

/** System and processor pairs that every native part (Node 24, llama.cpp, ONNX Runtime, the parser) has a build for. */
const platforms = ["linux-x64", "linux-arm64", "darwin-arm64", "darwin-x64", "win32-x64", "win32-arm64"];

/** What makes Node run pawl's sources as they are: `#room` resolves to src/, types are stripped. */
export const sourceArguments = ["--conditions=pawl-source", "--no-warnings"];

/**
 * Settings of a process that serves for days and is idle most of them: less of the heap for young objects, so that what a
 * burst of work leaves is given back. Together with {@link leanAllocator}, an idle host holds 340 MB instead of 640.
 */
export const leanHeap = ["--max-semi-space-size=8"];

/** glibc keeps what threads have freed, unless it is told from when on to give it back; other systems do not read this. */
const leanAllocator = { MALLOC_TRIM_THRESHOLD_: "2097152", MALLOC_MMAP_THRESHOLD_: "1048576" };

/** Prints an error as pawl prints every error, and ends the process with the exit code of an error. */
export function fail(code, message, hint) {
  process.stderr.write(`pawl: ${message} (${code})\n${hint === undefined ? "" : `      ${hint}\n`}`);
  process.exit(2);
}

/** Ends with `platform-unsupported` where pawl cannot run, before an install would fail in a less readable way. */
export function checkPlatform() {
  if (ownMajor < 20) {
    fail(
      "platform-unsupported",
      `Node ${process.versions.node} is too old: pawl starts from Node 20 on.`,
      "Install a current Node.js; pawl brings the Node it runs on (24) itself.",
    );
  }
  const platform = `${process.platform}-${process.arch}`;
  if (!platforms.includes(platform)) {
    fail("platform-unsupported", `pawl has no build for ${platform}.`, `It runs on ${platforms.join(", ")}.`);
  }
  if (process.platform === "linux" && process.report?.getReport().header.glibcVersionRuntime === undefined) {
    fail(
      "platform-unsupported",
      "This Linux uses musl; the native parts of pawl are built for glibc.",
      "Use an image based on Debian, Ubuntu or Fedora instead of Alpine.",
    );
  }
}

/** Installs what package-lock.json names if it is missing or stale; returns at once (a few ms) when nothing is to do. */
export function ensureInstalled() {
  checkPlatform();
  const lock = join(root, "package-lock.json");
  const stamp = join(root, "node_modules", ".cache", "pawl", "installed");
  const wanted = `${createHash("sha256").update(readFileSync(lock)).digest("hex")} ${process.platform}-${process.arch}\n`;
  const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (installed === wanted && existsSync(findNode() ?? "")) return;

  if (!agreesWith(lock)) {
    if (lstatSync(join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink()) {
      // Shared by several work trees: an install here would pull it from under the others.
      process.stderr.write(
        "pawl: node_modules is a link and differs from package-lock.json; install where it lives.\n",
      );
      return;
    }
    install();
    trimInstalled(join(root, "node_modules"));
  }
  completeNode();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** The Node that pawl runs on: the one of its `node` package (24), else the one that runs this if that is new enough. */
export function findNode() {
  return nodeOfPackage() ?? (ownMajor >= 24 ? process.execPath : undefined);
}

function nodeOfPackage() {
  return nodePackages()
    .map((folder) => join(folder, "bin", process.platform === "win32" ? "node.exe" : "node"))
    .find((executable) => existsSync(executable));
}

/** Where npm was told not to run install scripts, the `node` package is there without its executable: runs its script. */
export function completeNode() {
  const [folder] = nodePackages();
  if (folder === undefined || findNode() !== undefined) return;
  process.stderr.write("pawl: fetching Node 24\n");
  spawnSync(process.execPath, ["installArchSpecificPackage.js"], { cwd: folder, stdio: ["ignore", 2, 2] });
}

/** Where the `node` package lies, nearest first: it may be hoisted above pawl. */
function nodePackages() {
  const folders = createRequire(join(root, "package.json")).resolve.paths("node/package.json") ?? [];
  return folders.map((folder) => join(folder, "node")).filter((folder) => existsSync(join(folder, "package.json")));
}

/**
 * Runs Node 24 with these arguments in this process's place: streams shared, signals passed on, exit code or signal kept.
 * Never returns.
 */
export function handOver(args, node = findNode()) {
  if (node === undefined) {
    fail(
      "platform-unsupported",
      "pawl runs on Node 24, and the one it brings could not be installed.",
      "Install Node.js 24 or later.",
    );
  }
  const child = spawn(node, args, { stdio: "inherit", env: { ...leanAllocator, ...process.env } });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // Ctrl-C in a terminal reaches the child by itself; a second one would read as "stop at once".
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  if (process.env.npm_lifecycle_event !== undefined) endWithParent(child);
  child.on("error", (error) => fail("platform-unsupported", `${node} does not start: ${error.message}.`));
  child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
}

/**
 * npm passes a signal to the shell that it started, and that shell dies without passing it on: what runs under it would be
 * left behind, with its port and its store. So the child is asked to end when this process has lost its parent.
 */
function endWithParent(child) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill("SIGTERM");
  }, 250);
  watch.unref();
}

/** Runs one command to its end on Node 24; what it prints goes to stderr, so that stdout stays the caller's. Returns the exit code. */
export function runOnNode(args) {
  return spawnSync(findNode() ?? process.execPath, args, { cwd: root, stdio: ["ignore", 2, 2] }).status ?? 1;
}

/** True when what npm recorded as installed is what the lock file names, for every package that this platform needs. */
function agreesWith(lock) {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, "utf8")).packages ?? {};
  return Object.entries(JSON.parse(readFileSync(lock, "utf8")).packages ?? {}).every(
    ([path, entry]) => path === "" || entry.optional || entry.peer || installed[path]?.version === entry.version,
  );
}

function install() {
  process.stderr.write(
    "pawl: installing what package-lock.json names (about 1 GB on the disk, a few minutes the first time)\n",
  );
  if (npm(["ci", "--no-audit", "--no-fund"]) === 0) return;
  process.stderr.write("pawl: npm ci failed; trying npm install\n");
  if (npm(["install", "--no-audit", "--no-fund"]) === 0) return;
  fail(
    "internal",
    "npm could not install pawl's packages.",
    "The lines above say why; check the network and the registry.",
  );
}

/** npm as the one that started us, else the one on the path. */
function npm(args) {
  const cli = process.env.npm_execpath;
  const options = { cwd: root, stdio: ["ignore", 2, 2], env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" } };
  return cli?.endsWith(".js")
    ? spawnSync(process.execPath, [cli, ...args], options).status
    : spawnSync("npm", args, { ...options, shell: process.platform === "win32" }).status;
}
