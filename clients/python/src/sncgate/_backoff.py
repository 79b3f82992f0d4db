"""How long to wait before the next attempt: exponential, with full jitter, a bounded number of times."""

from __future__ import annotations

import random

FIRST = 0.2
LONGEST = 5.0
# A peer that asks for more is not waited for: the caller decides.
MOST_ASKED = 60.0


class Backoff:
    def __init__(self, retries: int) -> None:
        self._retries = retries
        self._used = 0

    def reset(self) -> None:
        """Begins again: something went well."""
        self._used = 0

    def next(self, asked: float | None, left: float) -> float | None:
        """The pause in seconds, at least what the peer asked for. None where no attempt or no time is left."""
        asked = asked or 0.0
        if self._used >= self._retries or asked > MOST_ASKED:
            return None
        bound = min(FIRST * 2 ** min(self._used, 16), LONGEST)
        self._used += 1
        pause = asked + random.uniform(0, bound)
        return pause if pause < left else None
