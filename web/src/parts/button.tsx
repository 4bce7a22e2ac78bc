import type { ComponentProps } from "react";

const looks = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong disabled:bg-hover disabled:text-ink-3",
  plain: "border border-line-strong bg-raised text-ink hover:bg-hover disabled:text-ink-3",
  quiet: "text-ink-2 hover:bg-hover hover:text-ink disabled:text-ink-3",
} as const;

export type Look = keyof typeof looks;

export const buttonClass = (look: Look): string =>
  `inline-flex h-8 shrink-0 items-center justify-center gap-2 rounded px-3 font-medium text-13 transition-colors disabled:cursor-default ${looks[look]}`;

/** A square button that is only a picture: 32 px, or 28 px in tight rows. */
export const iconClass = (size: "normal" | "small" = "normal"): string =>
  `inline-flex shrink-0 items-center justify-center rounded text-ink-3 transition-colors hover:bg-hover hover:text-ink aria-pressed:text-accent-ink disabled:opacity-50 ${size === "small" ? "size-7" : "size-8"}`;

export function Button({ look = "plain", className = "", ...rest }: ComponentProps<"button"> & { look?: Look }) {
  return <button type="button" className={`${buttonClass(look)} ${className}`} {...rest} />;
}

/** Its name is read aloud and shown at hover. */
export function IconButton({
  label,
  size,
  ...rest
}: Omit<ComponentProps<"button">, "aria-label"> & { label: string; size?: "small" }) {
  return <button type="button" aria-label={label} title={label} className={iconClass(size)} {...rest} />;
}
