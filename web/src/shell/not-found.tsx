import { Link } from "@tanstack/react-router";
import { buttonClass } from "../parts/button.tsx";

export function NotFound() {
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-4 p-8 text-center">
      <h1 className="font-semibold text-20">There is nothing at this address</h1>
      <Link to="/try" search={{}} className={buttonClass("plain")}>
        Ask a question instead
      </Link>
    </div>
  );
}
