import { Code, ConnectError, type CallOptions, type Transport } from "@connectrpc/connect";
import { Backoff, sleep } from "./backoff.js";
import { SncgateError } from "./error.js";
import { type Keep, Session } from "./session.js";

/** One attempt at a stream lasts no longer, and is then resumed: the gateway bounds every call. */
const LONGEST_ATTEMPT = 3_600_000;

/** How a client connects, and what it sends with each call. */
export interface ClientOptions {
  /** Sent as a bearer token, as it is. */
  token?: string;
  /** Goes on with a session of an earlier `login`, and keeps it alive. */
  refreshToken?: string;
  /** Gets the session's next tokens whenever there are some: only the last refresh token is good. */
  keep?: Keep;
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
  /** Without the credential. */
  readonly #metadata: Record<string, string>;
  readonly instance: string;
  readonly #deadline: number;
  readonly #streamDeadline: number;
  readonly #retries: number;

  constructor(
    readonly transport: Transport,
    options: ClientOptions,
    readonly session: Session,
  ) {
    this.#metadata = { ...options.metadata };
    this.instance = options.instance ?? "";
    this.#deadline = options.deadlineMs ?? 60_000;
    this.#streamDeadline = options.streamDeadlineMs ?? Infinity;
    this.#retries = options.retries ?? 5;
  }

  /** The token and the metadata. */
  get headers(): Record<string, string> {
    const { token } = this.session;
    return token === "" ? { ...this.#metadata } : { ...this.#metadata, authorization: `Bearer ${token}` };
  }

  /** Makes sure that the session's token is good for a while. */
  prepare(): Promise<void> {
    return this.session.prepare(this.transport, this.#metadata);
  }

  /** Sends a call, and sends it again where that is safe and may help, all within one deadline. */
  async unary<A>(
    send: (options: CallOptions) => Promise<A>,
    { signal, deadlineMs }: CallControls = {},
    safe = true,
  ): Promise<A> {
    const end = performance.now() + (deadlineMs ?? this.#deadline);
    const backoff = new Backoff(this.#retries);
    let recovered = false;
    await this.prepare();
    for (;;) {
      const used = this.session.token;
      const left = () => end - performance.now();
      try {
        return await send(this.#options(left(), signal));
      } catch (thrown) {
        const error = SncgateError.from(thrown);
        // Refused at the door: it had no effect, whatever it is.
        if (!recovered && (await this.#recover(error, used))) {
          recovered = true;
          continue;
        }
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
    await this.prepare();
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
    let recovered = false;
    for (;;) {
      let moved = false;
      let used = this.session.token;
      try {
        await this.prepare();
        used = this.session.token;
        for await (const message of this.once(open, { signal, deadlineMs: end - performance.now() })) {
          moved = true;
          recovered = false;
          backoff.reset();
          yield message;
        }
        return;
      } catch (thrown) {
        const error = SncgateError.from(thrown);
        if (!recovered && (await this.#recover(error, used))) {
          recovered = true;
          continue;
        }
        // An attempt whose time is over is no failure as long as it moves on.
        const goesOn = error.retryable || (moved && error.code === Code.DeadlineExceeded);
        const pause = goesOn ? backoff.next(error.retryAfterMs, end - performance.now()) : undefined;
        if (pause === undefined) throw error;
        await this.#pause(pause, signal);
      }
    }
  }

  #recover(error: SncgateError, used: string): Promise<boolean> {
    return this.session.recover(this.transport, this.#metadata, error, used);
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
