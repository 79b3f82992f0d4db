/**
 * The client of Node: gRPC over HTTP/2, and files.
 * @module
 */
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import type { CallControls, ClientOptions } from "./calls.js";
import { Client } from "./client.js";
import type { Attachment } from "./pb.js";

export * from "./index.js";

/** How Node connects. */
export interface NodeOptions extends ClientOptions {
  /** Certificates in PEM to trust in place of the system's. */
  ca?: string | Uint8Array;
  /** The client's own certificate and its private key in PEM, for a gateway that asks for one. */
  clientCertificate?: { certificate: string | Uint8Array; key: string | Uint8Array };
}

/** A {@link Client} that knows files. `close` it, or a program waits for its connection to become idle. */
export class NodeClient extends Client {
  readonly #sessions: Http2SessionManager;

  constructor(url: string, { ca, clientCertificate, ...options }: NodeOptions = {}) {
    const pem = (text: string | Uint8Array) => (typeof text === "string" ? text : Buffer.from(text));
    const nodeOptions = {
      ...(ca !== undefined && { ca: pem(ca) }),
      ...(clientCertificate && { cert: pem(clientCertificate.certificate), key: pem(clientCertificate.key) }),
    };
    const sessions = new Http2SessionManager(url, { pingIntervalMs: 30_000 }, nodeOptions);
    super(createGrpcTransport({ baseUrl: url, sessionManager: sessions, readMaxBytes: 256 * 1024 * 1024 }), options);
    this.#sessions = sessions;
  }

  /** Attaches a file to a record, under its own name. */
  async uploadFile(table: string, recordSysId: string, path: string, controls: CallControls = {}): Promise<Attachment> {
    const sizeBytes = BigInt((await stat(path)).size);
    const more = { fileName: basename(path), sizeBytes, ...controls };
    return this.upload(table, recordSysId, createReadStream(path), more);
  }

  /** Writes the content of an attachment to a file, which appears only when it is whole. */
  async downloadFile(sysId: string, path: string, controls: CallControls = {}): Promise<Attachment> {
    const folder = await mkdtemp(join(dirname(path), ".download-"));
    try {
      let attachment: Attachment | undefined;
      const download = this.download(sysId, controls);
      async function* chunks() {
        attachment = yield* download;
      }
      const partial = join(folder, "content");
      await pipeline(Readable.from(chunks(), { objectMode: false }), createWriteStream(partial));
      await rename(partial, path);
      return attachment!;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Ends the connection, and the calls that run on it. */
  close(): void {
    this.#sessions.abort();
  }
}

/** Makes a client for the gateway at a URL. It connects with the first call. */
export function connect(url: string, options: NodeOptions = {}): NodeClient {
  return new NodeClient(url, options);
}
