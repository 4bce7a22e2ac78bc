import { Link } from "@tanstack/react-router";
import { Button, buttonClass } from "../../parts/button.tsx";

export function Empty({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  return (
    <div className="flex flex-col items-start gap-3 p-4 text-13">
      {filtered ? (
        <>
          <p className="text-ink-2">No turn is like that.</p>
          <Button onClick={onClear}>Show all turns</Button>
        </>
      ) : (
        <>
          <p className="text-ink-2">Here is everything that was asked, with how each answer came about.</p>
          <Link to="/try" search={{}} className={buttonClass("primary")}>
            Ask the first question
          </Link>
        </>
      )}
    </div>
  );
}
