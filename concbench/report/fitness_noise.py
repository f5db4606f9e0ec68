"""What there is to say of what others did while something was measured, and of the noise of identical cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt

from concbench.measure.fitness_activity import Activity
from concbench.model import Failure
from concbench.report.columns import NOISY
from concbench.report.fitness_finding import Finding, Mark, good, judged, marked, share, unknown
from concbench.report.safe import printable
from concbench.report.sentences import counted
from concbench.report.units import figures, seconds, size
from concbench.stats.verdicts import MARGIN
from concbench.suites.fitness import SEARCH, Noise

OTHERS_NOTED, OTHERS_WARNED = 0.02, 0.1
"""The share of all cores that others keep busy."""
STOLEN_NOTED, STOLEN_WARNED = 0.001, 0.01
"""The share of all cores' time that a hypervisor gives to others."""
UNEVEN, VERY_UNEVEN = 1.15, 1.4
"""How much longer the same work takes in its slowest samples, in CPU time, from which it is noted and warned of."""
SWAPPED = 1_000_000
"""Bytes to and from the swap from which it is warned of."""
BLUNT = 0.1
"""A difference that is warned of if no smaller one can be found; what is larger than the usual margin is noted."""
WORST = 1.0
"""A larger difference than this is only said to be larger."""


def activity(found: Activity, logical: int) -> Iterator[Finding]:
    """Yield what others did; `logical` is the number of cores."""
    yield others(found, logical)
    yield stolen(found)
    yield throttled(found)
    if found.swapped:
        yield Finding(
            mark=marked(found.swapped, 0, SWAPPED),
            about="swapping",
            seen=f"{size(found.swapped)} in {seconds(found.seconds, 2)}",
            meaning="Samples wait for the disk.",
            advice="Free memory: end what needs much of it.",
        )


def others(found: Activity, logical: int) -> Finding:
    """Return how many cores others kept busy."""
    if found.others is None:
        return unknown("other load")
    return judged(
        marked(found.others / logical, OTHERS_NOTED, OTHERS_WARNED),
        about="other load",
        seen=f"others used {figures(found.others, 2)} of {counted(logical, 'core')}",
        meaning="Cases that keep all cores busy share them with others, and look slower beside serial than they are.",
        advice="End the other load (see top), or give it cores of its own with taskset, and concbench the rest.",
    )


def stolen(found: Activity) -> Finding:
    """Return how much time a hypervisor gave to others."""
    if found.stolen is None:
        return unknown("steal time")
    mark = marked(found.stolen, STOLEN_NOTED, STOLEN_WARNED)
    if mark == "good":
        return good("steal time", share(found.stolen))
    return Finding(
        mark=mark,
        about="steal time",
        seen=f"{share(found.stolen)} of all cores' time",
        meaning="The hypervisor runs other machines on these cores while a sample is timed, and no core of this "
        "machine shows it.",
        advice="Measure at another hour, or on a machine with dedicated cores; CPU time suffers less than wall time.",
    )


def throttled(found: Activity) -> Finding:
    """Return whether control groups were stopped for having used their quota up."""
    if found.throttled is None or found.throttled_seconds is None:
        return unknown("throttling")
    if not found.throttled:
        return good("throttling", "none")
    return Finding(
        mark="warning",
        about="throttling",
        seen=f"stopped in {counted(found.throttled, 'period')}, for {seconds(found.throttled_seconds, 2)} in all",
        meaning="The quota was used up, and all processes were stopped until the next period: wall times have gaps "
        "that are no case's own.",
        advice="Use fewer workers than the quota has cores (--workers), or have it raised.",
    )


