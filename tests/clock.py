"""How long something computes, said so that neither a slow machine nor a busy one fails a test.

Time of the CPU, not of the wall, divided by how many times longer a yardstick takes beside it than where the bounds
were written; and the best of some tries, since whatever disturbs only adds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

YARDSTICK_SECONDS = 0.045
"""What the yardstick takes on the machine that the bounds are for: two cores of an ordinary server, idle."""


def computed(action: Callable[[], object]) -> float:
    """Seconds of this process's CPU time."""
    started = time.process_time()
    action()
    return time.process_time() - started


def slowness() -> float:
    """How many times longer this process computes now than on the machine the bounds are for; at least 1."""
    return max(1.0, computed(lambda: sum(i * i for i in range(1_000_000))) / YARDSTICK_SECONDS)


def quickest(action: Callable[[], object], bound: float, tries: int = 5) -> float:
    """The least seconds that the action computed in so many tries; the first try within the bound is enough."""
    best = float("inf")
    for _ in range(tries):
        before = slowness()
        seconds = computed(action)
        best = min(best, seconds / max(before, slowness()))
        if best <= bound:
            break
    return best
