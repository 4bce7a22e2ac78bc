import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { IconButton } from "./button.tsx";

/** Copies a text, and says that it has. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <IconButton size="small" label={done ? "Copied" : label} onClick={copy}>
      {done ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
    </IconButton>
  );
}

/** A command for a terminal, with the means to copy it. */
export function CommandLine({ command }: { command: string }) {
  return (
    <span className="inline-flex max-w-full items-center gap-2 rounded border border-line bg-panel py-0.5 pr-1 pl-3">
      <code className="min-w-0 break-words font-mono text-13">{command}</code>
      <CopyButton text={command} label="Copy the command" />
    </span>
  );
}
