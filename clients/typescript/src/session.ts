import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code, createClient, type Transport } from "@connectrpc/connect";
import { SncgateError } from "./error.js";
import { AuthService } from "./generated/sncgate/v1/auth_service_pb.js";
import type { Tokens } from "./generated/sncgate/v1/session_pb.js";

/** A token that is about to expire is refreshed this long before. */
const AHEAD = 30_000;
const REFRESH_DEADLINE = 20_000;
/** An answer that was lost is given again within the gateway's grace. */
const ATTEMPTS = 2;

/** Is told of a session's next tokens. */
export type Keep = (tokens: Tokens) => void;

/**
 * The credential of a client and its copies: a token as it is, or a session that is kept alive. What it holds is private,
 * so that nothing prints it.
 */
export class Session {
  #token: string;
  #refreshToken: string;
  #expires: number;
  #refreshing: Promise<void> | undefined;
  readonly #keep: Keep | undefined;

  constructor(token = "", refreshToken = "", keep?: Keep) {
    this.#token = token;
    this.#refreshToken = refreshToken;
    this.#keep = keep;
    // Of a refresh token alone nothing is known: the first call uses it.
    this.#expires = refreshToken === "" ? Infinity : 0;
  }

  static of(tokens: Tokens, keep?: Keep): Session {
    const session = new Session("", tokens.refreshToken, keep);
    session.#take(tokens);
    return session;
  }

  /** What the next call carries. */
  get token(): string {
    return this.#token;
  }

  /** Makes sure that the token is good for a while. */
  async prepare(transport: Transport, headers: Record<string, string>): Promise<void> {
    if (this.#refreshToken === "" || Date.now() + AHEAD < this.#expires) return;
    try {
      await this.#refresh(transport, headers, this.#token);
    } catch (thrown) {
      const error = SncgateError.from(thrown);
      // The token that is there does for now.
      if (this.#token === "" || Date.now() >= this.#expires || !error.retryable) throw error;
    }
  }

  /** Refreshes where the gateway did not take the token `used`; whether the call may be sent again. */
  async recover(
    transport: Transport,
    headers: Record<string, string>,
    error: SncgateError,
    used: string,
  ): Promise<boolean> {
    const refused = error.reason === "TOKEN_EXPIRED" || error.reason === "TOKEN_INVALID";
    if (error.code !== Code.Unauthenticated || !refused || this.#refreshToken === "") return false;
    await this.#refresh(transport, headers, used);
    return true;
  }

  /** One refresh at a time: those who need it too wait for the same. */
  #refresh(transport: Transport, headers: Record<string, string>, used: string): Promise<void> {
    if (this.#token !== used) return Promise.resolve();
    this.#refreshing ??= this.#fetch(transport, headers).finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #fetch(transport: Transport, headers: Record<string, string>): Promise<void> {
    const stub = createClient(AuthService, transport);
    for (let attempt = 1; ; attempt++) {
      try {
        const options = { timeoutMs: REFRESH_DEADLINE, headers };
        const { tokens } = await stub.refresh({ refreshToken: this.#refreshToken }, options);
        if (tokens === undefined) throw SncgateError.local(Code.Internal, "the gateway's answer is empty");
        this.#take(tokens);
        this.#keep?.(tokens);
        return;
      } catch (thrown) {
        const error = SncgateError.from(thrown);
        if (attempt === ATTEMPTS || !error.retryable) throw error;
      }
    }
  }

  #take(tokens: Tokens): void {
    this.#token = tokens.accessToken;
    this.#refreshToken = tokens.refreshToken;
    this.#expires = tokens.accessExpireTime ? timestampMs(tokens.accessExpireTime) : 0;
  }
}
