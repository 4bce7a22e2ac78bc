#!/usr/bin/env node
// The published command: finds a Node 24, then runs the command line (built, or from the sources in the repository).
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  checkPlatform,
  completeNode,
  ensureInstalled,
  findNode,
  handOver,
  leanHeap,
  ownMajor,
  root,
  sourceArguments,
} from "./ensure.mjs";

const source = join(root, "src", "cli", "main.ts");
const inRepository = existsSync(source);
if (inRepository) ensureInstalled();
else checkPlatform();
completeNode();

const main = inRepository ? [...sourceArguments, source] : ["--no-warnings", join(root, "dist", "cli", "main.js")];
handOver([...leanHeap, ...main, ...process.argv.slice(2)], ownMajor >= 24 ? process.execPath : findNode());
