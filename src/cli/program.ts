import { Command, CommanderError } from "commander";
import { version } from "#kernel";
import { drawError } from "./draw.ts";

/**
 * Runs the command line; gives the exit code: 0, 1 for a verdict (a document refused), 2 for an error. A verb's module
 * is loaded when the verb is called, so that `pawl --help` loads none of them.
 */
export async function run(argv: readonly string[]): Promise<number> {
  let code = 0;
  const verb =
    <Args extends unknown[]>(load: () => Promise<(...args: Args) => Promise<number>>) =>
    async (...args: Args) => {
      code = await (await load())(...args);
    };

  const program = new Command("pawl")
    .description("A local-first workbench for AI engineering.")
    .version(version)
    .exitOverride()
    .showHelpAfterError("(add --help for an example)");

  const withApp = (command: Command) =>
    command.option("--app <path>", "the app: its folder or file", ".").option("--json", "one JSON object on stdout");

  program
    .command("init")
    .argument("[documents]", "a folder of documents")
    .description("write an app.ts for a folder of documents and try it, or from turns that were recorded elsewhere")
    .option("--questions <n>", "how many questions of the documents to try it with; 0: none", Number, 20)
    .option("--from-turns", "the instructions and the model that the recorded turns show")
    .option("--app <name>", "whose turns, where several apps have some")
    .option("--name <name>", "the app's name; default: the folder's")
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", example("pawl init ./docs\n  $ pawl init --from-turns --app shop"))
    .action(verb(async () => (await import("./init.ts")).init));
  for (const [name, description] of [
    ["serve", "serve apps: API and console"],
    ["dev", "serve, and read app and documents again when they change"],
  ] as const) {
    const command = program
      .command(name)
      .argument("[apps...]", "apps: folders or files", ["."])
      .description(description)
      .option("--port <port>", "the port; default PAWL_PORT or 4111", Number)
      .option("--host <address>", "the address to listen on; another than loopback needs PAWL_API_KEY")
      .addHelpText("after", example(`pawl ${name}`))
      .action(
        verb(async () => {
          const { serve } = await import("./serve.ts");
          return (apps: string[], options: { port?: number; host?: string; collect?: boolean }) =>
            serve(apps, { ...options, isWatching: name === "dev" });
        }),
      );
    if (name === "serve") command.option("--collect", "no app: record the calls that other programs send");
  }
  withApp(
    program.command("ingest").argument("[paths...]", "files or folders to add; none: read the app's sources again"),
  )
    .description("read documents into the app's knowledge")
    .option("--knowledge <name>", "the collection, where the app has several")
    .option("--dry-run", "show title, blocks and chunks of the files; store nothing, ask no model")
    .addHelpText("after", example("pawl ingest ./more/*.pdf"))
    .action(verb(async () => (await import("./ingest.ts")).ingestCommand));
  withApp(program.command("ask").argument("<question>", "the question"))
    .description("ask the app one question")
    .option("--model <id>", "ask a model (`provider/model`) instead of the app")
    .option("--answer <mode>", "`sentence`, `reader` or `model`, where it is to differ from the app's")
    .addHelpText("after", example('pawl ask "How many days of leave can I carry over?"'))
    .action(verb(async () => (await import("./ask.ts")).ask));
  withApp(program.command("chat"))
    .description("ask question after question")
    .addHelpText("after", example("pawl chat"))
    .action(verb(async () => (await import("./chat.ts")).chat));
  withApp(program.command("trace").argument("[turn]", "a turn's id; none: the newest turns"))
    .description("show a turn step by step, or list turns")
    .option("--limit <n>", "how many turns to list", Number, 20)
    .addHelpText("after", example("pawl trace trn_01J…"))
    .action(verb(async () => (await import("./trace.ts")).trace));
  withApp(
    program
      .command("feedback")
      .argument("[turn]", "a turn's id; none: what people said, and what it says of each release")
      .argument("[thumb]", "`up` or `down`"),
  )
    .description("say what you think of a turn, or show what people said")
    .option("--correct <text>", "the answer as it should have been")
    .option("--passage <place>", "where that stands: DOCUMENT:START-END")
    .option("--prefer <turn>", "another turn of the same question that is better")
    .option("--reason <text>", "why")
    .option("--rater <name>", "who says so; in a list: only this person's")
    .option("--limit <n>", "how many to list", Number, 20)
    .addHelpText("after", example('pawl feedback trn_01J… down --reason "wrong year" --rater ann'))
    .action(verb(async () => (await import("./feedback.ts")).feedback));
  withApp(
    program
      .command("models")
      .argument("[action]", "`list`, `pull`, `enable` or `disable`", "list")
      .argument("[model]", "the model to pull; `skills` to enable or disable"),
  )
    .description("list models, fetch one's files, or turn the shipped skills on or off")
    .addHelpText("after", example("pawl models pull local/default\n  $ pawl models disable skills"))
    .action(verb(async () => (await import("./models.ts")).models));
  withApp(program.command("import").argument("<file>", "JSONL, CSV, OpenAI chat form or promptfoo YAML"))
    .description("import examples into a dataset; exit 1 if a line is refused")
    .option("--dataset <name>", "the dataset's name; default: the file's")
    .option("--format <format>", "jsonl, csv, openai or promptfoo; default: by name and content", "auto")
    .option("--append", "add to the newest version instead of replacing it")
    .addHelpText("after", example("pawl import questions.jsonl --dataset support"))
    .action(verb(async () => (await import("./import.ts")).importCommand));
  withApp(
    program
      .command("data")
      .argument("[action]", "`list`, `export` or `questions`", "list")
      .argument("[name]", "the dataset to export: a name or a version; the documents to write questions from: a path"),
  )
    .description("list datasets, write one's examples as JSONL, or write questions that documents answer")
    .option("--split <split>", "only this split")
    .option("--count <n>", "how many questions to write", Number, 20)
    .option("--share <n>", "of them, those whose place is left out, so that nothing answers", Number, 0.2)
    .option("--seed <n>", "which passages and answers come first", Number, 1)
    .option("--minutes <n>", "stop writing after so long, with what there is", Number)
    .option("--model <id>", "the chat model that writes; none: the small one with pawl's skill")
    .option("--out <file>", "write them as a dataset too (JSONL)")
    .addHelpText(
      "after",
      example(
        "pawl data export support > support.jsonl\n  $ pawl data questions ./docs --count 50 --out questions.jsonl",
      ),
    )
    .action(verb(async () => (await import("./data.ts")).data));
  program
    .command("eval")
    .argument("[app]", "the app: its folder or file", ".")
    .description("score the app as it is now on a dataset's split")
    .option("--data <file>", "a dataset file; none: the app's own dataset")
    .option("--split <name>", "development, gate or report", "development")
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", example("pawl eval . --data questions.jsonl"))
    .action(verb(async () => (await import("./eval.ts")).evaluate));
  withApp(program.command("tune"))
    .description("train an adapter of the app's local model on lines of passages, question and answer")
    .requiredOption("--data <file>", "JSONL: passages, question, answer or null, citation")
    .option("--minutes <n>", "how long, with loading and validation", Number, 30)
    .option("--epochs <n>", "most times through the lines (10), however many minutes there are", Number)
    .option("--rank <n>", "rank of the adapter's matrices", Number)
    .option("--learning-rate <n>", "the highest rate of the schedule", Number)
    .option("--fresh", "begin from the model as it comes, not from the live adapter")
    .option("--reader", "train a reader instead: the words of a passage that answer")
    .option("--writer", "train a question writer instead, from the same lines: passage and answer in, question out")
    .addHelpText("after", example("pawl tune --data answers.jsonl --minutes 40"))
    .action(verb(async () => (await import("./tune.ts")).tune));
  program
    .command("causes")
    .argument("[app]", "the app: its folder or file", ".")
    .description("why turns failed: the step whose replacement mends the answer, and what to do")
    .option("--data <file>", "a dataset file whose development examples are judged too; none: what people said")
    .option("--release <id>", "whose turns; none: of what is live")
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", example("pawl causes . --data questions.jsonl"))
    .action(verb(async () => (await import("./causes.ts")).causes));
  program
    .command("loop")
    .argument("[app]", "the app: its folder or file", ".")
    .description("from users' reactions to a better release, or to the reason why not; exit 1 where it is refused")
    .option("--minutes <n>", "the whole budget", Number, 60)
    .option("--seed <n>", "of simulated users", Number, 1)
    .option("--report <file>", "write the story (Markdown)")
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", example("pawl loop . --minutes 60"))
    .action(verb(async () => (await import("./loop.ts")).loop));
  withApp(program.command("check"))
    .description("is the edit worse than what is live? exit 0 no, 1 yes or cannot tell")
    .option("--data <file>", "a dataset file; none: the app's own dataset")
    .option("--against <release>", "what to compare with", "live")
    .option("--undecided <exit>", "`pass` lets what cannot be told pass", "fail")
    .option("--report <file>", "write the report for a pull request (Markdown)")
    .addHelpText("after", example("pawl check --report check.md"))
    .action(verb(async () => (await import("./check.ts")).check));
  withApp(program.command("ship"))
    .description("make the edit live, if it gains on something and loses nothing")
    .option("--data <file>", "a dataset file; none: the app's own dataset")
    .option("--no-worse", "ship without a gain, where nothing is worse")
    .option("--overrule <reason>", "ship whatever the gate says; the reason is kept")
    .option("--by <name>", "who decides")
    .option("--adopt", "serve what pawl.lock.json says, where this host served another release")
    .addHelpText("after", example("pawl ship"))
    .action(verb(async () => (await import("./check.ts")).ship));
  withApp(program.command("rollback"))
    .description("make the release before live again")
    .option("--release <id>", "a release by its id")
    .option("--reason <text>", "why; it is kept")
    .addHelpText("after", example("pawl rollback"))
    .action(verb(async () => (await import("./check.ts")).rollback));
  withApp(
    program
      .command("bench")
      .argument("<component>", "`retrieval` or `answers`")
      .argument("<path>", "the user's own folder (BEIR layout, for retrieval) or file (JSONL, for answers)"),
  )
    .description("measure a component on your own data")
    .option("--arms <names>", "of answers: `bare`, `default`, `reader`, with commas between; all where none is named")
    .addHelpText("after", example("pawl bench retrieval ./scifact\n  $ pawl bench answers ./questions.jsonl"))
    .action(verb(async () => (await import("./bench.ts")).bench));

  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    drawError(error);
    return 2;
  }
}

function example(line: string): string {
  return `\nExample:\n  $ ${line}`;
}
