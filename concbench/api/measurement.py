"""From a Python program's call to an answer: the question, measured with progress, and kept if interrupted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any, get_args

from concbench.api.answer import Answer
from concbench.api.commands import Command
from concbench.api.errors import Interrupted, Unguarded
from concbench.api.functions import Bundle, bundle, folders_of_files
from concbench.api.progress import progress
from concbench.measure.observation import start_methods
from concbench.model.case import CommandLine, InitPer
from concbench.model.result import Failure
from concbench.model.run import Run
from concbench.session.advice import Advisor
from concbench.session.command_advice import ONLY_WORKERS, CommandAdvisor
from concbench.session.commands import WORKERS, Commands, comparison_of_commands, takes_workers, values_of
from concbench.session.comparison import OwnFunction, comparison_of, comparison_of_function, joining
from concbench.session.errors import WrongSetting
from concbench.session.function_names import UNFIT
from concbench.session.options import AS_IT_IS, JobGiven, Options
from concbench.session.session import Inquiry
from concbench.session.survey import Survey
from concbench.suites.suite import Suite
from concbench.workloads.workload import is_function


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A function or a workload as it was given, its items, and the strategies to run it."""

    function: Any
    items: Any = None
    strategies: str | Sequence[str] = ()
    engines: bool = False
    reference: str | None = None
    expect: Any = None
    init: Any = None
    init_per: InitPer | None = None
    shared: Any = None
    sharing: str | Sequence[str] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the strategies."""
        return (self.strategies,) if isinstance(self.strategies, str) else tuple(self.strategies)

    @property
    def ways(self) -> tuple[str, ...]:
        """The names of the ways of sharing; raises WrongSetting where nothing is shared."""
        found = (self.sharing,) if isinstance(self.sharing, str) else tuple(self.sharing)
        own = not isinstance(self.function, str) or is_function(self.function)
        if found and own and self.shared is None:
            raise WrongSetting("sharing", "it needs shared, a function that returns what all tasks read")
        return found


@contextmanager
def comparing(given: Subject, options: Options) -> Iterator[Survey]:
    """The question of a comparison; what hosts need for it stays in a temporary folder until this is left.

    Raises UnfitFunction, UnfitItems, UnknownName, and WrongSetting.
    """
    commands = _commands_of(given)
    if commands is not None:
        several = any(axis.name == WORKERS for axis in options.axes)
        if options.workers is None and not several and any(map(takes_workers, commands.lines)):
            raise WrongSetting(WORKERS, "a command has {workers}: say how many, as in workers=range(1, 9)")
        asked = comparison_of_commands(commands, options.workers, given.reference)
        yield prepared(asked, replace(options, command=["concbench.compare", *(line.text for line in commands.lines)]))
        return
    with bundle() as carried:
        if isinstance(given.function, str) and not is_function(given.function):
            others = joining(engines=given.engines, address=options.engine_address)
            suite: Suite = comparison_of(given.function, given.names, given.reference, given.ways, others)
            options = replace(options, tasks=_count_of(given), paths=folders_of_files(given.names))
        else:
            carried.folders += folders_of_files(given.names)
            function, tasks = _own_function(given, carried, options)
            suite = comparison_of_function(function, given.names, given.reference, given.ways)
            options = replace(options, tasks=tasks, paths=carried.paths)
        yield prepared(suite, replace(options, command=["concbench.compare", suite.tables[0].workload]))


@contextmanager
def advising(given: Subject, options: Options, job: JobGiven) -> Iterator[Advisor | CommandAdvisor]:
    """The question of how a function is best run, or how many workers a command needs; as `comparing`."""
    commands = _commands_of(given)
    if commands is not None:
        if len(commands.lines) > 1:
            raise WrongSetting("function", "advice is about one command at a time; compare measures several")
        if job != AS_IT_IS or options.interpreters or options.start_methods or options.engine_address:
            raise WrongSetting("function", ONLY_WORKERS)
        yield CommandAdvisor(commands, replace(options, command=["concbench.advise", commands.lines[0].text]))
        return
    with bundle() as carried:
        carried.folders += folders_of_files(given.names)
        function, tasks = _own_function(given, carried, options)
        command = ["concbench.advise", function.name]
        options = replace(options, tasks=tasks, paths=carried.paths, command=command)
        yield Advisor(replace(function, strategies=given.names), options, job)


def _commands_of(given: Subject) -> Commands | None:
    """The commands that were given instead of a function; None where it is none.

    Raises WrongSetting for what means nothing to commands, and for a parameter with two lists of values.
    """
    found = [given.function] if isinstance(given.function, Command) else given.function
    if not isinstance(found, list | tuple) or not found or not all(isinstance(each, Command) for each in found):
        return None
    for name in ("items", "strategies", "engines", "expect", "init"):
        if getattr(given, name) not in (None, (), False):
            raise WrongSetting(name, "it needs a function, and this is a command")
    parameters: dict[str, tuple[str, ...]] = {}
    for command in found:
        for name, values in command.parameters.items():
            mine = values_of(name, values)
            if parameters.setdefault(name, mine) != mine:
                raise WrongSetting("parameter", f"{name} has other values in another command: give it the same")
    return Commands(lines=tuple(map(_line_of, found)), parameters=parameters)


def _line_of(command: Command) -> CommandLine:
    return CommandLine(
        text=command.text,
        setup=command.setup,
        prepare=command.prepare,
        cleanup=command.cleanup,
        shell=command.shell,
        input=None if command.input is None else os.fspath(command.input),
        ignore_failure=command.ignore_failure,
        folder=None if command.working_directory is None else os.fspath(command.working_directory),
        environment=tuple(command.env.items()),
    )


def _own_function(given: Subject, carried: Bundle, options: Options) -> tuple[OwnFunction, int | None]:
    """The function by name, and the number of tasks if its items are only counted."""
    name = carried.name_of(given.function)
    expect, init, shared = (
        each if each is None else carried.name_of(each) for each in (given.expect, given.init, given.shared)
    )
    tasks, items = carried.items(given.items)
    if given.init_per not in (None, *get_args(InitPer)):
        raise WrongSetting("init_per", f"{given.init_per!r} is neither {' nor '.join(get_args(InitPer))}")
    if given.init_per is not None and init is None:
        raise WrongSetting("init_per", "it needs init, a function that each worker calls")
    own = OwnFunction(
        name=name,
        items=items,
        expect=expect,
        init=init,
        init_per=given.init_per,
        shared=shared,
        joining=joining(engines=given.engines, address=options.engine_address),
    )
    return own, tasks


def _count_of(given: Subject) -> int | None:
    """The number of tasks of a workload; raises WrongSetting for what only a function can have."""
    for name in ("expect", "init", "init_per", "shared"):
        if getattr(given, name) is not None:
            raise WrongSetting(name, f"it needs a function of yours, and {given.function!r} is a workload")
    if given.items is None or (isinstance(given.items, int) and given.items >= 1):
        return given.items
    raise WrongSetting("items", f"{given.function!r} is a workload, which has items of its own: give their number")


def prepared(suite: Suite, options: Options) -> Survey:
    """A suite's question with its cases; raises WrongSetting, and UnknownName for a subject or a workload."""
    if suite.facts and len(options.interpreters) > 1:
        raise WrongSetting("python", "facts are observed under one interpreter at a time")
    if suite.facts and not start_methods(options.start_methods):
        raise WrongSetting("start_method", f"this system has no {' or '.join(options.start_methods)}")
    return Survey(suite, options)


