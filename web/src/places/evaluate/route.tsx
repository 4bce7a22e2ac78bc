import { createLazyRoute } from "@tanstack/react-router";
import { Evaluate } from "./evaluate.tsx";

export const Route = createLazyRoute("/evaluate")({ component: Evaluate });
