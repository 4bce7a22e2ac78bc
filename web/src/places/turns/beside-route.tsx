import { createLazyRoute } from "@tanstack/react-router";
import { Beside } from "./beside.tsx";

export const Route = createLazyRoute("/turns/beside")({ component: Beside });
