"""What happens when the budget is used up: who is still wanted goes on, for a share of it, and nobody else."""

from __future__ import annotations

from concbench.measure.blocks import measure
from concbench.measure.plan import Plan, Tally
from concbench.model import Case, Settings, Workload

BUDGET = 0.6
LONGEST = 3.0


def cases() -> list[Case]:
    workload = Workload(name="tutorial", tasks=2)
    return [Case(id=f"a/{name}", part="a", subject="serial", workload=workload, settings=Settings()) for name in "bcd"]


def measured(longest: float, still: set[str], gives_up: float = 9.0) -> tuple[list[Case], list[float]]:
    """Measure three cases, of which those in `still` are wanted beyond the budget; return the shares of each look."""
    found, shares = cases(), []

    def wanted(used: float) -> set[str]:
        shares.append(used)
        if used < 1:
            return {case.id for case in found}
        return still if used < gives_up else set()

    plan = Plan(fewest_blocks=1, budget=BUDGET, longest=longest, wanted=wanted, seed=4)
    measure(found, plan, Tally(), lambda now: None)
    return found, shares


def test_without_an_extension_the_budget_is_the_end() -> None:
    _, shares = measured(1.0, {"a/b", "a/c", "a/d"})
    assert shares[-1] == 1.0
    assert all(share < 1 for share in shares[:-1])


def test_who_is_still_wanted_goes_on_and_the_others_do_not() -> None:
    found, shares = measured(LONGEST, {"a/c"})
    assert shares == sorted(shares)
    assert shares[-1] == LONGEST
    assert shares.count(1.0) == 1
    blocks = {case.id: max(sample.block for sample in case.samples) for case in found}
    assert blocks["a/c"] > blocks["a/b"] == blocks["a/d"] == shares.index(1.0)
    assert all(share < LONGEST for share in shares[:-1])


def test_who_is_wanted_no_more_ends_it_at_once() -> None:
    _, shares = measured(LONGEST, {"a/c"}, gives_up=1.01)
    assert shares[-2] == 1.0
    assert 1 < shares[-1] <= LONGEST


def test_where_nobody_is_wanted_any_more_nothing_is_added() -> None:
    _, shares = measured(LONGEST, set())
    assert shares[-1] == 1.0


def test_the_first_block_is_for_who_is_named_once_all_is_calibrated_and_others_may_join() -> None:
    found = cases()
    latecomer = Case(id="a/e", part="a", subject="serial", workload=found[0].workload, settings=Settings())
    seen: list[str] = []

    def opening() -> set[str]:
        return {"a/b", "a/c"}

    def wanted(_used: float) -> set[str]:
        if latecomer not in found:
            found.append(latecomer)
            return {"a/c", "a/e"}
        return set()

    plan = Plan(
        fewest_blocks=1,
        budget=60.0,
        rounds=1,
        opening=opening,
        wanted=wanted,
        looked_at=lambda: {"a/e"},
        watched=0.01,
        traced=0.01,
    )
    measure(found, plan, Tally(), lambda now: seen.append(now.doing))
    assert {case.id: [sample.block for sample in case.samples] for case in found} == {
        "a/b": [0],
        "a/c": [0, 1],
        "a/d": [],
        "a/e": [1],
    }
    assert [case.id for case in found if case.watch is not None] == ["a/e"]
    assert [case.id for case in found if case.trace is not None] == ["a/e"]
    assert seen.count("watching") == 1
