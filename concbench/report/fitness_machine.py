"""What there is to say of a machine's cores, their frequency, and who waits for them."""

from __future__ import annotations

from collections.abc import Iterator

from concbench.measure.fitness_cores import Cores, Frequency
from concbench.measure.fitness_pressure import Pressure
from concbench.report.fitness_finding import Finding, good, judged, marked, share, unknown
from concbench.report.safe import printable
from concbench.report.sentences import counted
from concbench.report.units import figures, size

LOADED = 0.25
"""Processes a core that ran or waited in the last minute, from which it is noted."""
CPU_WAITED = 0.05
"""Share of the last ten seconds in which some process waited for a core, from which it is noted."""
MEMORY_WAITED, MEMORY_SHORT = 0.01, 0.1
"""The same of memory, from which it is noted and warned of."""
SWAPPED_OUT = 0.05
"""Swap in use as a share of memory, from which it is noted."""
OWN_POLICIES = ("intel_pstate", "amd_pstate_epp", "amd-pstate-epp")
"""Drivers for which `powersave` follows the load; for all others it is the lowest frequency there is."""
PERFORMANCE = "Set the performance governor: cpupower frequency-set -g performance."


def cores(found: Cores) -> Iterator[Finding]:
    """Yield what there is to say of the cores: how many, by whose limit, and whether they are whole."""
    seen = f"{found.usable} of {counted(found.logical, 'logical core')} may be used"
    if found.usable == 1:
        yield Finding(
            mark="warning",
            about="cores",
            seen=seen,
            meaning="On one core nothing runs in parallel, so no strategy can beat serial on work that needs a core.",
            advice="Allow more cores: see taskset -p and the container's CPU limit.",
        )
    else:
        yield good("cores", seen)
    yield quota(found)
    if found.siblings is None:
        yield unknown("hyper-threading")
    elif found.siblings:
        yield Finding(
            mark="note",
            about="hyper-threading",
            seen="on: two logical cores share a physical one",
            meaning="With a worker for every logical core the ideal can't be reached, and figures depend on where "
            "the scheduler puts two workers.",
            advice="Measure with --workers at the number of physical cores, or turn it off: "
            "echo off > /sys/devices/system/cpu/smt/control.",
        )
    else:
        yield good("hyper-threading", "off")


def quota(found: Cores) -> Finding:
    """Return what there is to say of a control group's quota."""
    if found.quota is None:
        return good("quota", "none")
    seen = f"{found.quota:g} CPU seconds a second"
    if found.quota >= (found.allowed or found.logical):
        return good("quota", f"{seen}, as many as there are cores")
    if found.quota < found.usable:
        return Finding(
            mark="warning",
            about="quota",
            seen=f"{seen}, for {counted(found.usable, 'worker')}",
            meaning="That many workers use it up before the period ends and are all stopped until the next, so wall "
            "times come in steps of up to 100 ms.",
            advice="Ask for a whole number of cores (docker run --cpus 2), or bind to cores in place of a quota "
            "(--cpuset-cpus).",
        )
    return Finding(
        mark="note",
        about="quota",
        seen=f"{seen}, on {counted(found.allowed or found.logical, 'core')}",
        meaning="Where concbench and its hosts spread over more cores at once than the quota has, all are stopped for "
        "a moment.",
        advice="Bind to cores in place of a quota: taskset -c 0,1, or docker run --cpuset-cpus.",
    )


def frequency(found: Frequency) -> Iterator[Finding]:
    """Yield what there is to say of the governor, of turbo, and of the battery."""
    yield governor(found)
    if found.turbo is None:
        yield unknown("turbo")
    elif found.turbo:
        yield Finding(
            mark="note",
            about="turbo",
            seen="on",
            meaning="One busy core runs faster than all of them do together, so that parallel cases look worse than "
            "they are, and a warm machine is slower than a cold one.",
            advice="Turn it off where small differences matter: echo 1 > intel_pstate/no_turbo, or echo 0 > "
            "cpufreq/boost, in /sys/devices/system/cpu.",
        )
    else:
        yield good("turbo", "off")
    if found.plugged_in is False:
        yield Finding(
            mark="warning",
            about="battery",
            seen="on battery power",
            meaning="The machine saves energy when it likes, and not for all cases alike.",
            advice="Plug it in.",
        )
    else:
        yield good("battery", "on mains power" if found.plugged_in else "none, or not known here")


