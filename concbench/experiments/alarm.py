"""An alarm that wakes a host which waits for somebody who will never answer."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SIGNAL = getattr(signal, "SIGUSR1", signal.SIGINT)
"""POSIX interrupts a blocking call for it; on Windows (untested) it is noticed between two calls only, and a host
that is blocked in one is ended by the run's timeout."""


class Alarm:
    """Rung from any thread, it raises in the main thread, whatever that is waiting for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._error: BaseException | None = None
        self._armed = False

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Let the alarm interrupt this block, which runs in the main thread; raises what it is rung with."""
        before = signal.signal(SIGNAL, self._raise)
        try:
            with self._lock:
                self._armed = True
                if self._error is not None:
                    raise self._error
            yield
        finally:
            with self._lock:
                self._armed = False
            signal.signal(SIGNAL, before)

    def ring(self, error: BaseException) -> None:
        """Raise `error` in the main thread, at once if the alarm is armed, or else as soon as it is."""
        with self._lock:
            if self._error is None:
                self._error = error
                if self._armed:
                    self._wake_main_thread()

    def _wake_main_thread(self) -> None:
        if hasattr(signal, "pthread_kill"):
            main = threading.main_thread().ident
            if main is None:
                raise AssertionError("the main thread is running")
            signal.pthread_kill(main, SIGNAL)
        else:
            import _thread

            _thread.interrupt_main(SIGNAL)

    def _raise(self, _number: int, _frame: FrameType | None) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error
