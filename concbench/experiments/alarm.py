"""An alarm that wakes a host which waits for somebody who will never answer."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from time import sleep

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SIGNAL = getattr(signal, "SIGUSR1", signal.SIGINT)
"""POSIX interrupts a blocking call for it; on Windows (untested) it is noticed between two calls only, and a host
that is blocked in one is ended by the run's timeout."""
AGAIN = 0.01
"""Seconds after which the signal is sent again."""


class Alarm:
    """Rung from any thread, it raises in the main thread, whatever that is waiting for.

    It raises once: what it is rung with first counts, and what follows is mostly a consequence.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rung = False
        self._error: BaseException | None = None
        self._armed = False
        self._over = False

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Let the alarm interrupt this block, which runs in the main thread; raises what it is rung with."""
        before = signal.signal(SIGNAL, self._interrupt)
        try:
            with self._lock:
                self._armed = True
            self._raise()
            yield
        finally:
            self._over = True  # first of all: nothing may interrupt what follows
            with self._lock:
                self._armed = False
            signal.signal(SIGNAL, before)
        self._raise()  # where it was rung at the very last moment

    def ring(self, error: BaseException) -> None:
        """Raise `error` in the main thread, at once if the alarm is armed, or else as soon as it is.

        Where it is armed, this returns when the main thread has noticed. A signal that arrives just before a blocking
        call, as one does when that call lets other threads run, does not interrupt it; so the signal is repeated.
        """
        with self._lock:
            if self._rung:
                return
            self._rung = True
            self._error = error
        while self._wake_main_thread():
            sleep(AGAIN)

    def _wake_main_thread(self) -> bool:
        """Send the signal, unless nobody waits for it any more; return whether it was sent."""
        with self._lock:
            if not self._armed or self._error is None:
                return False
            if hasattr(signal, "pthread_kill"):
                main = threading.main_thread().ident
                if main is None:
                    raise AssertionError("the main thread is running")
                signal.pthread_kill(main, SIGNAL)
            else:
                import _thread

                _thread.interrupt_main(SIGNAL)
            return True

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if not self._over:
            self._raise()

    def _raise(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            try:
                raise error
            finally:
                del error  # or it would be held by its own traceback, and with it all that the main thread was doing
