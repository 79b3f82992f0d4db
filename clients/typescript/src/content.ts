import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { sha256 } from "@noble/hashes/sha2";
import { bytesToHex } from "@noble/hashes/utils";
import { SncgateError } from "./error.js";
import type { Attachment } from "./generated/sncgate/v1/attachment_pb.js";
import {
  type DownloadAttachmentResponse,
  type UploadAttachmentRequest,
  UploadAttachmentRequestSchema,
  type UploadHeader,
} from "./generated/sncgate/v1/attachment_service_pb.js";

const CHUNK_BYTES = 256 * 1024;

/** Where the content of an attachment comes from. */
export type Source = Uint8Array | Blob | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** The size of a source, where it tells. */
export function sizeOf(source: Source): bigint | undefined {
  if (source instanceof Uint8Array) return BigInt(source.byteLength);
  return source instanceof Blob ? BigInt(source.size) : undefined;
}

/** What goes out, and the hash of it. */
export class Sent {
  readonly #sum = sha256.create();

  async *messages(header: UploadHeader, source: Source): AsyncGenerator<UploadAttachmentRequest> {
    yield create(UploadAttachmentRequestSchema, { part: { case: "header", value: header } });
    for await (const piece of pieces(source)) {
      for (let start = 0; start < piece.byteLength; start += CHUNK_BYTES) {
        const value = piece.subarray(start, start + CHUNK_BYTES);
        this.#sum.update(value);
        yield create(UploadAttachmentRequestSchema, { part: { case: "chunk", value } });
      }
    }
  }

  checked(attachment: Attachment): Attachment {
    return same(attachment, bytesToHex(this.#sum.digest()));
  }
}

/** What came, where to go on, and whether it is whole. */
export class Received {
  attachment: Attachment | undefined;
  readonly #sum = sha256.create();
  readonly #whole: boolean;

  constructor(public offset: bigint) {
    this.#whole = offset === 0n;
  }

  /** The next bytes, if the message has any. */
  take({ part }: DownloadAttachmentResponse): Uint8Array | undefined {
    if (part.case === "attachment") {
      if (this.attachment && this.attachment.sha256 !== part.value.sha256) {
        throw SncgateError.local(Code.Aborted, "the attachment changed while it was read");
      }
      this.attachment = part.value;
    }
    if (part.case !== "chunk") return undefined;
    this.offset += BigInt(part.value.byteLength);
    this.#sum.update(part.value);
    return part.value;
  }

  /** Throws where something is missing, or is not what the instance has. */
  finish(): Attachment {
    if (this.attachment?.sizeBytes !== this.offset) {
      const message = `${this.offset} bytes came, and ${this.attachment?.sizeBytes ?? "none"} were announced`;
      throw SncgateError.local(Code.DataLoss, message, "CONTENT_MISMATCH");
    }
    return this.#whole ? same(this.attachment, bytesToHex(this.#sum.digest())) : this.attachment;
  }
}

function pieces(source: Source): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (source instanceof Uint8Array) return [source];
  return source instanceof Blob ? blobPieces(source) : source;
}

async function* blobPieces(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < blob.size; start += CHUNK_BYTES) {
    yield new Uint8Array(await blob.slice(start, start + CHUNK_BYTES).arrayBuffer());
  }
}

function same(attachment: Attachment, actual: string): Attachment {
  if (attachment.sha256 !== "" && attachment.sha256 !== actual) {
    const message = `the content has the hash ${actual}, and the instance's has ${attachment.sha256}`;
    throw SncgateError.local(Code.DataLoss, message, "CONTENT_MISMATCH");
  }
  return attachment;
}