def speed(found: Sequence[Noise]) -> Iterator[Finding]:
    """Yield whether cores keep their speed: told by `serial`, whose CPU time is all in one process and its own.

    Of several interpreters the largest figure counts, as the cores are the same.
    """
    about = "core speed"
    serial = [each.speeds for each in found if each.subject == "serial"]
    if not serial:
        return
    known = [speeds for speeds in serial if speeds is not None]
    if not known:
        yield unknown(about)
        return
    largest = max(known)
    mark = marked(largest, UNEVEN, VERY_UNEVEN)
    if mark == "good":
        yield good(about, f"steady: the same work takes at most {figures(largest)} times the CPU time")
        return
    yield Finding(
        mark=mark,
        about=about,
        seen=f"the same work takes up to {figures(largest)} times the CPU time",
        meaning="The cores change their speed while they work: their frequency changes, or the other half of "
        "a physical core is busy, which in a virtual machine nothing else shows. Times of different runs "
        "can't be compared; within a run, cases side by side can.",
        advice="Fix the frequency (governor, turbo), turn hyper-threading off, or measure on a machine of "
        "your own; a larger --budget evens it out.",
    )


def noise(found: Noise) -> Iterator[Finding]:
    """Yield how much two identical cases of one subject scatter, and whether they agree."""
    mark = noise_mark(found)
    yield judged(
        mark,
        about=f"noise, {found.label}",
        seen=f"{scattering(found)}; {search(found)}",
        meaning="Verdicts will often be undecided."
        if mark == "warning"
        else "Small differences need more time than usual.",
        advice="See to the notes and warnings above, and give runs a larger --budget.",
    )
    yield agreement(found)


def scattering(found: Noise) -> str:
    """Return how much samples and blocks scatter, each by itself where that can be told."""
    if found.scatter is None and found.between is None:
        return "one sample of each case only"
    if found.scatter is None or found.between is None:
        both = found.scatter if found.between is None else found.between / sqrt(2)  # which is of a ratio of two
        return f"samples and blocks together scatter by {share(both or 0.0)}"
    blocks = f"blocks differ by {share(found.hosts)} beyond that" if found.hosts else "blocks by no more than that"
    return f"single samples scatter by {share(found.scatter)}, {blocks}"


def noise_mark(found: Noise) -> Mark:
    """Return the mark of what can be found, and of how single samples scatter."""
    if found.findable is None:
        return "warning"
    mark = marked(found.findable - 1, MARGIN, BLUNT)
    return "note" if mark == "good" and (found.scatter or 0.0) > NOISY else mark


def search(found: Noise) -> str:
    """Return which differences can be found, and how well that is known."""
    if found.findable is None or found.ratio.blocks < 2:
        return f"too slow to find anything in {SEARCH:g} s"
    good_to = 1 / sqrt(2 * (found.ratio.blocks - 1))
    return f"{differences(found)} can be found in {SEARCH:g} s (known to ±{100 * good_to:.0f} %)"


def differences(found: Noise) -> str:
    """Return what can be found: `differences of 2.1 % or more`."""
    if found.findable is None or not is_findable(found):
        return f"no differences below {share(WORST)}"
    return f"differences of {share(found.findable - 1)} or more"


def is_findable(found: Noise) -> bool:
    """Say whether any difference that anybody would measure can be found."""
    return found.findable is not None and found.findable - 1 <= WORST


def agreement(found: Noise) -> Finding:
    """Return whether two identical cases were found to be the same, as they are."""
    about = f"identical cases, {found.label}"
    ratio = found.ratio
    if ratio.low is None or ratio.high is None:
        return unknown(about)
    interval = f"{100 * ratio.confidence:g} % interval {figures(ratio.low, 4)} to {figures(ratio.high, 4)}"
    return judged(
        "good" if ratio.low <= 1 <= ratio.high else "note",
        about=about,
        seen=f"they differ by a factor of {figures(ratio.estimate, 4)} ({interval})",
        meaning="Where nothing differs a difference was found, as happens by chance once in "
        f"{1 / (1 - ratio.confidence):.0f} times.",
        advice="Run this again; if it comes again, something favours one host over another, so trust no small "
        "difference.",
    )


def failure(found: Failure) -> Finding:
    """Return why noise could not be measured."""
    return Finding(
        mark="warning",
        about="noise",
        seen=f"could not be measured: {found.kind}: {printable(found.message)}",
        meaning="What keeps these smallest of cases from running will keep others from it, too.",
        advice="Run concbench compare --workload cpu --strategy serial --strategy pool-map --verbose to see more.",
    )
