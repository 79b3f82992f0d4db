import { Code, ConnectError, type CallOptions, type Transport } from "@connectrpc/connect";
import { Backoff, sleep } from "./backoff.js";
import { SncgateError } from "./error.js";

/** One attempt at a stream lasts no longer, and is then resumed: the gateway bounds every call. */
const LONGEST_ATTEMPT = 3_600_000;

/** How a client connects, and what it sends with each call. */
export interface ClientOptions {
  /** Sent as a bearer token. */
  token?: string;
  /** More headers to send with each call. */
  metadata?: Record<string, string>;
  /** The instance of requests that name none. Otherwise the gateway's default instance. */
  instance?: string;
  /** Bounds each call in milliseconds, its retries included. 60 seconds unless set. */
  deadlineMs?: number;
  /** Bounds a whole stream, its resumes included. Not bounded unless set. */
  streamDeadlineMs?: number;
  /** How often a call is sent again, or a stream resumed without having moved on. 5 unless set; 0 is never. */
  retries?: number;
}

/** What a single call may change. */
export interface CallControls {
  /** Ends the call when it is aborted. */
  signal?: AbortSignal | undefined;
  /** In place of the client's own deadline, or stream deadline. */
  deadlineMs?: number | undefined;
}

/** How calls are sent: headers, deadlines, retries, resumed streams. */
export class Calls {
  readonly headers: Record<string, string>;
  readonly instance: string;
  readonly #deadline: number;
  readonly #streamDeadline: number;
  readonly #retries: number;

  constructor(
    readonly transport: Transport,
    options: ClientOptions,
  ) {
    this.headers = { ...options.metadata };
    if (options.token) this.headers["authorization"] = `Bearer ${options.token}`;
    this.instance = options.instance ?? "";
    this.#deadline = options.deadlineMs ?? 60_000;
    this.#streamDeadline = options.streamDeadlineMs ?? Infinity;
    this.#retries = options.retries ?? 5;
  }

  /** Sends a call, and sends it again where that is safe and may help, all within one deadline. */
  async unary<A>(
    send: (options: CallOptions) => Promise<A>,
    { signal, deadlineMs }: CallControls = {},
    safe = true,
  ): Promise<A> {
    const end = performance.now() + (deadlineMs ?? this.#deadline);
    const backoff = new Backoff(this.#retries);
    for (;;) {
      const left = () => end - performance.now();
      try {
        return await send(this.#options(left(), signal));
      } catch (thrown) {
        const error = SncgateError.from(thrown);
        const pause = safe && error.retryable ? backoff.next(error.retryAfterMs, left()) : undefined;
        if (pause === undefined) throw error;
        await this.#pause(pause, signal);
      }
    }
  }

  /** Calls a listing method until there is no next page. */
  async *pages<P extends { nextPageToken: string }>(
    pageToken: string,
    send: (pageToken: string, options: CallOptions) => Promise<P>,
    controls: CallControls = {},
  ): AsyncGenerator<P> {
    for (let token = pageToken; ; ) {
      const page = await this.unary((options) => send(token, options), controls);
      yield page;
      token = page.nextPageToken;
      if (token === "") return;
    }
  }

  /** The messages of one stream, which ends with the caller's interest in it. */
  async *once<M>(
    open: (options: CallOptions) => AsyncIterable<M>,
    { signal, deadlineMs }: CallControls = {},
  ): AsyncGenerator<M> {
    const done = new AbortController();
    const stop = signal ? AbortSignal.any([signal, done.signal]) : done.signal;
    const { timeoutMs = LONGEST_ATTEMPT, headers } = this.#options(deadlineMs ?? this.#streamDeadline, stop);
    // Not Connect's own timer: it outlives a stream that its caller leaves early, and keeps Node from ending.
    const late = () => done.abort(new ConnectError("the deadline has passed", Code.DeadlineExceeded));
    const timer = setTimeout(late, timeoutMs);
    try {
      yield* open({ signal: stop, headers: { ...headers, "grpc-timeout": `${timeoutMs}m` } });
    } catch (thrown) {
      throw SncgateError.from(thrown);
    } finally {
      clearTimeout(timer);
      done.abort();
    }
  }

  /** The messages of a stream, which `open` opens again where the last one left it. */
  async *resuming<M>(
    open: (options: CallOptions) => AsyncIterable<M>,
    { signal, deadlineMs }: CallControls = {},
  ): AsyncGenerator<M> {
    const end = performance.now() + (deadlineMs ?? this.#streamDeadline);
    const backoff = new Backoff(this.#retries);
    for (;;) {
      let moved = false;
      try {
        for await (const message of this.once(open, { signal, deadlineMs: end - performance.now() })) {
          moved = true;
          backoff.reset();
          yield message;
        }
        return;
      } catch (thrown) {
        const error = SncgateError.from(thrown);
        // An attempt whose time is over is no failure as long as it moves on.
        const goesOn = error.retryable || (moved && error.code === Code.DeadlineExceeded);
        const pause = goesOn ? backoff.next(error.retryAfterMs, end - performance.now()) : undefined;
        if (pause === undefined) throw error;
        await this.#pause(pause, signal);
      }
    }
  }

  #options(left: number, signal: AbortSignal | undefined): CallOptions {
    const timeoutMs = Math.max(1, Math.min(left, LONGEST_ATTEMPT));
    return { timeoutMs: Math.floor(timeoutMs), headers: this.headers, ...(signal ? { signal } : {}) };
  }

  async #pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    await sleep(milliseconds, signal).catch(() => {
      throw SncgateError.local(Code.Canceled, "the caller ended the call");
    });
  }
}

/** A request_id: with it a call can be sent again safely. */
export function newId(): string {
  // Not crypto.randomUUID, which browsers have on secure pages only.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
