/** Milliseconds as people read them: 0.3 ms, 31 ms, 1.2 s, 2 min 5 s. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  if (ms < 0.1) return "< 0.1 ms";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms % 1000 === 0 ? 0 : ms < 10_000 ? 2 : 1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

const thousands = new Intl.NumberFormat("en", { useGrouping: true });
export const count = (value: number): string => thousands.format(value);

/** `1 document`, `2 documents`. */
export const plural = (value: number, word: string): string => `${count(value)} ${word}${value === 1 ? "" : "s"}`;

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** The time today, else day and time. */
export function when(ms: number, now: number = Date.now()): string {
  return new Date(ms).toDateString() === new Date(now).toDateString() ? clock.format(ms) : day.format(ms);
}
export const exactly = (ms: number): string => full.format(ms);

/** The end of an id: enough to tell two apart in a list. */
export const shortId = (id: string): string => {
  const cut = id.indexOf("_");
  const body = cut < 0 ? id : id.slice(cut + 1);
  return body.length <= 8 ? body : body.slice(-8);
};
