"""What is said of facts promises: a row for every statement, and an explanation of each that does not hold."""

from __future__ import annotations

from concbench.model.run import Fact
from concbench.report.blocks import Heading, Paragraph, Table
from concbench.report.sections.facts import TITLE, facts, in_short, observed, statements
from tests.report.runs import fact, facts_run


def rows(*of: Fact) -> tuple[tuple[str, ...], ...]:
    (table,) = (block for block in facts(facts_run(*of)) if isinstance(block, Table))
    return table.rows


def explanations(*of: Fact) -> list[str]:
    return [block.text for block in facts(facts_run(*of)) if isinstance(block, Paragraph)]


def test_a_statement_has_one_row_whatever_the_number_of_start_methods() -> None:
    assert rows() == (
        ("The statement on closed holds.", "EOFError", "as stated"),
        ("The statement on threads holds.", "EOFError", "as stated"),
        ("The statement on waits holds.", "fork: still waiting; spawn: EOFError", "DIFFERS"),
        ("The statement on cpus holds.", "2", "DIFFERS"),
    )


def test_observations_of_one_statement_belong_together() -> None:
    first, second, other = fact("a"), fact("a", start_method="spawn"), fact("b")
    assert statements(facts_run(first, other, second)) == [[first, second], [other]]


def test_one_start_method_that_differs_is_enough() -> None:
    (row,) = rows(fact("a"), fact("a", observed="nothing", start_method="spawn"))
    assert row[1:] == ("fork: EOFError; spawn: nothing", "DIFFERS")


def test_start_methods_that_agree_are_not_named_unless_asked_for() -> None:
    both = [fact("a", start_method=method) for method in ("fork", "spawn")]
    assert observed(both) == "EOFError"
    assert observed(both, always_on=True) == "fork: EOFError; spawn: EOFError"
    assert observed([fact("a", start_method=None)], always_on=True) == "EOFError"


def test_the_answer_counts_statements_and_names_start_methods_and_what_differs() -> None:
    assert next(facts(facts_run())) == Heading(TITLE, name="facts")
    assert in_short(facts_run()) == (
        "2 of 4 statements hold, with the start methods fork and spawn. What differs: waits and cpus."
    )
    for method, ending in (("spawn", ", with the start method spawn."), (None, ".")):
        both = facts_run(fact("a", start_method=method), fact("b", start_method=method))
        assert in_short(both) == f"All 2 statements hold{ending}"
    assert in_short(facts_run(fact("a", start_method=None))) == "The statement holds."


def test_what_differs_is_explained_and_what_holds_is_not() -> None:
    assert explanations() == [
        "DIFFERS: The statement on waits holds. Expected EOFError; observed fork: still waiting. Known: a forked child "
        "holds a copy.",
        "DIFFERS: The statement on cpus holds. Expected EOFError; observed fork: 2; spawn: 2.",
    ]
    assert explanations(fact("a"), fact("b", note="known")) == []
