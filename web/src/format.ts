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

/** A metric's value in its unit: `83.4 %`, `0.612`, `1.24 s`, `$0.0012`. Minus is U+2212, as wide as a digit. */
export function figure(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return "–";
  return (value < 0 ? "−" : "") + magnitude(Math.abs(value), unit);
}

/** A difference of two values, with its sign; of shares in percentage points. */
export function change(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return "–";
  return (value > 0 ? "+" : "") + figure(value, unit === "share" ? "points" : unit);
}

/** The 95 % interval of a value or a difference: `−5.1 to 1.2`. */
export function interval(low: number | null, high: number | null, unit: string): string {
  if (low === null || high === null) return "–";
  if (unit !== "share" && unit !== "points") return `${figure(low, unit)} to ${figure(high, unit)}`;
  return `${figure(low, "bare")} to ${figure(high, "bare")}`;
}

function magnitude(value: number, unit: string): string {
  switch (unit) {
    case "share":
      return `${(100 * value).toFixed(1)} %`;
    case "points":
      return `${(100 * value).toFixed(1)} points`;
    case "bare":
      return (100 * value).toFixed(1);
    case "ms":
      return value === 0 ? "0 ms" : duration(value);
    case "usd":
      return usd(value);
    case "tokens":
      return value < 100 ? String(Number(value.toFixed(1))) : count(Math.round(value));
    default:
      return value.toFixed(3);
  }
}

/** US dollars: cents from a dollar on, two significant digits below. */
export const usd = (value: number): string =>
  value === 0 ? "$0" : value >= 1 ? `$${value.toFixed(2)}` : `$${Number(value.toPrecision(2))}`;
