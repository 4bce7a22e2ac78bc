import { useEffect, useSyncExternalStore } from "react";
import { useMedia } from "../parts/browser.ts";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

// The same key as in public/theme.js, which sets the theme before the first paint.
const name = "pawl.theme";
const listeners = new Set<() => void>();

const chosen = (): Theme => themes.find((theme) => theme === localStorage.getItem(name)) ?? "system";

export function setTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(name);
  else localStorage.setItem(name, theme);
  for (const listener of listeners) listener();
}

/** The chosen theme; keeps the page in it. */
export function useTheme(): Theme {
  const theme = useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, chosen);
  const systemDark = useMedia("(prefers-color-scheme: dark)");
  const shown = theme === "system" ? (systemDark ? "dark" : "light") : theme;
  useEffect(() => {
    document.documentElement.dataset.theme = shown;
  }, [shown]);
  return theme;
}
