import { useEffect, useRef, useState, useSyncExternalStore } from "react";

/** Whether a media query holds, now and when it changes. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}

/** Room for content and a pane beside each other. */
export const useWide = (): boolean => useMedia("(min-width: 62rem)");

/** A preference of this browser. What is not stored, or damaged, is the default. */
export function useStored<T>(name: string, initial: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => {
    try {
      const stored: unknown = JSON.parse(localStorage.getItem(name) ?? "null");
      return typeof stored === typeof initial ? (stored as T) : initial; // same primitive type as the default
    } catch {
      return initial;
    }
  });
  return [
    value,
    (next) => {
      localStorage.setItem(name, JSON.stringify(next));
      setValue(next);
    },
  ];
}

/** A value that follows another when that has been still for a while. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/**
 * Single keys for the whole page, by `event.key`. They rest while a person types and while a dialog,
 * menu or list that has keys of its own is open.
 */
export function useKeys(keys: Record<string, ((event: KeyboardEvent) => void) | undefined>): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (typing(event.target)) return;
      // Enter belongs to the button or link that has the focus.
      if (event.key === "Enter" && event.target !== document.body) return;
      if (
        document.querySelector(
          // A list that was closed stays in the page, hidden.
          '[role="dialog"]:not([data-pane], [data-toast]), [role="alertdialog"]:not([data-toast]), [role="listbox"]:not([data-inline], [data-closed])',
        )
      )
        return;
      const action = latest.current[event.key];
      if (!action) return;
      event.preventDefault();
      action(event);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
