import { createLazyRoute } from "@tanstack/react-router";
import { Turns } from "./turns.tsx";

export const Route = createLazyRoute("/turns")({ component: Turns });
