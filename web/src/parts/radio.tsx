import { Radio } from "@base-ui/react/radio";

export function RadioDot({ value }: { value: string }) {
  return (
    <Radio.Root
      value={value}
      className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-full border border-line-strong bg-ground data-checked:border-accent"
    >
      <Radio.Indicator className="size-2 rounded-full bg-accent" />
    </Radio.Root>
  );
}
