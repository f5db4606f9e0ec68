"""What `run` and `compare` do: measure a suite's cases, and what is advised for them where that is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from concbench.analysis.analysis import analyse
from concbench.analysis.causes import Chunks
from concbench.analysis.chunks import BetterChunks
from concbench.analysis.precision import precision_missed
from concbench.measure.observation import observe_all
from concbench.measure.plan import Spare, Steps
from concbench.model.case import Case
from concbench.model.run import Advice, Claim, Run, Table
from concbench.session.cases import Selection, select, sides_of, thinned
from concbench.session.comparison import VARIANTS
from concbench.session.fixed import Fixed
from concbench.session.options import Options
from concbench.session.precision import Precision
from concbench.session.session import Question, Session, sides_of_interpreters
from concbench.strategies.strategy import known
from concbench.suites.suite import Suite

EFFECT = (
    "Whatever uses several cores looks slower than it is, and rows may change places: run it again when the machine is "
    "quiet"
)
"""What an overloaded machine does to the answer."""
LONGEST_PASS = 1 / 10
"""The share of the budget that one pass over the items of a user's function may take; of more, only some are run."""
TOLERANCE = 1.3
"""Times what is left of the budget: estimates err on the long side, and a suite loses no table for that."""
VERIFYING = 0.5
"""The share of the budget for measuring what was advised."""


class Survey:
    """A suite's question that is being measured; `run` is available at any moment, also after an interruption."""

    def __init__(self, suite: Suite, options: Options) -> None:
        """Raises UnknownName and TooManyCases."""
        self.suite, self.options = suite, options
        self.selection = select(suite.tables, options)
        self.trials: list[Trial] = []
        apart = any(map(is_kept_engine, self.selection.cases))
        self.schedule = Fixed(options.most_blocks, options.fewest_blocks, apart=apart)
        self.session = Session(_question_of(suite, options, self.selection))

    def measure(self) -> Steps:
        """Measure all cases; yields what is being done."""
        options, cases = self.options, self.selection.cases
        plan = options.plan()
        if self.suite.facts:
            yield from observe_all(plan, options.start_methods, self.session.record)
            return
        spare = self.spare()
        if spare is not None:
            plan = replace(plan, spare=spare, longest_pass=plan.budget * LONGEST_PASS)
        if options.precision is None:
            yield from self.session.measure(self.schedule, cases, plan)
        else:
            references = {table.name: table.reference for table in self.session.tables if table.reference is not None}
            schedule = Precision(options.precision, references, options.fewest_blocks)
            yield from self.session.measure(schedule, cases, plan)
        if options.verify:
            self.trials = list(trials(self.run()))
            if not self.trials:
                self.session.record.warnings.append("--verify: no other chunksize is advised for any of these cases")
                return
            tried = list(chain.from_iterable(trial.cases for trial in self.trials))
            self.session.tables += [trial.table for trial in self.trials]
            again = Fixed(options.most_blocks, options.fewest_blocks, only=frozenset(case.id for case in tried))
            yield from self.session.measure(again, tried, replace(plan, budget=plan.budget * VERIFYING))

    def spare(self) -> Spare | None:
        """What may be left out to fit into the time; None where everything is insisted on.

        That is so with a fixed number of rounds, and in the sizes of the original tutorial. A suite as it stands keeps
        its sizes, as its claims are about these: on a slow machine, or with a small budget, it loses whole tables.
        """
        options = self.options
        own_sizes = (options.tasks, options.task_time, options.payload, options.memory, options.workers, options.limit)
        as_it_stands = bool(self.suite.claims) and not options.axes and all(value is None for value in own_sizes)
        if options.rounds is not None or options.tutorial:
            return None
        cases = self.selection.cases
        references = frozenset(table.reference for table in self.selection.tables if table.reference is not None)
        shares = any(case.settings.sharing is not None for case in cases)  # then the rows are what is asked about
        chosen = self.suite.named or bool(self.suite.claims) or shares
        free = frozenset() if chosen else frozenset(case.id for case in cases) - references
        return Spare(
            any=free,
            variants=frozenset(case.id for case in cases if case.id in free and case.subject in VARIANTS),
            thinned=tuple(
                frozenset(case.id for case in cases if axis in case.along and case.along[axis] in gone)
                for axis, gone in thinned(options.axes)
            ),
            references=references,
            tolerance=TOLERANCE if as_it_stands else 1.0,
            tasks=not as_it_stands and all(axis.name != "tasks" for axis in options.axes),
        )

    def run(self, complete: bool = True) -> Run:
        """The run document of what has been measured so far."""
        session, asked = self.session, self.options.precision
        missed = None
        if asked is not None:
            missed = precision_missed(session.tables, list(session.record.results.values()), asked, session.seconds)
        return session.run(
            complete, warnings=[] if missed is None else [missed], advice=[trial.advice for trial in self.trials]
        )


