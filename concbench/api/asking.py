"""`concbench.compare`, `concbench.advise` and `concbench.run`: what a Python program asks.

A script that imports these is imported by hosts to find its functions, so this module imports what it needs when it is
called.
"""

from __future__ import annotations

import os

from concbench.api.errors import Unguarded

TYPE_CHECKING = False  # as typing's, without importing typing
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from os import PathLike
    from typing import Any

    from concbench.api.answer import Answer

    Function = Callable[..., Any] | str
    Items = int | Iterable[Any] | Callable[[], Any] | str | PathLike[str] | None
    Counts = int | Sequence[int | None] | None

IN_A_HOST = "CONCBENCH_PADDING"
"""The environment variable that every host has, and that its workers inherit."""


def compare(
    function: Function,
    items: Items = None,
    *,
    strategies: Sequence[str] = (),
    reference: str | None = None,
    expect: Function | None = None,
    init: Function | None = None,
    workers: Counts = None,
    chunksize: Counts = None,
    start_method: str | None = None,
    maxtasksperchild: Counts = None,
    limit: Counts = None,
    python: str | Sequence[str] = (),
    budget: float | None = None,
    precision: float | None = None,
    blocks: int | None = None,
    rounds: int | None = None,
    timeout: float = 60.0,
    seed: int | None = None,
    quick: bool = False,
    verify: bool = False,
    progress: bool | None = None,
) -> Answer:
    """Measure ways of running a function over its items side by side, in fresh interpreters.

    Args:
        function: What is called with each item, plain or `async def`. A function of a module, of a script, or typed
            into a notebook; or its name, as `package.module:function` or `folder/file.py:function`; or the name of a
            workload, as `cpu`.
        items: What it is called with: an iterable of values that can be pickled; how many (0, 1, 2, …); a function
            that makes them, or its name; the path of a JSON-lines file. None: 16 of 0, 1, 2, …
        strategies: Names, as `pool-map`; none: all that can run it here. `concbench list strategies` has them.
        reference: The strategy that ratios are relative to; None: `serial`, or the first.
        expect: Called with an item and a result; returns whether that is right, or asserts it. None: the result must
            be the one of a serial pass.
        init: Called by each worker before its first task.
        workers: Of a pool; None: one a usable core. This, chunksize, maxtasksperchild and limit may be a list, a tuple
            or a range of values: every one is measured, as a row of its own, as `pool-map workers 4`.
        chunksize: Items handed to a worker at once; None: the strategy's own.
        start_method: `fork`, `forkserver` or `spawn`; None: Python's own.
        maxtasksperchild: Tasks after which a pool replaces a worker.
        limit: Tasks under way at once, where each has its own worker.
        python: Interpreters to measure under, by path or name; none: this one.
        budget: Seconds, about; None: 56, or 7 when `quick`.
        precision: Go on with each case until its interval reaches no further than this from its median (0.02 for
            2 %), or the budget is used up.
        blocks: Generations of fresh interpreters; None: 8, or 4 when `quick`.
        rounds: Samples of every case a block; None: by the budget.
        timeout: Seconds after which a sample, and with it its case, is given up.
        seed: Of every random order; None: a new one.
        quick: Whether ten seconds and wider intervals do.
        verify: Whether what the traces advise is measured, too: half as long again.
        progress: True: told on stderr, live on a terminal and a line a block elsewhere. None: on a terminal only.

    Returns:
        The answer: shows itself as tables and sentences, and has the whole run.

    Raises:
        UnfitFunction: a function can't be found again by a fresh interpreter; as a lambda.
        UnfitItems: the items can't be pickled, or there are none.
        UnknownName: there is no such strategy, or workload.
        WrongSetting: a setting means nothing; it is a ValueError.
        NoInterpreter: there is no such interpreter.
        Unguarded: the function's module calls this while it is imported.
        Interrupted: Ctrl-C; has the answer so far, and is a KeyboardInterrupt.

    A case that can't be measured is a row with its reason and no error: see `Answer.case`.

    >>> import concbench
    >>> import math
    >>> answer = concbench.compare(math.factorial, range(5), strategies=["serial", "thread"], blocks=2, rounds=1)
    >>> answer.speedup("serial", over="thread").estimate > 1  # one thread for each short task does not pay
    True
    """
    refuse_in_a_host()
    from concbench.api.comparing import Comparing, comparing
    from concbench.api.measuring import measured
    from concbench.api.settings import options_of

    given = Comparing(
        function=function,
        items=items,
        strategies=(strategies,) if isinstance(strategies, str) else tuple(strategies),
        reference=reference,
        expect=expect,
        init=init,
    )
    options = options_of(
        workers=workers,
        chunksize=chunksize,
        start_method=start_method,
        maxtasksperchild=maxtasksperchild,
        limit=limit,
        python=python,
        budget=budget,
        precision=precision,
        blocks=blocks,
        rounds=rounds,
        timeout=timeout,
        seed=seed,
        quick=quick,
        verify=verify,
    )
    with comparing(given, options) as asked:
        return measured(asked, progress)


