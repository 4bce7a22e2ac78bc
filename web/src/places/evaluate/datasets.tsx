import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Upload } from "lucide-react";
import { useEffect, useState } from "react";
import { toFailure } from "../../api.ts";
import { finishAdding } from "../../parts/add-example.ts";
import { Button } from "../../parts/button.tsx";
import { CommandLine } from "../../parts/copy.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { DropHint, useFileDrop } from "../../parts/file-drop.tsx";
import { datasetsQuery, queryClient } from "../../queries.ts";
import { Examples } from "./examples.tsx";
import { ImportDialog } from "./import-dialog.tsx";
import { ImportReport, type Report } from "./import-report.tsx";

const route = getRouteApi("/evaluate");

/** What releases are compared on. */
export function Datasets({ app }: { app: string }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error } = useQuery(datasetsQuery(app));
  const [files, setFiles] = useState<readonly File[]>([]);
  const [report, setReport] = useState<Report | null>(null);
  useEffect(finishAdding, []);
  const drop = useFileDrop(setFiles);
  const [file] = files;
  const datasets = data?.datasets ?? [];
  const chosen = datasets.find(({ dataset }) => dataset === search.dataset) ?? datasets[0];
  const importButton = (
    <Button onClick={drop.choose} disabled={app === ""}>
      <Upload size={14} aria-hidden />
      Import a file
    </Button>
  );
  return (
    <div className="relative flex min-h-0 flex-1 flex-col" {...drop.dropTarget}>
      <DropHint drop={drop}>Drop a file of examples to import it</DropHint>
      {drop.input}
      {report && <ImportReport report={report} onClose={() => setReport(null)} />}
      {error ? (
        <div className="p-4">
          <FailureNote failure={toFailure(error)} />
        </div>
      ) : data && !chosen ? (
        <div className="flex max-w-prose flex-col items-start gap-3 p-4 text-13 text-ink-2">
          <p>
            A dataset holds questions with the answers they should get. Drop a file here, press e on a turn, or import
            from the terminal:
          </p>
          <CommandLine command="pawl import questions.jsonl" />
          {importButton}
        </div>
      ) : (
        <Examples
          key={chosen?.id}
          datasets={datasets}
          dataset={chosen}
          importButton={importButton}
          onDataset={(dataset) => navigate({ search: (now) => ({ view: "datasets", app: now.app, dataset }) })}
        />
      )}
      {file && (
        <ImportDialog
          key={`${file.name} ${file.lastModified}`}
          app={app}
          file={file}
          datasets={datasets}
          onClose={() => setFiles(files.slice(1))}
          onDone={(imported) => {
            setReport({ file: file.name, imported });
            setFiles(files.slice(1));
            for (const key of ["datasets", "examples"]) void queryClient.invalidateQueries({ queryKey: [key] });
            void navigate({ search: (now) => ({ view: "datasets", app: now.app, dataset: imported.dataset }) });
          }}
        />
      )}
    </div>
  );
}
