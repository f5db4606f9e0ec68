"""Records this process while a part of it runs, and the children that it starts meanwhile.

Several parts may be recorded at once, in threads or one inside the other: they share the folder of the trace, and each
reads from it what happened in its own time. So does a part of a program that is traced as a whole.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns

from concbench.instruments.installation import install, uninstall
from concbench.instruments.recorder import recorder
from concbench.measure.probe.load import Reading, activity_between, read_load
from concbench.measure.program import Ended, program_of, trace_folder
from concbench.model.program import Program

BEFORE = "Pools, executors and threads that were opened before are not seen: only what was opened in the block."


@dataclass
class _Shared:
    """The folder that all parts of this process record into."""

    folder: Path
    closing: ExitStack
    pid: int
    parts: int = 0


_lock = threading.Lock()
_shared: _Shared | None = None


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of this process that is recorded, from `begin` to `end`."""

    folder: Path
    pid: int
    began: int
    cpu: float
    load: Reading
    unseen: tuple[str, ...]
    shares: bool
    """Whether the folder is this process's own, and not that of the trace of the whole program."""


def begin(items: bool = False) -> Part:
    """Record what this process opens from now on; with `items` also short texts of what its tasks work on.

    Where it is recorded already, that decides about the texts. Raises OSError where no folder can be made.
    """
    global _shared
    with _lock:
        unseen = (BEFORE,) if threading.active_count() > 1 and recorder.folder is None else ()
        if _shared is not None and _shared.pid != os.getpid():
            _shared = None  # that of the process that forked this one, in whose folder it goes on to record
        if recorder.folder is None:
            closing = ExitStack()
            folder = closing.enter_context(trace_folder(items=items))
            install(str(folder))
            closing.callback(uninstall)
            _shared = _Shared(folder, closing, os.getpid())
        if _shared is not None:
            _shared.parts += 1
        return Part(
            folder=Path(recorder.folder or ""),
            pid=os.getpid(),
            began=perf_counter_ns(),
            cpu=sum(os.times()[:4]),
            load=read_load(),
            unseen=unseen,
            shares=_shared is not None,
        )


def end(part: Part) -> Program | None:
    """What was recorded since `begin`; None in a child that was forked meanwhile, and comes here, too."""
    global _shared
    if os.getpid() != part.pid:
        return None
    ended, cpu = perf_counter_ns(), sum(os.times()[:4])
    others = activity_between(part.load, read_load()).others
    try:
        return program_of(
            list(sys.orig_argv),
            part.folder,
            Ended(status=0, began=part.began, ended=ended, cpu=cpu - part.cpu),
            others,
            unseen=part.unseen,
        )
    finally:
        with _lock:
            if part.shares and _shared is not None:
                _shared.parts -= 1
                if not _shared.parts:
                    closing, _shared = _shared.closing, None
                    closing.close()
