/**
 * The client of browsers: grpc-web over fetch. Methods that stream to the gateway throw `TransportError`.
 * @module
 */
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import type { ClientOptions } from "./calls.js";
import { Client } from "./client.js";

export * from "./index.js";

/** Makes a client for the gateway at a URL. It connects with the first call. */
export function connect(url: string, options: ClientOptions = {}): Client {
  return new Client(createGrpcWebTransport({ baseUrl: url, useBinaryFormat: true }), options, false);
}
