import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "./generated/google/rpc/error_details_pb.js";
import { ErrorReason } from "./generated/sncgate/v1/error_reason_pb.js";

/** The reasons of the gateway, as "TABLE_UNKNOWN"; docs/errors.md explains each. */
export type Reason = Exclude<keyof typeof ErrorReason, "UNSPECIFIED">;

/** A faulty field of a request. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

/** Why a call failed. Its message is for people: decide by `reason` and `code`. */
export class SncgateError extends Error {
  override readonly name: string = "SncgateError";
  /** What kind of failure it is. */
  readonly code: Code;
  /**
   * Exactly what failed. Empty where the gateway itself did not answer; a text that this type does not list where the
   * gateway is newer than this client.
   */
  readonly reason: Reason | "";
  /** What error_reason.proto lists for the reason: the table, the unknown fields and so on. */
  readonly metadata: Readonly<Record<string, string>>;
  /** How many milliseconds the gateway asks to wait. Undefined where it does not say. */
  readonly retryAfterMs: number | undefined;
  /** The request's faulty fields. */
  readonly violations: readonly Violation[];
  /** Where a stream goes on: send it in the next request. Empty: from the start. */
  readonly resumeToken: string;
  readonly #local: boolean;

  constructor(from: ConnectError, options: { reason?: Reason; resumeToken?: string; local?: boolean } = {}) {
    const info = from.findDetails(ErrorInfoSchema)[0];
    const reason = options.reason ?? ((info?.reason ?? "") as Reason | "");
    const words = from.rawMessage || Code[from.code];
    super(reason === "" ? words : `${words} (${reason})`, { cause: from });
    this.code = from.code;
    this.reason = reason;
    this.metadata = { ...info?.metadata };
    const delay = from.findDetails(RetryInfoSchema)[0]?.retryDelay;
    this.retryAfterMs = delay && Number(delay.seconds) * 1000 + delay.nanos / 1e6;
    this.violations = from
      .findDetails(BadRequestSchema)
      .flatMap((bad) => bad.fieldViolations.map(({ field, description }) => ({ field, description })));
    this.resumeToken = options.resumeToken || this.metadata["resume_token"] || "";
    this.#local = options.local ?? false;
  }

  /** Whether the same call may go well later. Says nothing of whether it is safe to send it again. */
  get retryable(): boolean {
    switch (this.code) {
      case Code.Unavailable:
        // It sleeps until a person wakes it.
        return this.reason !== "INSTANCE_HIBERNATING";
      case Code.ResourceExhausted:
        // Without a time to wait, it is a limit that waiting does not change; a quota of a day takes until tomorrow.
        return this.retryAfterMs !== undefined && this.reason !== "ROW_QUOTA_EXCEEDED";
      case Code.Unknown:
      case Code.Internal:
      case Code.Aborted:
        // The connection broke, and nobody sent a status: the gateway's own always tell a reason.
        return this.reason === "" && !this.#local;
      default:
        return false;
    }
  }

  /** What a call threw. */
  static from(thrown: unknown): SncgateError {
    return thrown instanceof SncgateError ? thrown : new SncgateError(ConnectError.from(thrown));
  }

  /** A failure that this side found. */
  static local(code: Code, message: string, reason?: Reason): SncgateError {
    return new SncgateError(new ConnectError(message, code), reason ? { reason, local: true } : { local: true });
  }

  /** The same with the token of the last page, where the gateway could not send one. */
  resumable(token: string): SncgateError {
    if (token === "" || !(this.cause instanceof ConnectError)) return this;
    return new SncgateError(this.cause, { resumeToken: token, local: this.#local });
  }
}

/** The transport cannot do what was asked: over grpc-web, a browser cannot stream to the gateway. */
export class TransportError extends SncgateError {
  override readonly name: string = "TransportError";

  constructor(method: string) {
    const why = "a browser cannot stream requests over grpc-web; use createMany or updateMany, or call it from Node";
    super(new ConnectError(`${method}: ${why}`, Code.Unimplemented), { local: true });
  }
}
