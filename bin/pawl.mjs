#!/usr/bin/env node
// The published command: finds a Node 24, then runs the command line (built, or from the sources in the repository).
import { existsSync } from "node:fs";
import { join } from "node:path";
import { checkPlatform, ensureInstalled, handOver, nodeOfPackage, root, sourceArguments } from "./ensure.mjs";

const source = join(root, "src", "cli", "main.ts");
const inRepository = existsSync(source);
if (inRepository) ensureInstalled();
else checkPlatform();

const main = inRepository ? [...sourceArguments, source] : ["--no-warnings", join(root, "dist", "cli", "main.js")];
const [major = 0] = process.versions.node.split(".").map(Number);
handOver([...main, ...process.argv.slice(2)], { node: major >= 24 ? process.execPath : nodeOfPackage() });
