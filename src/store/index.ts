export type { Blobs } from "./blobs.ts";
export type { Hit, Search, SearchFilter } from "./search.ts";
export type { Home, Row, Statement, Store } from "./store.ts";
