export type { CallControls, ClientOptions } from "./calls.js";
export { Client } from "./client.js";
export type { Source } from "./content.js";
export { type Reason, SncgateError, TransportError, type Violation } from "./error.js";
export * as pb from "./pb.js";
export { isFinished, Tasks } from "./tasks.js";
export type { Keep } from "./session.js";
export { anyOf, condition, encoded, type QueryLike, where } from "./query.js";
export { Code } from "@connectrpc/connect";
