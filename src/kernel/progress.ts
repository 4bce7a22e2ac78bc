/** One report of long work. The command line draws it on stderr, the API streams it as an event. */
export type Progress = {
  /** What is being done, in words a user understands: `downloading smollm2-135m`, `embedding`. */
  task: string;
  /** How much is done, in `unit`s. */
  done: number;
  /** How much there is, when known. */
  total?: number | undefined;
  unit?: "bytes" | "documents" | "chunks" | "pages" | "steps" | "examples" | undefined;
  /** How it stands, said anew with each report: `loss 0.412, 12 min left`. */
  now?: string | undefined;
  /** A note worth keeping on the screen after the work went on. */
  note?: string | undefined;
};

/** Takes progress; never throws, never waits. */
export type Report = (progress: Progress) => void;

export const silent: Report = () => {};
