import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { shortId } from "../../format.ts";
import { Pick } from "../../parts/pick.tsx";
import { releasesQuery, type TurnFilter } from "../../queries.ts";

type Props = { filter: TurnFilter; onChange: (part: TurnFilter) => void };

const any = "any";

/** Each filter is a sentence's word: what it says is what is shown. */
export function Filters({ filter, onChange }: Props) {
  const { data } = useQuery(releasesQuery);
  const releases = data?.releases.map(({ id }) => ({ value: id, label: `Release ${shortId(id)}` })) ?? [];
  return (
    <div className="flex min-w-0 flex-wrap gap-2">
      <Choice
        label="Status"
        value={filter.status}
        options={[
          { value: any, label: "Any status" },
          { value: "done", label: "Done" },
          { value: "failed", label: "Failed" },
          { value: "cancelled", label: "Stopped" },
        ]}
        onPick={(status) => onChange({ status })}
      />
      <Choice
        label="Thumb"
        value={filter.thumb}
        options={[
          { value: any, label: "Any thumb" },
          { value: "up", label: "Thumb up" },
          { value: "down", label: "Thumb down" },
          { value: "none", label: "No thumb" },
        ]}
        onPick={(thumb) => onChange({ thumb })}
      />
      <Choice
        label="Answered"
        value={filter.abstained}
        options={[
          { value: any, label: "Answered or not" },
          { value: "false", label: "Answered" },
          { value: "true", label: "No answer found" },
        ]}
        onPick={(abstained) => onChange({ abstained })}
      />
      {releases.length > 1 && (
        <Choice
          label="Release"
          value={filter.release}
          options={[{ value: any, label: "Any release" }, ...releases]}
          onPick={(release) => onChange({ release })}
        />
      )}
      {filter.session && (
        <button
          type="button"
          onClick={() => onChange({ session: undefined })}
          className="flex h-8 items-center gap-1 rounded border border-line-strong px-2 text-13 text-ink-2 hover:bg-hover"
        >
          One conversation <X size={14} aria-label="Remove" />
        </button>
      )}
    </div>
  );
}

function Choice<T extends string>(props: {
  label: string;
  value: T | undefined;
  options: { value: T | typeof any; label: string }[];
  onPick: (value: T | undefined) => void;
}) {
  const { label, value, options, onPick } = props;
  const pick = (next: string) => {
    const option = options.find((one) => one.value === next)?.value;
    onPick(option === undefined || option === any ? undefined : (option as T)); // `any` is excluded by the test
  };
  return <Pick label={label} value={value ?? any} options={options} onPick={pick} />;
}
