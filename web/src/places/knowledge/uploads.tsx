import { Upload, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { api, type Failure, toFailure } from "../../api.ts";
import { plural } from "../../format.ts";
import { Button, IconButton } from "../../parts/button.tsx";
import { DropHint, type FileDrop, useFileDrop } from "../../parts/file-drop.tsx";
import { queryClient } from "../../queries.ts";

type OneUpload = { key: string; name: string; state: "sending" | "added" | "failed"; text: string; failure?: Failure };
export type UploadState = {
  list: readonly OneUpload[];
  drop: FileDrop;
  clear: () => void;
  button: ReactNode;
};

/** Files that are chosen or dropped, sent one after the other. */
export function useUploads(app: string | undefined): UploadState {
  const [list, setList] = useState<readonly OneUpload[]>([]);

  const put = (one: OneUpload) =>
    setList((now) =>
      now.some(({ key }) => key === one.key) ? now.map((old) => (old.key === one.key ? one : old)) : [...now, one],
    );
  const send = async (files: readonly File[]) => {
    if (!app) return;
    for (const file of files) {
      const one = { key: `${file.name} ${file.lastModified} ${performance.now()}`, name: file.name };
      put({ ...one, state: "sending", text: "Reading" });
      try {
        const result = await api.upload({
          query: { app, path: file.name },
          bytes: file,
          contentType: file.type || "application/octet-stream",
        });
        if (result.status === "refused") {
          const failure = {
            code: result.code ?? "refused",
            message: result.message ?? "It was refused.",
            hint: result.hint,
          };
          put({ ...one, state: "failed", text: "Refused", failure });
        } else {
          put({ ...one, state: "added", text: `${result.status}, ${plural(result.chunks, "chunk")}` });
        }
      } catch (error) {
        put({ ...one, state: "failed", text: "Refused", failure: toFailure(error) });
      }
    }
    for (const key of ["documents", "document", "knowledge", "search", "gaps"]) {
      void queryClient.invalidateQueries({ queryKey: [key] });
    }
  };
  const drop = useFileDrop((files) => void send(files));
  return {
    list,
    drop,
    clear: () => setList([]),
    button: (
      <>
        {drop.input}
        <Button onClick={drop.choose} disabled={!app}>
          <Upload size={14} aria-hidden />
          Add files
        </Button>
      </>
    ),
  };
}

/** What became of the files, and the place to drop more. */
export function Uploads({ uploads }: { uploads: UploadState }) {
  return (
    <>
      <DropHint drop={uploads.drop}>Drop files to add them</DropHint>
      {uploads.list.length > 0 && (
        <ul
          aria-label="Added files"
          aria-live="polite"
          className="max-h-40 shrink-0 overflow-y-auto border-line border-b px-4 py-2 text-13"
        >
          <li className="float-right">
            <IconButton size="small" label="Clear this list" onClick={uploads.clear}>
              <X size={14} aria-hidden />
            </IconButton>
          </li>
          {uploads.list.map((one) => (
            <li key={one.key} className="flex min-h-7 flex-wrap items-baseline gap-x-3">
              <span className="font-medium">{one.name}</span>
              <span className={one.state === "failed" ? "text-bad" : "text-ink-2"}>{one.text}</span>
              {one.failure && (
                <span className="text-ink-2">
                  {one.failure.message} {one.failure.hint} <span className="font-mono text-12">{one.failure.code}</span>
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
