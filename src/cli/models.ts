import { fromProblem, PawlError } from "#kernel";
import { connect, folderOf } from "./connect.ts";
import { print, progressDrawer, table } from "./draw.ts";

/**
 * `pawl models`: what there is; `pawl models pull MODEL`: fetches and verifies its files; `pawl models disable skills`
 * and `enable skills`: whether apps of this folder use the adapters that pawl ships.
 */
export async function models(
  action: string,
  model: string | undefined,
  options: { app: string; json?: boolean },
): Promise<number> {
  if (action === "enable" || action === "disable") return turnSkills(action === "enable", model, options);
  if (action !== "list" && action !== "pull") {
    throw new PawlError("bad-request", `pawl models does not know "${action}".`, {
      hint: "Use `list`, `pull MODEL`, `enable skills` or `disable skills`.",
    });
  }
  const connection = await connect(options.app, { isReady: false, isAppNeeded: false });
  try {
    if (action === "pull") {
      if (model === undefined)
        throw new PawlError("bad-request", "Which model?", { hint: "pawl models pull local/default" });
      const job = await pull(connection, model);
      if (options.json) print(JSON.stringify(job));
      else print(`${model} is ready.`);
      return 0;
    }
    const { data } = await connection.client.models();
    if (options.json) print(JSON.stringify({ models: data.map(({ id, pawl }) => ({ id, ...pawl })) }));
    else
      print(
        table(
          data.map(({ id, pawl }) => [
            id,
            pawl.kind,
            pawl.state,
            pawl.sizeBytes ? `${(pawl.sizeBytes / 1e6).toFixed(0)} MB` : "",
            pawl.licence ?? "",
            pawl.description.split("\n")[0]?.slice(0, 60) ?? "",
          ]),
        ),
      );
    return 0;
  } finally {
    await connection.close();
  }
}

async function pull({ client }: Awaited<ReturnType<typeof connect>>, model: string) {
  const drawer = progressDrawer();
  try {
    let job = await client.pull({ body: { model } });
    while (job.status === "queued" || job.status === "running") {
      if (job.progress) drawer.report(job.progress);
      await new Promise((done) => setTimeout(done, 200));
      job = await client.job({ params: { id: job.id } });
    }
    if (job.error) throw fromProblem({ ...job.error, title: job.error.message });
    return job;
  } finally {
    drawer.end();
  }
}

/** Written into the data folder: an app meets it when it is loaded next. */
async function turnSkills(
  skills: boolean,
  what: string | undefined,
  options: { app: string; json?: boolean },
): Promise<number> {
  if (what !== "skills") {
    throw new PawlError("bad-request", `pawl models turns skills on and off, not "${what ?? ""}".`, {
      hint: "pawl models disable skills",
    });
  }
  const { readConfig, readSettings, writeSettings } = await import("#host");
  const { folder } = await readConfig({ appFolder: folderOf(options.app), env: process.env });
  await writeSettings(folder, { ...(await readSettings(folder)), skills });
  if (options.json) print(JSON.stringify({ skills }));
  else print(`Skills are ${skills ? "on" : "off"}. A pawl that runs takes it over when its app is loaded next.`);
  return 0;
}
