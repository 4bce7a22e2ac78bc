import { fromProblem, PawlError } from "#kernel";
import { connect } from "./connect.ts";
import { print, progressDrawer, table } from "./draw.ts";

/** `pawl models`: what there is; `pawl models pull MODEL`: fetches and verifies its files. */
export async function models(
  action: string,
  model: string | undefined,
  options: { app: string; json?: boolean },
): Promise<number> {
  if (action !== "list" && action !== "pull") {
    throw new PawlError("bad-request", `pawl models does not know "${action}".`, {
      hint: "Use `list` or `pull MODEL`.",
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
