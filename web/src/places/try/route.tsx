import { createLazyRoute } from "@tanstack/react-router";
import { Try } from "./try.tsx";

export const Route = createLazyRoute("/try")({ component: Try });
