import { Link } from "@tanstack/react-router";
import { Columns2 } from "lucide-react";
import { buttonClass, iconClass } from "./button.tsx";

/** To two answers side by side; without `right` the other one is chosen there. */
export function BesideLink({ left, right, isIcon = false }: { left: string; right?: string; isIcon?: boolean }) {
  const label = "Side by side with another answer";
  return (
    <Link
      to="/turns/beside"
      search={{ left, right }}
      title={label}
      {...(isIcon ? { "aria-label": label, className: iconClass("small") } : { className: buttonClass("quiet") })}
    >
      <Columns2 size={isIcon ? 16 : 14} aria-hidden />
      {!isIcon && "Side by side"}
    </Link>
  );
}