def is_kept_engine(case: Case) -> bool:
    """Whether a case keeps an engine running, which uses some of a core while it waits."""
    strategy = known(case.subject) if case.experiment == "tasks" and case.settings.warm else None
    return strategy is not None and strategy.opening > 0


def _question_of(suite: Suite, options: Options, selection: Selection) -> Question:
    """What a session on a suite has to answer."""
    asked = {
        f"{table.name}/{row.label}"
        for table in suite.tables
        if not (table.thorough and options.quick)
        for row in table.rows
    }
    taken = [claim for claim in suite.claims if {claim.case, claim.reference} <= asked]
    rows = {f"{case.table}/{case.name}" for case in selection.cases}
    made = [claim for claim in taken if not options.axes or {claim.case, claim.reference} <= rows]
    off = len(taken) - len(made)
    claims = "a claim of the suite is" if off == 1 else f"{off} claims of the suite are"
    about = f"{claims} about its own sizes and settings, and left out: several were asked for"
    return Question(
        suite=suite.name,
        question=suite.question,
        command=options.command,
        seed=options.seed,
        tables=selection.tables,
        claims=tuple(_on_sides(made, options)),
        crossings=suite.crossings,
        axes=tuple(axis.name for axis in options.axes),
        sides=sides_of_interpreters(options.interpreters),
        interpreters=options.interpreters,
        warnings=(*selection.warnings, *([about] if off else [])),
        effect=None if suite.facts else EFFECT,
    )


def _on_sides(claims: Collection[Claim], options: Options) -> Iterator[Claim]:
    """The claims, once for every interpreter where there are several."""
    for claim in claims:
        for side in sides_of(options):
            if side is None:
                yield claim
            else:
                sentence, case, reference = f"Under {side}: {claim.sentence}", claim.case, claim.reference
                yield replace(claim, sentence=sentence, case=f"{case} {side}", reference=f"{reference} {side}")


# Whether advice is right


@dataclass(frozen=True)
class Trial:
    """A table in which a case runs as it was and as advised, side by side."""

    advice: Advice
    table: Table
    cases: tuple[Case, Case]


def trials(run: Run) -> Iterator[Trial]:
    """A trial for every case for which another chunksize is predicted to take less time."""
    analysis = analyse(run)
    for result in run.results:
        explanation = analysis.explanation(result)
        for cause in explanation.causes if explanation is not None else ():
            if isinstance(cause, Chunks) and cause.better is not None and cause.better.predicted is not None:
                yield _trial(result.case, cause.better)


def _trial(case: Case, advised: BetterChunks) -> Trial:
    before = replace(case, group=f"advice for {case.id}", row="as it was", along={})
    better = replace(case.settings, chunksize=advised.chunksize)
    after = replace(before, row=f"chunksize {advised.chunksize}", settings=better)
    expected = advised.predicted
    return Trial(
        advice=Advice(
            case=case.id,
            chunksize=advised.chunksize,
            predicted=advised.seconds,
            low=None if expected is None else expected.low,
            high=None if expected is None else expected.high,
            tried=after.id,
        ),
        table=Table(
            name=before.table, title=f"What --chunksize {advised.chunksize} does for {case.id}", reference=before.id
        ),
        cases=(before, after),
    )
