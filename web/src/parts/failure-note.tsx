import { TriangleAlert } from "lucide-react";
import { type ReactNode, useState } from "react";
import { api, type Failure } from "../api.ts";
import { queryClient } from "../queries.ts";
import { Button } from "./button.tsx";

/** An error in its place: what was wrong, what to do, the code, and the way on. */
export function FailureNote({ failure, children }: { failure: Failure; children?: ReactNode }) {
  return (
    <div role="alert" className="fade-in flex gap-3 rounded border border-line bg-bad-soft p-3 text-13">
      <TriangleAlert size={16} className="mt-0.5 shrink-0 text-bad" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="text-ink">{failure.message}</p>
        {failure.hint && <p className="mt-1 text-ink-2">{failure.hint}</p>}
        <p className="mt-1 font-mono text-12 text-ink-2">{failure.code}</p>
        {failure.code === "unauthorized" && <KeyField />}
        {children && <div className="mt-3 flex flex-wrap gap-2">{children}</div>}
      </div>
    </div>
  );
}

function KeyField() {
  const [key, setKey] = useState("");
  return (
    <form
      className="mt-3 flex gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        api.setKey(key.trim());
        void queryClient.invalidateQueries();
      }}
    >
      <input
        type="password"
        aria-label="Key of this server"
        placeholder="Key of this server"
        autoComplete="off"
        value={key}
        onChange={(event) => setKey(event.target.value)}
        className="h-8 min-w-0 flex-1 rounded border border-line-strong bg-ground px-2 text-13"
      />
      <Button type="submit" disabled={key.trim() === ""}>
        Use it
      </Button>
    </form>
  );
}