def advise(
    function: Function,
    items: Items = None,
    *,
    strategies: Sequence[str] = (),
    expect: Function | None = None,
    init: Function | None = None,
    workers: int | None = None,
    start_method: str | None = None,
    python: str | Sequence[str] = (),
    budget: float | None = None,
    timeout: float = 60.0,
    seed: int | None = None,
    progress: bool | None = None,
) -> Answer:
    """Find out how a function is best run over its items: by which strategy, with how many workers and chunks.

    Strategies, numbers of workers and chunksizes run against each other in fresh interpreters, and those that surely
    lose are dropped early. `Answer.recommended` is what came out, and the answer shows itself with what that costs,
    why, when something else would be better, and a program to paste.

    Args:
        function: As for `compare`, but no workload; and so are items, expect, init, start_method, python, timeout,
            seed and progress.
        strategies: Names of those that are tried; none: those that are usually best, and variants of them.
        workers: The only number of workers that is tried; None: several.
        budget: Seconds that it may take; None: 60. It ends sooner where the answer is clear.

    Returns:
        The answer; its cases are all that was tried, the fastest first.

    Raises:
        As `compare` does.

    >>> import concbench
    >>> import math
    >>> concbench.advise(math.factorial, range(5), budget=1.0).recommended.subject  # workers would only cost
    'serial'
    """
    refuse_in_a_host()
    from concbench.api.comparing import Comparing, advising
    from concbench.api.measuring import measured
    from concbench.api.settings import options_of

    given = Comparing(
        function=function,
        items=items,
        strategies=(strategies,) if isinstance(strategies, str) else tuple(strategies),
        expect=expect,
        init=init,
    )
    options = options_of(
        workers=workers, start_method=start_method, python=python, budget=budget, timeout=timeout, seed=seed
    )
    with advising(given, options) as asked:
        return measured(asked, progress)


def run(
    suite: str,
    *,
    workers: Counts = None,
    tasks: int | Sequence[int] | None = None,
    task_time: float | Sequence[float] | None = None,
    payload: int | Sequence[int] | None = None,
    memory: int | Sequence[int] | None = None,
    chunksize: Counts = None,
    start_method: str | None = None,
    maxtasksperchild: Counts = None,
    limit: Counts = None,
    cores: str | None = None,
    python: str | Sequence[str] = (),
    budget: float | None = None,
    precision: float | None = None,
    blocks: int | None = None,
    rounds: int | None = None,
    timeout: float = 60.0,
    seed: int | None = None,
    quick: bool = False,
    verify: bool = False,
    tutorial: bool = False,
    progress: bool | None = None,
) -> Answer:
    """Measure a suite: its cases side by side, and what they say of its claims.

    Args:
        suite: Its name, as `pool-vs-process`; `concbench list suites` has them.
        workers: Of a pool, or that share; None: one a usable core. This, tasks, task_time, payload, memory, chunksize,
            maxtasksperchild and limit may be a list, a tuple or a range of values: every one is measured, side by side.
        tasks: How many tasks; or round trips, steps, turns.
        task_time: Seconds that one task takes serially.
        payload: Bytes of argument and result, or of a message.
        memory: Bytes that a task holds.
        chunksize: As for `compare`; and so are start_method, maxtasksperchild, limit, python, budget, precision,
            blocks, rounds, timeout, seed, quick, verify and progress.
        cores: Where both ends of a channel run: `one`, `apart` on two, or `any`.
        tutorial: Whether the tutorial's own sizes are measured.

    Returns:
        The answer: shows itself as tables and sentences, and has the whole run.

    Raises:
        UnknownName: there is no such suite.
        WrongSetting: a setting means nothing; it is a ValueError.
        NoInterpreter: there is no such interpreter.
        Unguarded: it is called by a module that fresh interpreters import.
        Interrupted: Ctrl-C; has the answer so far, and is a KeyboardInterrupt.

    >>> import concbench
    >>> answer = concbench.run("apply-vs-async", tasks=2, task_time=0.001, blocks=1, rounds=1)
    >>> {outcome.outcome for outcome in answer.run.claims}  # one block decides nothing
    {'undecided'}
    """
    refuse_in_a_host()
    from concbench.api.measuring import measured, prepared
    from concbench.api.settings import options_of
    from concbench.suites.suite import suites

    options = options_of(
        workers=workers,
        tasks=tasks,
        task_time=task_time,
        payload=payload,
        memory=memory,
        chunksize=chunksize,
        start_method=start_method,
        maxtasksperchild=maxtasksperchild,
        limit=limit,
        cores=cores,
        python=python,
        budget=budget,
        precision=precision,
        blocks=blocks,
        rounds=rounds,
        timeout=timeout,
        seed=seed,
        quick=quick,
        verify=verify,
        tutorial=tutorial,
        command=["concbench.run", suite],
    )
    asked = prepared(suites.get(suite), options)
    return measured(asked, progress)


def refuse_in_a_host() -> None:
    """Raise Unguarded in a host: it would start hosts of its own, which would start hosts of their own."""
    if IN_A_HOST in os.environ:
        raise Unguarded
