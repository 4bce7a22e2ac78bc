import { Select } from "@base-ui/react/select";
import { Check, ChevronDown } from "lucide-react";

type Option = { value: string; label: string };
type Props = { label: string; value: string; options: readonly Option[]; onPick: (value: string) => void };

/** One of a few. The button says what it is about and what is chosen. */
export function Pick({ label, value, options, onPick }: Props) {
  return (
    <Select.Root
      value={value}
      onValueChange={(next: string | null) => next !== null && onPick(next)}
      items={[...options]}
    >
      <Select.Trigger
        aria-label={label}
        className="flex h-8 shrink-0 items-center gap-1 rounded border border-line-strong bg-raised px-2 text-13 text-ink-2 hover:bg-hover"
      >
        <Select.Value />
        <Select.Icon>
          <ChevronDown size={14} className="text-ink-3" aria-hidden />
        </Select.Icon>
      </Select.Trigger>
      <Select.Portal>
        <Select.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50">
          <Select.Popup className="fade-in min-w-(--anchor-width) rounded border border-line-strong bg-raised p-1 shadow-lg outline-none">
            {options.map((option) => (
              <Select.Item
                key={option.value}
                value={option.value}
                className="grid h-8 cursor-pointer grid-cols-[16px_1fr] items-center gap-2 rounded-[4px] pr-3 pl-2 text-13 outline-none data-highlighted:bg-hover"
              >
                <Select.ItemIndicator className="col-start-1">
                  <Check size={14} aria-hidden />
                </Select.ItemIndicator>
                <Select.ItemText className="col-start-2">{option.label}</Select.ItemText>
              </Select.Item>
            ))}
          </Select.Popup>
        </Select.Positioner>
      </Select.Portal>
    </Select.Root>
  );
}
