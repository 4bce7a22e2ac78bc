import { createLazyRoute } from "@tanstack/react-router";
import { Knowledge } from "./knowledge.tsx";

export const Route = createLazyRoute("/knowledge")({ component: Knowledge });
