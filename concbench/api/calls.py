"""`concbench.compare`, `concbench.advise` and `concbench.run`.

Hosts import a script that imports these to find its functions, so this module imports what it needs only when called.
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
    from concbench.api.commands import Command
    from concbench.model.case import InitPer

    Function = Callable[..., Any] | str
    Items = int | Iterable[Any] | Callable[[], Any] | str | PathLike[str] | None
    Counts = int | Sequence[int | None] | None
    Words = str | Sequence[str] | None

IN_A_HOST = "CONCBENCH_PADDING"
"""An environment variable that every host has and its workers inherit."""


def compare(
    function: Function | Command | Sequence[Command],
    items: Items = None,
    *,
    strategies: Sequence[str] = (),
    engines: bool = False,
    reference: str | None = None,
    expect: Function | None = None,
    init: Function | None = None,
    init_per: InitPer | None = None,
    shared: Function | None = None,
    sharing: Sequence[str] = (),
    workers: Counts = None,
    chunksize: Counts = None,
    start_method: Words = None,
    forkserver_preload: str | Sequence[str] = (),
    maxtasksperchild: Counts = None,
    limit: Counts = None,
    buffersize: Counts = None,
    inner_threads: Counts = None,
    engine_address: str | None = None,
    python: str | Sequence[str] = (),
    budget: float | None = None,
    precision: float | None = None,
    blocks: int | None = None,
    rounds: int | None = None,
    timeout: float = 60.0,
    seed: int | None = None,
    quick: bool = False,
    warm: bool = False,
    cold: bool = False,
    verify: bool = False,
    progress: bool | None = None,
) -> Answer:
    """Measure ways of running a function over its items side by side, in fresh interpreters.

    Args:
        function: Called with each item; plain or `async def`. A function of a module, of a script, or typed into a
            notebook; its name, as `package.module:function` or `folder/file.py:function`; or the name of a workload,
            such as `cpu`. Or a `concbench.Command`, or a list of them, which are programs to run.
        items: What the function is called with: an iterable of values that can be pickled; their number (0, 1, 2, …);
            a function that returns them, or its name; the path of a JSON-lines file. None: 0 to 15.
        strategies: Names such as `pool-map`, see `concbench list strategies`. Empty: all that can run the function and
            need no engine.
        engines: Whether strategies on joblib, loky, mpire, dask, ray and MPI take part, too.
        reference: The strategy that ratios are relative to. None: `serial`, or else the first.
        expect: Called with an item and a result; returns whether it is right, or asserts it. None: the result must
            equal that of a serial pass.
        init: Called by each worker before its first task.
        init_per: `worker`: each thread calls it, as each process does; `process`: one thread does, for all of them.
            None: `worker`, and the answer says so.
        shared: Returns what all tasks read, such as a large array; the function is called with an item and that.
        sharing: How processes get it, each way a row: `pickled`, `initializer`, `inherited`, `shared-memory`,
            `memory-map`. Empty: all of them.
        workers: Number of workers in a pool. None: one per usable core. This, chunksize, start_method,
            maxtasksperchild, limit and buffersize can be a list, a tuple or a range of values, each measured as a row
            of its own: `pool-map workers 4`, `pool-map spawn`.
        chunksize: Number of items handed to a worker at once. None: the strategy's own.
        start_method: `fork`, `forkserver` or `spawn`. None: Python's own.
        forkserver_preload: Names of modules that fork servers import before they start workers.
        maxtasksperchild: Replace a pool's worker after this many tasks.
        limit: Maximum number of concurrent tasks, for strategies with one worker per task.
        buffersize: Maximum number of chunks that `Executor.map` submits ahead; Python 3.14 or later. None: all.
        inner_threads: Threads that libraries such as OpenBLAS may use in each process; several values, too. None: as
            many as they choose.
        engine_address: Where a cluster of dask, ray or MPI is, on which the tasks run, too. None: on this machine.
        python: Interpreters to measure under, by path or name. Empty: this one.
        budget: About how many seconds to measure. None: 56, or 7.5 when `quick`.
        precision: Measure each case until its interval reaches no further than this from its median (0.02 is 2 %), or
            the budget is used up.
        blocks: Number of blocks; each starts fresh interpreters. None: 8, or 4 when `quick`.
        rounds: Samples of every case per block. None: as many as fit into the budget.
        timeout: Seconds after which a sample, and with it its case, is given up.
        seed: Seed of every random order. None: a new one.
        quick: Finish within ten seconds, with wider intervals.
        warm: Start workers once in each fresh interpreter, and time the tasks alone, as in a service. What starts a
            worker for each task can't be kept, and is measured as ever.
        cold: With `warm`: also start workers anew in each sample, so that there are both.
        verify: Also measure the chunksizes that are predicted to be better; takes half as long again.
        progress: None: show progress on a terminal and in a notebook, live. True: elsewhere, too, with a line on stderr
            for each block. False: never.

    Returns:
        The answer, which shows itself as tables and sentences and has the whole run.

    Raises:
        UnfitFunction: A fresh interpreter can't find a function, such as a lambda.
        UnfitItems: The items can't be pickled, or there are none.
        UnknownName: There is no such strategy or workload.
        WrongSetting: A setting is invalid; it is a ValueError.
        NoInterpreter: There is no such interpreter.
        Unguarded: The function's module calls this while it is imported.
        Interrupted: Ctrl-C; has the answer so far, and is a KeyboardInterrupt.

    A case that can't be measured is a row with its reason, not an exception: see `Answer.case`.

    >>> import concbench
    >>> import math
    >>> answer = concbench.compare(math.factorial, range(5), strategies=["serial", "thread"], blocks=2, rounds=1)
    >>> answer.speedup("serial", over="thread").estimate > 1  # one thread for each short task does not pay
    True
    """
    refuse_in_a_host()
    from concbench.api.measurement import Subject, comparing, measured
    from concbench.session.options import Given, options_of

    options = options_of(
        Given(
            workers=workers,
            chunksize=chunksize,
            start_method=start_method,
            forkserver_preload=forkserver_preload,
            maxtasksperchild=maxtasksperchild,
            limit=limit,
            buffersize=buffersize,
            inner_threads=inner_threads,
            engine_address=engine_address,
            python=python,
            budget=budget,
            precision=precision,
            blocks=blocks,
            rounds=rounds,
            timeout=timeout,
            seed=seed,
            quick=quick,
            warm=warm,
            cold=cold,
            verify=verify,
        )
    )
    subject = Subject(
        function=function,
        items=items,
        strategies=strategies,
        engines=engines,
        reference=reference,
        expect=expect,
        init=init,
        init_per=init_per,
        shared=shared,
        sharing=sharing,
    )
    with comparing(subject, options) as asked:
        return measured(asked, progress)


def advise(
    function: Function | Command,
    items: Items = None,
    *,
    strategies: Sequence[str] = (),
    engines: bool = False,
    expect: Function | None = None,
    init: Function | None = None,
    init_per: InitPer | None = None,
    workers: int | Sequence[int] | None = None,
    start_method: Words = None,
    engine_address: str | None = None,
    python: str | Sequence[str] = (),
    for_items: int | None = None,
    for_cores: int | None = None,
    memory: int | None = None,
    max_workers: int | None = None,
    warm: bool = False,
    budget: float | None = None,
    timeout: float = 60.0,
    seed: int | None = None,
    quick: bool = False,
    progress: bool | None = None,
) -> Answer:
    """Find the best way to run a whole job: a function over all its items, however few of them can be tried.

    A model predicts what every strategy would take with any number of workers and chunks. Those that may win race
    against each other in fresh interpreters, and what is measured corrects the model. `Answer.recommended` is the case
    that was measured and is recommended, or is nearest to what is recommended for a job that was only predicted. The
    answer shows itself with the costs, the reasons, when something else would be better, and a program to paste, which
    runs the whole job.

    Args:
        function: As for `compare`, but not a workload; likewise items, expect, init, init_per, python, timeout, seed
            and progress. Of a `concbench.Command` with `{workers}`, the fewest workers are found that are not
            conclusively slower than the fastest.
        strategies: Names of those to try. Empty: those that are usually best, and variants of them.
        engines: Whether joblib, loky, mpire, dask, ray and MPI are tried, too, where they are installed.
        workers: The only numbers of workers to try: one, a list or a range. None: many.
        start_method: `fork`, `forkserver` or `spawn`, or a list of them to compare. None: Python's own, and beside it
            `fork` where that is predicted to save much.
        engine_address: As for `compare`.
        for_items: The number of items of the job that the advice is about, of which `items` are a sample. None: all of
            `items`.
        for_cores: The usable cores of the machine that is to run the job. None: those of this one.
        memory: Bytes that all processes of the job may hold together. None: what this machine has.
        max_workers: The most workers, or tasks at once. None: up to 512 where tasks wait.
        warm: Whether the workers exist already when the job comes, as in a service.
        budget: Seconds that it may take. None: 15, or 56 for a command, or 7.5 when `quick`. It ends sooner once the
            answer is clear.

    Returns:
        The answer; its cases are all that was tried, the fastest first.

    Raises:
        WrongSetting, UnfitFunction, UnfitItems, UnknownName, NoInterpreter, NotMeasured: as `compare` does.

    >>> import concbench
    >>> import math
    >>> concbench.advise(math.factorial, range(5), budget=1.0).recommended.case.subject  # workers would only cost
    'serial'
    """
    refuse_in_a_host()
    from concbench.api.measurement import Subject, advising, measured
    from concbench.session.options import Given, JobGiven, job_of, options_of

    given = Given(
        workers=workers,
        start_method=start_method,
        engine_address=engine_address,
        python=python,
        budget=budget,
        timeout=timeout,
        seed=seed,
        quick=quick,
    )
    job = JobGiven(for_items=for_items, for_cores=for_cores, memory=memory, max_workers=max_workers, warm=warm)
    subject = Subject(
        function=function,
        items=items,
        strategies=strategies,
        engines=engines,
        expect=expect,
        init=init,
        init_per=init_per,
    )
    with advising(subject, options_of(given), job_of(job)) as asked:
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
    start_method: Words = None,
    forkserver_preload: str | Sequence[str] = (),
    maxtasksperchild: Counts = None,
    limit: Counts = None,
    buffersize: Counts = None,
    inner_threads: Counts = None,
    cores: str | None = None,
    python: str | Sequence[str] = (),
    budget: float | None = None,
    precision: float | None = None,
    blocks: int | None = None,
    rounds: int | None = None,
    timeout: float = 60.0,
    seed: int | None = None,
    quick: bool = False,
    warm: bool = False,
    cold: bool = False,
    verify: bool = False,
    tutorial: bool = False,
    progress: bool | None = None,
) -> Answer:
    """Measure a suite: its cases side by side, and whether its claims hold.

    Args:
        suite: Its name, such as `pool-vs-process`; see `concbench list suites`.
        workers: Number of workers in a pool, or of those that share something. None: one per usable core. This, tasks,
            task_time, payload, memory, chunksize, start_method, maxtasksperchild, limit and buffersize can be a list, a
            tuple or a range of values, all measured side by side.
        tasks: Number of tasks; or of round trips, counter steps or turns.
        task_time: Seconds that one task takes when run serially.
        payload: Bytes of each argument and result, or of a message.
        memory: Bytes that each task holds.
        chunksize: As for `compare`; likewise start_method, forkserver_preload, maxtasksperchild, limit, buffersize,
            inner_threads, python, budget, precision, blocks, rounds, timeout, seed, quick, warm, cold, verify and
            progress.
        cores: Where both ends of a channel run: `one`, `apart` on two, or `any`.
        tutorial: Use the sizes of the original tutorial.

    Returns:
        The answer, which shows itself as tables and sentences and has the whole run.

    Raises:
        UnknownName: There is no such suite.
        WrongSetting: A setting is invalid; it is a ValueError.
        NoInterpreter: There is no such interpreter.
        Unguarded: It is called by a module that fresh interpreters import.
        Interrupted: Ctrl-C; has the answer so far, and is a KeyboardInterrupt.

    >>> import concbench
    >>> answer = concbench.run("apply-vs-async", tasks=2, task_time=0.001, blocks=1, rounds=1)
    >>> {outcome.outcome for outcome in answer.run.claims}  # one block decides nothing
    {'undecided'}
    """
    refuse_in_a_host()
    from concbench.api.measurement import measured, prepared
    from concbench.session.options import Given, options_of
    from concbench.suites.suite import suites

    given = Given(
        workers=workers,
        tasks=tasks,
        task_time=task_time,
        payload=payload,
        memory=memory,
        chunksize=chunksize,
        start_method=start_method,
        forkserver_preload=forkserver_preload,
        maxtasksperchild=maxtasksperchild,
        limit=limit,
        buffersize=buffersize,
        inner_threads=inner_threads,
        cores=cores,
        python=python,
        budget=budget,
        precision=precision,
        blocks=blocks,
        rounds=rounds,
        timeout=timeout,
        seed=seed,
        quick=quick,
        warm=warm,
        cold=cold,
        verify=verify,
        tutorial=tutorial,
    )
    options = options_of(given, ["concbench.run", suite])
    return measured(prepared(suites.get(suite), options), progress)


def refuse_in_a_host() -> None:
    """Raise Unguarded in a host, which would start hosts that start hosts without end."""
    if IN_A_HOST in os.environ:
        raise Unguarded
