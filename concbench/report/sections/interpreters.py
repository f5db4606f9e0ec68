"""Which of several interpreters to use, in a line, and how many cases are faster and slower under each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from concbench.analysis.analysis import Analysis
from concbench.analysis.answer import inverted
from concbench.analysis.interpreter_choice import Alternative, Choice, choice, recommended_choice, sides_of, unmeasured
from concbench.analysis.interpreters import InterpreterDifference
from concbench.model.case import SIZES
from concbench.model.result import Interval
from concbench.model.run import Run, Verdict
from concbench.report.blocks import Paragraph
from concbench.report.experiments.view import in_words
from concbench.report.safe import printable
from concbench.report.sections.jobs import factor_in_words
from concbench.report.uncertainty import TOO_FEW_SUFFIX, UNDECIDED_SUFFIX, beside, factor, factor_with_reach
from concbench.report.units import counted, listed, seconds
from concbench.stats.verdicts import MARGIN

OUTCOMES = {"faster": "faster", "slower": "slower", "same": "as fast", "undecided": "undecided"}
"""What each verdict on an interpreter is called."""
STARTING = {"fork": "forking", "forkserver": "its fork server", "spawn": "spawning"}
"""What is to blame where starting processes takes longer, by their start method."""
WITHIN = f"within {100 * MARGIN:.0f} %"


def between(analysis: Analysis) -> Iterator[Paragraph]:
    """Whether to switch to another interpreter than the first; and where each is faster and slower, row by row."""
    run = analysis.run
    pairs: dict[tuple[str, str], list[InterpreterDifference]] = {}
    for table in run.tables:
        for each in analysis.interpreters(table):
            pairs.setdefault((each.result.case.side or "", each.other.case.side or ""), []).append(each)
    one_answer = len(run.tables) == 1 and not run.claims and not set(run.axes) & set(SIZES)
    found = choice(analysis, run.tables[0]) if one_answer else None
    if found is not None:
        yield Paragraph(choice_in_words(found), "answer")
        if not found.several:
            return
    elif pairs:
        yield Paragraph(row_by_row(run, pairs), "answer")
    for differences in pairs.values():
        yield Paragraph(compared_in_words(differences), "answer")


def recommended(run: Run) -> Iterator[Paragraph]:
    """Whether to switch to another interpreter than the first, by what is recommended under each."""
    found = recommended_choice(run)
    if found is not None:
        yield Paragraph(choice_in_words(found), "answer")


def choice_in_words(found: Choice) -> str:
    """The verdict on several interpreters in a line, such as `Stay on 3.13: 3.14 is 1.20× slower ±8%`."""
    sides = [found.first, *(each.side for each in found.others)]
    if found.found == "not measured":
        rest = [side for side in sides if side not in found.missing]
        compared = f", so there is nothing to compare {_all(rest)} with" if rest else ""
        return f"Nothing was measured under {_all(found.missing)}{compared}."
    by = {
        standing: [each for each in found.others if each.standing == standing]
        for standing in ("faster", "same", "open", "slower")
    }
    switch = [each for each in by["faster"] if each.side in found.to]
    faster = [each for each in by["faster"] if each.side not in found.to]
    said = [*faster, *by["same"][:1], *by["slower"]]
    match found.found:
        case "switch":
            lead = f"Switch to {_all(found.to, 'or')}: "
            said, alone = [*switch, *said, *by["open"]], len(switch) == 1
        case "open":
            lead, alone = f"Too close to call between {_all([found.first, *(each.side for each in by['open'])])}", False
            lead += f": {_open(by['open'][0], found)}" if len(by["open"]) == 1 else ""
            lead += "; " if said else ""
        case "same":
            lead, alone = "It makes no difference: ", False
        case _:
            lead, alone = f"Stay on {printable(found.first)}: ", False
    parts = [
        _standing(each, "it" if alone and place == 0 else printable(each.side), found)
        for place, each in enumerate(said)
    ]
    missing = f"; {_all(found.missing)} could not be measured" if found.missing else ""
    return f"{lead}{'; '.join(parts)}{missing}."


def _standing(each: Alternative, name: str, found: Choice) -> str:
    """What an interpreter is beside the first one; all that take as long have one part."""
    if each.standing == "open" or each.ratio is None or each.verdict is None:
        return f"{name} is too close to call"
    if each.standing == "same":
        same = [other.side for other in found.others if other.standing == "same"]
        return f"{_all(same)} {'take' if len(same) > 1 else 'takes'} as long as {printable(found.first)}, {WITHIN}"
    if found.predicted:
        return f"{name} {_predicted(each.ratio, found)}"
    text = f"{name} is {factor_with_reach(each.ratio, each.pairs, each.verdict)}"
    if found.several and each.result is not None and each.first is not None:
        names = [in_words(result, with_side=False) for result in (each.result, each.first)]
        text += f" ({names[0]})" if len(set(names)) == 1 else f" ({names[0]} beside {names[1]})"
    if each.starting is not None:
        method, longer = each.starting
        text += f", {STARTING.get(method, 'starting')} costs {seconds(longer, 2)} a start"
    return text


def _predicted(ratio: Interval, found: Choice) -> str:
    return f"is predicted to be {factor_in_words(inverted(ratio), printable(found.first))}"


def _open(each: Alternative, found: Choice) -> str:
    """How open it is which of two interpreters is faster."""
    name = printable(each.side)
    if each.ratio is None or each.verdict != "undecided":
        return "one may be as fast as the other"
    if found.predicted:
        return f"{name} {_predicted(each.ratio, found)}"
    said = beside(each.ratio, each.pairs, each.verdict, printable(found.first))
    return f"{name} {said.removesuffix(UNDECIDED_SUFFIX).removesuffix(TOO_FEW_SUFFIX)}"


def _all(sides: Iterable[str], word: str = "and") -> str:
    return listed([printable(side) for side in sides]).replace(" and ", f" {word} ")


def row_by_row(run: Run, pairs: Mapping[tuple[str, str], Sequence[InterpreterDifference]]) -> str:
    """Whether to switch, where rows are about different things: only to what is slower in none of them."""
    sides, missing = sides_of(run), unmeasured(run)
    if sides[0] in missing:
        return f"Nothing was measured under {printable(sides[0])}, the first of these interpreters."
    first = printable(sides[0])
    verdicts = {side: {each.verdict for each in found} for (side, other), found in pairs.items() if other == sides[0]}
    found = _of_rows(verdicts, first)
    return f"{found}; {_all(missing)} could not be measured." if missing else f"{found}."


def _of_rows(verdicts: Mapping[str, set[Verdict]], first: str) -> str:
    """The verdict on interpreters by those on their rows, beside the same rows under the first."""
    if not verdicts:
        return f"No case was measured under both {first} and another interpreter"
    better = [side for side, found in verdicts.items() if "faster" in found and "slower" not in found]
    mixed = [side for side, found in verdicts.items() if {"faster", "slower"} <= found]
    worse = [side for side, found in verdicts.items() if "slower" in found and "faster" not in found]
    if better:
        return f"Switch to {_all(better, 'or')}: some cases are faster there than under {first}, and none is slower"
    if mixed:
        return f"It depends on the case: some are faster under {_all(mixed)} than under {first}, and some slower"
    if worse:
        return f"Stay on {first}: no case is faster under {_all(verdicts, 'or')}, and some are slower"
    if all(found == {"same"} for found in verdicts.values()):
        return f"It makes no difference: every case takes as long under {_all(verdicts)} as under {first}, {WITHIN}"
    return f"Too close to call: no case is shown to take another time under {_all(verdicts, 'or')} than under {first}"


def compared_in_words(found: Sequence[InterpreterDifference]) -> str:
    """How cases under an interpreter compare with the same cases under another one."""
    several = len({each.result.case.table for each in found}) > 1

    def case(each: InterpreterDifference) -> str:
        return f"{each.result.case.table}/{each.result.case.name}" if several else each.result.case.name

    parts: list[str] = []
    for verdict, word in OUTCOMES.items():
        some = [each for each in found if each.verdict == verdict]
        if some:
            most = max(some, key=lambda each: max(each.ratio.estimate, 1 / each.ratio.estimate))
            about = f" ({'most in ' if len(some) > 1 else ''}{case(most)}: {factor(most.ratio.estimate)})"
            of = "" if parts else f" of {counted(len(found), 'case')}"
            parts.append(f"{word} in {len(some)}{of}{about if verdict in ('faster', 'slower') else ''}")
    return f"{found[0].result.case.side} compared with {found[0].other.case.side}: {', '.join(parts)}."