def measured(question: Inquiry, shown: bool | None) -> Answer:
    """Measure, and return the answer; `shown` is whether progress is, None for on a terminal only.

    Raises Interrupted with what was measured so far, UnfitFunction, UnfitItems, Unguarded, and Unmeasurable if this
    system lacks what measuring needs.
    """
    complete = False
    try:
        with (
            progress(quiet=shown is False, verbose=shown is True) as show,
            closing(question.measure()) as steps,
        ):
            for now in steps:
                show(now)
        complete = True
        run = question.run()
    except KeyboardInterrupt:
        raise Interrupted(Answer(question.run(complete))) from None
    text = f"{Unguarded.__name__}: {Unguarded()}"
    if run.results and all(each.failure is not None and text in each.failure.message for each in run.results):
        raise Unguarded
    refuse_unfit(run)
    return Answer(run)


def refuse_unfit(run: Run) -> None:
    """Raise UnfitFunction or UnfitItems if no host could do anything with what was asked for."""
    failures = nothing_measured(run)
    if failures and all(failure.kind in UNFIT for failure in failures):
        raise UNFIT[failures[0].kind]("; ".join(failure.message for failure in failures))


def nothing_measured(run: Run) -> list[Failure]:
    """Why no block could begin, each reason once; nothing if one did."""
    found = [result.failure for result in run.results if result.failure is not None]
    if run.blocks or len(found) < len(run.results):
        return []
    return list({failure.message: failure for failure in found}.values())
