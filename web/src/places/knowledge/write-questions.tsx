import { MessageCircleQuestion } from "lucide-react";
import { useState } from "react";
import * as z from "zod";
import { api, type Job } from "../../api.ts";
import { plural } from "../../format.ts";
import { Pick } from "../../parts/pick.tsx";
import { StartJob } from "../../parts/start-job.tsx";
import { PassedOver } from "./passed-over.tsx";

const counts = ["20", "50", "100"];

/** Writes questions from the app's documents and asks them; at its end, what it could not do. */
export function WriteQuestions({ app, isFirst }: { app: string; isFirst: boolean }) {
  const [count, setCount] = useState("20");
  return (
    <StartJob
      app={app}
      kind="questions"
      begin={() => api.writeQuestions({ params: { id: app }, body: { count: Number(count) } })}
      changes={["questions", "gaps", "turns"]}
      label="Writing questions from your documents, and asking them"
      button={
        <>
          <MessageCircleQuestion size={14} aria-hidden />
          {isFirst ? "Write questions and ask them" : "Write and ask again"}
        </>
      }
      isFirst={isFirst}
      isReady={app !== ""}
      stopped="What was written is kept: the same request goes on from there."
      done={(job) => <Outcome job={job} />}
    >
      <Pick
        label="How many questions"
        value={count}
        options={counts.map((value) => ({ value, label: `${value} questions` }))}
        onPick={setCount}
      />
    </StartJob>
  );
}

// A job's result is `unknown` in the contract: each kind has its own.
const Result = z.object({
  questions: z.array(z.unknown()),
  asked: z.array(z.unknown()),
  notes: z.array(z.string()),
});

/** A report without questions is nobody's newest: why there are none is told here. */
function Outcome({ job }: { job: Job }) {
  const result = Result.safeParse(job.result).data;
  if (!result || result.asked.length > 0) return "Done.";
  return (
    <>
      {result.questions.length > 0
        ? `${plural(result.questions.length, "question")} written, and not asked.`
        : "No question could be written from your documents."}
      <PassedOver notes={result.notes} />
    </>
  );
}
