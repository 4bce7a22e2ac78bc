import { createLazyRoute } from "@tanstack/react-router";

export const Route = createLazyRoute("/knowledge")({ component: () => null });
