import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useKeys, useSettled } from "./browser.ts";

type Props = { label: string; value: string; onSearch: (value: string) => void; className?: string };

/** A search whose text is the URL's; it follows the typing after a short rest. `/` comes here. */
export function SearchField({ label, value, onSearch, className = "" }: Props) {
  const [text, setText] = useState(value);
  const settled = useSettled(text, 200);
  const told = useRef(value);
  const input = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => input.current?.focus() });
  // The URL changed from elsewhere (back, a link): show that.
  useEffect(() => {
    if (value !== told.current) {
      told.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => {
    if (settled !== told.current) {
      told.current = settled;
      onSearch(settled);
    }
  }, [settled, onSearch]);
  return (
    <div className={`relative min-w-0 ${className}`}>
      <Search size={14} className="pointer-events-none absolute top-2.5 left-2.5 text-ink-3" aria-hidden />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          // The browser would empty the field.
          event.preventDefault();
          input.current?.blur();
        }}
        className="h-8 w-full rounded border border-line-strong bg-raised pr-2 pl-8 text-13 placeholder:text-ink-3"
      />
    </div>
  );
}
