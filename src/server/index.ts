export { type Client, ClientError, type ClientOptions, createClient } from "./client.ts";
export { type Contract, contract } from "./contract.ts";
