import { createLazyRoute } from "@tanstack/react-router";
import { Improve } from "./improve.tsx";

export const Route = createLazyRoute("/improve")({ component: Improve });
