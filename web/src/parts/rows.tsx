// biome-ignore-all lint/a11y/useSemanticElements: rows that are placed by transform cannot be a table; this is ARIA's grid
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names its active row
import { useElementScrollRestoration } from "@tanstack/react-router";
import { type ColumnDef, metaHelper, tableFeatures, useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useKeys } from "./browser.ts";

/** How a column takes its place: its grid track, and the list's width in pixels from which it is shown. */
type ColumnLook = { track: string; from?: number; end?: true };
export const rowFeatures = tableFeatures({ columnMeta: metaHelper<ColumnLook>() });
export type Columns<T extends object> = ColumnDef<typeof rowFeatures, T>[];

type Props<T extends object> = {
  /** Names the list for readers of the screen, and keeps its scroll. */
  label: string;
  columns: Columns<T>;
  /** A row on a narrow screen, where there is no room for columns. */
  card: (row: T) => ReactNode;
  data: readonly T[];
  keyOf: (row: T) => string;
  selected: string | undefined;
  onOpen: (row: T, how: "open" | "move") => void;
  total: number | undefined;
  loading: boolean;
  hasMore: boolean;
  onMore: () => void;
  empty: ReactNode;
  /** What stands before the list and scrolls away with it. */
  above?: ReactNode;
  /** Keys for the row that j and k have reached. */
  keys?: Record<string, (row: T) => void> | undefined;
};

const rowHeight = 40;
const cardHeight = 68;
const narrow = 560;

/** A long list: virtual rows, more by cursor, j/k/arrows and Enter. While one is open, moving opens the next. */
export function Rows<T extends object>(props: Props<T>) {
  const { label, columns, card, data, keyOf, selected, onOpen, total, loading, hasMore, onMore, empty } = props;
  const own = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const headHeight = useHeight(head);
  const width = useWidth(scroller);
  const cards = width < narrow;
  const shown = useMemo(() => columns.filter((column) => width >= (column.meta?.from ?? 0)), [columns, width]);
  const table = useTable({ features: rowFeatures, columns: shown, data, getRowId: keyOf });
  const rows = table.getRowModel().rows;
  const restored = useElementScrollRestoration({ id: label });
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (cards ? cardHeight : rowHeight),
    overscan: 12,
    initialOffset: restored?.scrollY ?? 0,
    scrollMargin: headHeight,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: every row has another height now
  useEffect(() => virtual.measure(), [cards]);

  const [touched, setTouched] = useState(-1);
  const [shownLabel, setShownLabel] = useState(label);
  if (shownLabel !== label) {
    // Another list in the same place.
    setShownLabel(label);
    setTouched(-1);
  }
  const open = selected === undefined ? -1 : data.findIndex((row) => keyOf(row) === selected);
  const active = open >= 0 ? open : Math.min(touched, data.length - 1);
  const move = (step: number) => {
    const next = Math.max(0, Math.min(data.length - 1, active + step));
    const row = data[next];
    if (!row) return;
    setTouched(next);
    virtual.scrollToIndex(next);
    if (selected !== undefined) onOpen(row, "move");
  };
  const openActive = () => {
    const row = data[active];
    if (row) onOpen(row, "open");
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: openActive,
    ...Object.fromEntries(
      Object.entries(props.keys ?? {}).map(([key, action]) => {
        const row = data[active];
        return [key, row && (() => action(row))];
      }),
    ),
  });

  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastShown >= rows.length - 30) onMore();
  }, [hasMore, lastShown, rows.length, onMore]);

  const tracks = { gridTemplateColumns: shown.map((column) => column.meta?.track ?? "1fr").join(" ") };
  return (
    <div
      ref={scroller}
      data-scroll-restoration-id={label}
      className="min-h-0 flex-1 overflow-y-auto outline-accent has-[>[role=grid]:focus-visible]:outline-2 has-[>[role=grid]:focus-visible]:-outline-offset-2"
    >
      <div ref={head}>{props.above}</div>
      <div
        role="grid"
        aria-label={label}
        aria-rowcount={total ?? -1}
        aria-busy={loading}
        aria-activedescendant={active >= 0 ? `${own}row-${active}` : undefined}
        tabIndex={0}
        onKeyDown={(event) => {
          if (event.target !== event.currentTarget) return;
          const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
          if (step !== undefined) move(step);
          else if (event.key === "Enter") openActive();
          else return;
          event.preventDefault();
        }}
        className="outline-none"
      >
        {!cards && (
          <div role="rowgroup" className="sticky top-0 z-10 border-line border-b bg-ground">
            {table.getHeaderGroups().map((group) => (
              <div key={group.id} role="row" className="grid h-8 items-center gap-4 px-4" style={tracks}>
                {group.headers.map((header) => (
                  <div
                    key={header.id}
                    role="columnheader"
                    className={`truncate text-12 text-ink-3 ${header.column.columnDef.meta?.end ? "text-right" : ""}`}
                  >
                    <table.FlexRender header={header} />
                  </div>
                ))}
              </div>
            ))}
          </div>
        )}
        {loading ? (
          <Waiting height={cards ? cardHeight : rowHeight} />
        ) : rows.length === 0 ? (
          <div role="row">
            <div role="gridcell">{empty}</div>
          </div>
        ) : (
          <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const row = rows[item.index];
              if (!row) return null;
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
                <div
                  key={row.id}
                  id={`${own}row-${item.index}`}
                  role="row"
                  aria-rowindex={item.index + 2}
                  aria-selected={item.index === active}
                  data-row={row.id}
                  onClick={() => {
                    setTouched(item.index);
                    onOpen(row.original, "open");
                  }}
                  className={`absolute inset-x-0 cursor-pointer border-line border-b px-4 hover:bg-hover ${item.index === active ? "bg-hover shadow-[inset_2px_0_0_var(--accent)]" : ""} ${cards ? "" : "grid items-center gap-4"}`}
                  style={{
                    height: item.size,
                    transform: `translateY(${item.start - headHeight}px)`,
                    ...(cards ? {} : tracks),
                  }}
                >
                  {cards ? (
                    <div role="gridcell" className="flex h-full flex-col justify-center">
                      {card(row.original)}
                    </div>
                  ) : (
                    row.getAllCells().map((cell) => (
                      <div
                        key={cell.id}
                        role="gridcell"
                        className={`min-w-0 truncate text-13 ${cell.column.columnDef.meta?.end ? "tabular text-right" : ""}`}
                      >
                        <table.FlexRender cell={cell} />
                      </div>
                    ))
                  )}
                </div>
              );
            })}
          </div>
        )}
      </div>
    </div>
  );
}

function Waiting({ height }: { height: number }) {
  return (
    <div role="row">
      <div role="gridcell" aria-label="Loading">
        {Array.from({ length: 12 }, (_, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: placeholders are all alike
          <div key={at} className="flex items-center border-line border-b px-4" style={{ height }}>
            <div className="skeleton h-3" style={{ width: `${55 - ((at * 7) % 30)}%` }} />
          </div>
        ))}
      </div>
    </div>
  );
}

function useHeight(element: { current: HTMLElement | null }): number {
  const [height, setHeight] = useState(0);
  useLayoutEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setHeight(entry.contentRect.height));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return height;
}

function useWidth(element: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(() => window.innerWidth);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
