import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** An app without documents whose model is the echo of a provider (tests/fake-provider.ts). */
export function echoApp(folder: string, baseURL: string): string {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules", "pawl"), "junction");
  const app = { name: "echo", instructions: "Repeat.", model: "echo/echo" };
  writeFileSync(
    join(folder, "app.ts"),
    `import { defineApp } from "pawl";\nexport default defineApp(${JSON.stringify(app)});\n`,
  );
  const config = { providers: { echo: { baseUrl: baseURL } } };
  writeFileSync(join(folder, "pawl.config.ts"), `export default ${JSON.stringify(config)};\n`);
  return folder;
}

/** A suite of promptfoo's, all in one split. Of `cases`, every `failing`th does not hold. */
export function echoSuite(file: string, options: { cases: number; name: string; failing?: number }): string {
  const { cases, name, failing = Number.POSITIVE_INFINITY } = options;
  const tests = Array.from({ length: cases }, (_, i) => {
    const said = `case ${i} of ${name}`;
    const wanted = i % failing === failing - 1 ? "something else" : said;
    return `- vars: {said: "Repeat ${said}, please."}\n  assert: [{type: contains, value: "${wanted}"}]\n`;
  });
  const head = `prompts: ["{{said}}"]\nproviders: ["openai:chat:echo"]\ndefaultTest: {metadata: {split: development}}\n`;
  writeFileSync(file, `${head}tests:\n${tests.join("")}`);
  return file;
}
