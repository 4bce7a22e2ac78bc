import type { ReactNode } from "react";
import { Pick } from "./pick.tsx";

/** A place's views, as links. */
export function Views({ children }: { children: ReactNode }) {
  return (
    <nav aria-label="Views" className="flex shrink-0 gap-4 border-line border-b px-4">
      {children}
    </nav>
  );
}

/** The look of a link to a view; the shown one is `aria-current`. */
export const viewLink =
  "-mb-px border-transparent border-b-2 py-2 font-medium text-13 text-ink-3 hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink";

/** Which app a place shows, where several are served. */
export function AppPick({ app, names, onPick }: { app: string; names: readonly string[]; onPick(app: string): void }) {
  if (names.length < 2) return null;
  return <Pick label="App" value={app} options={names.map((name) => ({ value: name, label: name }))} onPick={onPick} />;
}
