"""A noisy neighbour: keeps one core busy now and then, for as long as its stdin is open."""

from __future__ import annotations

import random
import sys
import threading
import time

LONGEST_BURST, LONGEST_PAUSE = 0.4, 0.4
"""Seconds; each burst and each pause is drawn anew, up to these."""


def disturb(draw: random.Random) -> None:
    """Compute and pause in turns, for ever."""
    while True:
        until = time.perf_counter() + draw.uniform(0, LONGEST_BURST)
        while time.perf_counter() < until:
            sum(range(1000))
        time.sleep(draw.uniform(0, LONGEST_PAUSE))


if __name__ == "__main__":
    threading.Thread(target=disturb, args=(random.Random(),), daemon=True).start()
    sys.stdin.read()