def governor(found: Frequency) -> Finding:
    """Return what there is to say of the policy that sets the frequency."""
    if found.governor is None:
        return unknown("governor")
    driver = f" ({printable(found.driver)})" if found.driver else ""
    seen = f"{printable(found.governor)}{driver}"
    if found.governor == "performance":
        return good("governor", seen)
    if "," in found.governor:
        return Finding(
            mark="warning",
            about="governor",
            seen=f"{seen}: not the same on all cores",
            meaning="A case is fast or slow by the core that it happens to run on.",
            advice=PERFORMANCE,
        )
    if found.governor == "powersave" and found.driver not in OWN_POLICIES:
        return Finding(
            mark="warning",
            about="governor",
            seen=seen,
            meaning="All cores run at their lowest frequency, where memory and devices look faster than they are.",
            advice=PERFORMANCE,
        )
    return Finding(
        mark="note",
        about="governor",
        seen=seen,
        meaning="The frequency follows the load, so what waits between two bursts of work is slower than what never "
        "rests, and single samples scatter more.",
        advice=PERFORMANCE,
    )


def pressure(found: Pressure, logical: int) -> Iterator[Finding]:
    """Yield who waits for cores and for memory; `logical` is the number of cores."""
    if found.load is None:
        yield unknown("load average")
    elif found.load < LOADED * logical:
        yield good("load average", figures(found.load, 2))
    else:
        yield Finding(
            mark="note",
            about="load average",
            seen=f"{figures(found.load, 2)} in the last minute, on {counted(logical, 'core')}",
            meaning="Somebody was busy before this began, and may be again; the cores may still be warm.",
            advice="Wait until it has gone down, and see in top who it is.",
        )
    yield waited_for_cores(found)
    yield waited_for_memory(found)
    yield swap(found)


def waited_for_cores(found: Pressure) -> Finding:
    """Return whether processes waited for a core before concbench started any."""
    if found.cpu is None:
        return unknown("CPU pressure")
    return judged(
        "note" if found.cpu >= CPU_WAITED else "good",
        about="CPU pressure",
        seen=waited(found.cpu),
        meaning="There was more work than cores before this began; where it goes on, cases wait for a core too.",
        advice="See in top who it is; a measurement of concbench's that has just ended counts, too.",
    )


def waited_for_memory(found: Pressure) -> Finding:
    """Return whether processes waited for memory before concbench started any."""
    if found.memory is None:
        return unknown("memory pressure")
    return judged(
        marked(found.memory, MEMORY_WAITED, MEMORY_SHORT),
        about="memory pressure",
        seen=waited(found.memory),
        meaning="Starting a process or touching new memory may take long, which hits strategies with processes most.",
        advice="Free memory: end what needs much of it, or raise the container's memory limit.",
    )


def waited(part: float) -> str:
    """Return for how much of the time some process waited."""
    return f"some process waited in {share(part)} of the last 10 s"


def swap(found: Pressure) -> Finding:
    """Return how much lies on disk and not in memory."""
    if found.swap is None or not found.total:
        return unknown("swap")
    if found.swap < SWAPPED_OUT * found.total:
        return good("swap", f"{size(found.swap)} in use" if found.swap else "none in use")
    return Finding(
        mark="note",
        about="swap",
        seen=f"{size(found.swap)} in use, beside {size(found.total)} of memory",
        meaning="What was swapped out comes back from the disk in the middle of a sample.",
        advice="Free memory, then swapoff -a and swapon -a.",
    )
