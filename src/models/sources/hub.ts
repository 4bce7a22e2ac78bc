import { download } from "./download.ts";
import { type FetchContext, hubBase, type Source } from "./source.ts";

/** A file in a hub's layout: `BASE/REPOSITORY/resolve/REVISION/FILE`, with `HF_TOKEN` where one is set. */
export async function fetchHub(source: Extract<Source, { kind: "hub" }>, context: FetchContext): Promise<void> {
  const file = source.file.split("/").map(encodeURIComponent).join("/");
  const url = `${hubBase(context.env)}/${source.repository}/resolve/${encodeURIComponent(source.revision)}/${file}`;
  const token = context.env.HF_TOKEN;
  await download(url, token === undefined || token === "" ? {} : { authorization: `Bearer ${token}` }, context);
}
