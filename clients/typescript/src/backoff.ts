const FIRST = 200;
const LONGEST = 5_000;
/** A peer that asks for more is not waited for: the caller decides. */
const MOST_ASKED = 60_000;

/** How long to wait before the next attempt: exponential, with full jitter, a bounded number of times. */
export class Backoff {
  #used = 0;

  constructor(readonly retries: number) {}

  /** Begins again: something went well. */
  reset(): void {
    this.#used = 0;
  }

  /** The pause in milliseconds, at least what the peer asked for. Undefined where no attempt or no time is left. */
  next(asked = 0, left = Infinity): number | undefined {
    if (this.#used >= this.retries || asked > MOST_ASKED) return undefined;
    const bound = Math.min(FIRST * 2 ** Math.min(this.#used, 16), LONGEST);
    this.#used += 1;
    const pause = asked + Math.random() * bound;
    return pause < left ? pause : undefined;
  }
}

/** Waits; rejects with the signal's reason where it is aborted meanwhile. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
