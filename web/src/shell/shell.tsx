import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { Monitor, Moon, Search, Sun } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useKeys } from "../parts/browser.ts";
import { IconButton } from "../parts/button.tsx";
import { Toasts } from "../parts/toasts.tsx";
import { places } from "./places.ts";
import { AppTrouble, Status } from "./status.tsx";
import { setTheme, themes, useTheme } from "./theme.ts";

const loadPalette = () => import("./palette.tsx").then((module) => ({ default: module.Palette }));
const loadKeysHelp = () => import("./keys-help.tsx").then((module) => ({ default: module.KeysHelp }));
const Palette = lazy(loadPalette);
const KeysHelp = lazy(loadKeysHelp);

/** The frame of every place: the rail (a bar on a phone), the status, and what opens over everything. */
export function Shell() {
  const [open, setOpen] = useState<"palette" | "keys" | null>(null);
  const navigate = useNavigate();
  const going = useRef(Number.NEGATIVE_INFINITY);

  // Not needed for the first paint, but there when the keys are pressed: what is typed next must not get lost.
  useEffect(() => {
    const timer = setTimeout(() => Promise.all([loadPalette(), loadKeysHelp()]).catch(() => {}), 500); // tried again when opened
    return () => clearTimeout(timer);
  }, []);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setOpen((now) => (now === "palette" ? null : "palette"));
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  // `g` then a place's letter, within a second: before the place's own keys, which may be the same letters.
  useKeys({
    "?": () => setOpen("keys"),
    g: () => {
      going.current = performance.now();
    },
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const place = places.find(({ key }) => key === event.key);
      const isGoing = performance.now() - going.current < 1000;
      if (event.key !== "g") going.current = Number.NEGATIVE_INFINITY;
      if (!isGoing || !place) return;
      event.preventDefault();
      void navigate({ to: place.to, search: {} });
    };
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  }, [navigate]);

  return (
    <div className="flex h-full flex-col md:flex-row">
      <Rail onSearch={() => setOpen("palette")} />
      <main className="relative flex min-h-0 min-w-0 flex-1 flex-col">
        <AppTrouble />
        <Outlet />
      </main>
      <BottomBar />
      <Toasts />
      <Suspense>
        {open === "palette" && <Palette onClose={() => setOpen(null)} onKeys={() => setOpen("keys")} />}
        {open === "keys" && <KeysHelp onClose={() => setOpen(null)} />}
      </Suspense>
    </div>
  );
}

function Rail({ onSearch }: { onSearch: () => void }) {
  return (
    <header className="flex h-12 shrink-0 items-center gap-4 border-line border-b bg-panel px-4 md:h-full md:w-52 md:flex-col md:items-stretch md:gap-0 md:border-r md:border-b-0 md:px-3 md:py-3">
      <Link to="/try" search={{}} className="flex h-8 items-center gap-2 rounded md:px-2">
        <img src="/mark.svg" alt="" width={20} height={20} />
        <span className="font-semibold text-14">pawl</span>
      </Link>
      <button
        type="button"
        onClick={onSearch}
        className="ml-auto flex h-8 items-center gap-2 rounded border border-line-strong bg-raised px-2 text-13 text-ink-3 hover:text-ink md:mt-3 md:ml-0"
      >
        <Search size={14} aria-hidden />
        <span className="md:flex-1 md:text-left">Find</span>
        <kbd className="hidden font-sans text-12 md:inline">⌘K</kbd>
      </button>
      <nav aria-label="Places" className="mt-3 hidden flex-col gap-0.5 md:flex">
        {places.map((place) => (
          <Link
            key={place.to}
            to={place.to}
            search={{}}
            className="flex h-8 items-center gap-2 rounded px-2 font-medium text-13 text-ink-2 hover:bg-hover hover:text-ink data-[status=active]:bg-hover data-[status=active]:text-ink"
          >
            <place.icon size={16} aria-hidden />
            {place.name}
          </Link>
        ))}
      </nav>
      <div className="flex min-w-0 items-center gap-2 md:mt-auto md:items-start md:justify-between md:pl-2">
        <div className="min-w-0 max-w-40 md:pt-2">
          <Status />
        </div>
        <ThemeSwitch />
      </div>
    </header>
  );
}

function BottomBar() {
  return (
    <nav aria-label="Places" className="flex h-14 shrink-0 border-line border-t bg-panel md:hidden">
      {places.map((place) => (
        <Link
          key={place.to}
          to={place.to}
          search={{}}
          className="flex flex-1 flex-col items-center justify-center gap-0.5 text-12 text-ink-3 data-[status=active]:text-accent-ink"
        >
          <place.icon size={18} aria-hidden />
          {place.name}
        </Link>
      ))}
    </nav>
  );
}

const themeIcons = { system: Monitor, light: Sun, dark: Moon };

function ThemeSwitch() {
  const theme = useTheme();
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
  const Icon = themeIcons[theme];
  return (
    <IconButton label={`Theme: ${theme}. Change to ${next}`} onClick={() => setTheme(next)}>
      <Icon size={16} aria-hidden />
    </IconButton>
  );
}
