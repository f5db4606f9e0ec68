"""What the readings of a machine mean: a finding for each, with what it does to the figures and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

from concbench.measure.interpreters import Interpreter
from concbench.measure.probe.cores_taken import CoresTaken
from concbench.measure.probe.load import Activity
from concbench.measure.probe.machine import Clock, Cores, Frequency, Pressure, Surroundings
from concbench.report.safe import printable
from concbench.report.units import counted, figures, listed, seconds, size

# From which values on something is noted, or warned of.
LOADED = 0.25
"""Load average per core."""
CPU_WAITED = 0.05
"""Share of the last ten seconds in which some process waited for a core."""
MEMORY_WAITED, MEMORY_SHORT = 0.01, 0.1
"""The same for memory."""
SWAPPED_OUT = 0.05
"""Swap in use, as a share of memory."""
COSTLY, VERY_COSTLY = 0.25e-6, 2e-6
"""Seconds for one reading of the clock."""
COARSE, VERY_COARSE = 1e-6, 100e-6
"""The clock's smallest step, in seconds."""
OTHERS_NOTED, OTHERS_WARNED = 0.02, 0.1
"""Share of all cores used by other processes."""
STOLEN_NOTED, STOLEN_WARNED = 0.001, 0.01
"""Share of all cores' time given to other virtual machines."""
SWAPPED = 1_000_000
"""Bytes swapped in or out while measuring; fewer are noted."""

FAST_SOURCES = (
    "tsc",
    "arch_sys_counter",
    "kvm-clock",
    "hyperv_clocksource_tsc_page",
    "xen",
    "riscv_clocksource",
    "timebase",
    "tod",
)
"""Clock sources that a process reads by itself, without a system call."""
SLOW_SOURCES = ("hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit")
"""Those that need a system call or a device, or tick only a few hundred times a second."""
DYNAMIC_DRIVERS = ("intel_pstate", "amd_pstate_epp", "amd-pstate-epp")
"""Drivers for which `powersave` follows the load; for all others it means the lowest frequency."""
PERFORMANCE = "Set the performance governor: cpupower frequency-set -g performance."

Mark = Literal["good", "note", "warning", "unknown"]
"""`note`: figures are right, but read them with this in mind. `warning`: they may mislead."""


@dataclass(frozen=True)
class Finding:
    """What was seen of one thing."""

    mark: Mark
    about: str
    """The thing, in a word or two."""
    seen: str
    meaning: str = ""
    """What it does to the figures, in whole sentences; empty if all is good."""
    advice: str = ""
    """What to do, in whole sentences; empty if all is good."""


def good(about: str, seen: str) -> Finding:
    """A finding that needs no more words."""
    return Finding("good", about, seen)


def unknown(about: str) -> Finding:
    """A finding where nothing could be seen."""
    return Finding("unknown", about, "not reported by this system")


def judged(mark: Mark, about: str, seen: str, meaning: str, advice: str) -> Finding:
    """A finding with meaning and advice where it needs them."""
    if mark == "unknown":
        return unknown(about)
    return good(about, seen) if mark == "good" else Finding(mark, about, seen, meaning, advice)


def marked(value: float | None, note: float, warning: float = inf) -> Mark:
    """The mark of a figure that should be small."""
    if value is None:
        return "unknown"
    return "warning" if value >= warning else "note" if value >= note else "good"


def share(value: float) -> str:
    """A share in per cent, with two significant digits.

    >>> share(0.0213), share(0.31), share(0.0004), share(0.00001)
    ('2.1 %', '31 %', '0.04 %', '0 %')
    """
    return f"{figures(100 * value, 2 if value >= 0.001 else 1)} %" if value >= 0.0001 else "0 %"


# The machine


def cores(found: Cores) -> Iterator[Finding]:
    """How many cores there are, what limits them, and whether they are whole."""
    yield judged(
        "warning" if found.usable == 1 else "good",
        "cores",
        f"{found.usable} of {counted(found.logical, 'logical core')} usable",
        "Nothing can run in parallel on one core, so no strategy can beat serial on CPU-bound work.",
        "Allow more cores: check taskset -p $$ and the container's CPU limit.",
    )
    yield _quota(found)
    yield judged(
        marked(found.siblings, True),
        "hyper-threading",
        "on: two logical cores share a physical one" if found.siblings else "off",
        "With one worker per logical core, the ideal is out of reach, and figures depend on where the scheduler "
        "puts the workers.",
        "Set --workers to the number of physical cores, or turn it off: "
        "echo off > /sys/devices/system/cpu/smt/control.",
    )


def _quota(found: Cores) -> Finding:
    """Whether a control group's quota stops processes."""
    if found.quota is None:
        return good("quota", "none")
    seen = f"{found.quota:g} CPU seconds per second"
    allowed = found.allowed or found.logical
    if found.quota >= allowed:
        return good("quota", f"{seen}, enough for all {allowed} cores")
    if found.quota < found.usable:
        return Finding(
            "warning",
            "quota",
            f"{seen}, for {counted(found.usable, 'worker')}",
            "The workers use up the quota before its period ends, and are all stopped until the next, so wall times "
            "come in steps of up to 100 ms.",
            "Ask for a whole number of cores (docker run --cpus 2), or pin to cores instead (--cpuset-cpus).",
        )
    return Finding(
        "note",
        "quota",
        f"{seen}, on {counted(allowed, 'core')}",
        "When concbench and its hosts run on more cores at once than the quota covers, all are stopped for a moment.",
        "Pin to cores instead of setting a quota: taskset -c 0,1, or docker run --cpuset-cpus.",
    )


def taken(found: Sequence[CoresTaken], usable: int) -> Iterator[Finding]:
    """What would take how many cores, side by side, for each interpreter."""
    for python in dict.fromkeys(each.python for each in found):
        of_it = [each for each in found if each.python == python]
        more = [each.by for each in of_it if each.cores is not None and each.cores > usable]
        seen = ", ".join(f"{each.by} {each.why_not if each.cores is None else f'{each.cores:g}'}" for each in of_it)
        about = f"cores taken{f', {printable(python)}' if python else ''}"
        if not more:
            yield good(about, printable(seen))
            continue
        yield Finding(
            "note",
            about,
            printable(seen),
            f"{listed(more)}: more than the {counted(usable, 'core')} that can be used here, so whatever goes by that "
            "starts more workers or threads than can run.",
            "Say how many: --workers, and OMP_NUM_THREADS for libraries (--inner-threads).",
        )


def frequency(found: Frequency) -> Iterator[Finding]:
    """Governor, turbo and battery."""
    yield _governor(found)
    yield judged(
        marked(found.turbo, True),
        "turbo",
        "on" if found.turbo else "off",
        "One busy core runs faster than all cores together, so parallel cases look worse than they are; and a warm "
        "machine is slower than a cold one.",
        "Turn it off where small differences matter: in /sys/devices/system/cpu, "
        "echo 1 > intel_pstate/no_turbo or echo 0 > cpufreq/boost.",
    )
    powered = {True: "on mains power", None: "none, or not reported by this system", False: "on battery power"}
    yield judged(
        "warning" if found.plugged_in is False else "good",
        "battery",
        powered[found.plugged_in],
        "The machine may slow down at any time to save energy, and not equally for all cases.",
        "Plug it in.",
    )


def _governor(found: Frequency) -> Finding:
    """The policy that sets the cores' frequency."""
    if found.governor is None:
        return unknown("governor")
    seen = printable(found.governor) + (f" ({printable(found.driver)})" if found.driver else "")
    if found.governor == "performance":
        return good("governor", seen)
    if "," in found.governor:
        meaning = "A case is fast or slow depending on the core that it happens to run on."
        return Finding("warning", "governor", f"{seen}: not the same on all cores", meaning, PERFORMANCE)
    if found.governor == "powersave" and found.driver not in DYNAMIC_DRIVERS:
        meaning = "All cores run at their lowest frequency, so memory and devices look faster than they are."
        return Finding("warning", "governor", seen, meaning, PERFORMANCE)
    meaning = "The frequency follows the load, so work after a pause starts slowly, and single samples vary more."
    return Finding("note", "governor", seen, meaning, PERFORMANCE)


def pressure(found: Pressure, logical: int) -> Iterator[Finding]:
    """What waited for cores and memory before concbench started anything; `logical` is the number of cores."""
    yield judged(
        marked(found.load, LOADED * logical),
        "load average",
        f"{figures(found.load or 0.0, 2)} over the last minute, on {counted(logical, 'core')}",
        "Something was busy before this began, and may be again; the cores may still be warm.",
        "Wait until it has dropped; top shows what it is.",
    )
    yield judged(
        marked(found.cpu, CPU_WAITED),
        "CPU pressure",
        f"processes waited during {share(found.cpu or 0.0)} of the last 10 s",
        "There was more work than cores before this began; if that goes on, cases wait for a core, too.",
        "Find out in top what it is; a run of concbench that has just ended counts, too.",
    )
    yield judged(
        marked(found.memory, MEMORY_WAITED, MEMORY_SHORT),
        "memory pressure",
        f"processes waited during {share(found.memory or 0.0)} of the last 10 s",
        "Starting a process or touching new memory may take long, which hits strategies with processes hardest.",
        "Free memory: end what needs much of it, or raise the container's memory limit.",
    )
    yield judged(
        marked(found.swap, SWAPPED_OUT * found.total) if found.total else "unknown",
        "swap",
        f"{size(found.swap)} in use, with {size(found.total or 0)} of memory" if found.swap else "none in use",
        "What was swapped out is read back from disk in the middle of a sample.",
        "Free memory, then run swapoff -a and swapon -a.",
    )


def clock(found: Clock) -> Iterator[Finding]:
    """Where the time comes from, its resolution, and what a reading costs."""
    fast, slow = found.source in FAST_SOURCES, found.source in SLOW_SOURCES
    mark: Mark = "unknown" if found.source is None else "good" if fast else "warning" if slow else "note"
    yield judged(
        mark,
        "clock source",
        printable(found.source or "") + {"warning": ", which is slow", "note": ", which is unusual"}.get(mark, ""),
        "Whatever asks for the time takes longer, including your tasks and their timeouts.",
        "See in dmesg why the kernel gave up tsc; echo tsc > "
        "/sys/devices/system/clocksource/clocksource0/current_clocksource.",
    )
    if found.step is None:
        yield Finding(
            "warning",
            "perf_counter",
            "stood still while it was read",
            "Short samples can't be distinguished.",
            "Measure longer tasks (--task-time), or on another machine.",
        )
        return
    marks = (marked(found.cost, COSTLY, VERY_COSTLY), marked(found.step, COARSE, VERY_COARSE))
    yield judged(
        "warning" if "warning" in marks else "note" if "note" in marks else "good",
        "perf_counter",
        f"{seconds(found.cost, 2)} per reading, in steps of {seconds(found.step, 2)} or more",
        "This limits how exactly short times are measured, as in round trips and traces; samples of milliseconds are "
        "unaffected.",
        "Choose a faster clock source, or measure outside the sandbox or virtual machine.",
    )


# The interpreters and what hosts are started in


def interpreter(found: Interpreter) -> Iterator[Finding]:
    """What of an interpreter affects its figures; each line has its name if the user named it."""
    of = f", {printable(found.name)}" if found.name else ""
    yield _build(found, f"Python{of}")
    yield _gil(found, f"GIL{of}")
    if found.jit is not None:
        yield judged(
            marked(found.jit, True),
            f"JIT{of}",
            "on" if found.jit else "off",
            "Code gets faster while it runs, so first samples and short-lived workers are slower.",
            "Compare only with runs that had it on, too; PYTHON_JIT=0 turns it off.",
        )
    yield good(f"start method{of}", printable(found.start_method))


def _build(found: Interpreter, about: str) -> Finding:
    """How the interpreter was built."""
    name = printable(f"{found.implementation} {found.version}")
    if found.debug:
        return Finding(
            "warning",
            about,
            f"{name}, a debug build",
            "It checks itself at every step, which makes it several times slower, some operations more than others.",
            "Measure with a release build.",
        )
    if found.optimized is False:
        return Finding(
            "note",
            about,
            f"{name}, built without --enable-optimizations",
            "Python code runs 10 to 30 % slower than in most people's builds, which makes the overhead of concurrency "
            "look smaller.",
            "Measure with the build that you deploy; pyenv takes PYTHON_CONFIGURE_OPTS=--enable-optimizations.",
        )
    return good(about, f"{name}, {'an optimized build' if found.optimized else 'a release build'}")


def _gil(found: Interpreter, about: str) -> Finding:
    """Whether the GIL is on, and whether it should be."""
    if found.free_threaded and found.gil:
        return Finding(
            "note",
            about,
            "on, in a free-threaded build",
            "Threads take turns although this build could run them in parallel, and it is slower than the usual build.",
            "Unset PYTHON_GIL, or find the extension module that turned the GIL on.",
        )
    return good(about, "on" if found.gil else "off: a free-threaded build")


def surroundings(found: Surroundings) -> Iterator[Finding]:
    """What slows hosts, and how they are laid out in memory."""
    if found.slowing:
        names = [printable(name) for name in found.slowing]
        yield Finding(
            "warning",
            "debugging aids",
            f"{', '.join(names)} set",
            "Hosts inherit this, which may slow down every allocation, call or task.",
            f"Unset it: env -u {' -u '.join(names)} concbench ...",
        )
    else:
        yield judged(
            "note" if found.observed else "good",
            "debugging aids",
            f"{', '.join(found.observed)} in concbench's own process" if found.observed else "none",
            "Hosts run without it, so timings are right, but concbench takes longer between samples: there are fewer.",
            "Start concbench without it.",
        )
    fixed = None if found.moving_addresses is None else not found.moving_addresses
    yield judged(
        marked(fixed, True),
        "address layout",
        "the same for every process" if fixed else "random for every process",
        "All hosts share the luck of one memory layout, which no interval shows: a change in layout looks like "
        "a change in speed.",
        "Run without setarch -R, and set kernel.randomize_va_space to 2: sysctl kernel.randomize_va_space=2.",
    )


# What others did while concbench measured


def activity(found: Activity, logical: int) -> Iterator[Finding]:
    """What other processes and machines took; `logical` is the number of cores."""
    yield judged(
        marked(found.others, OTHERS_NOTED * logical, OTHERS_WARNED * logical),
        "other load",
        f"other processes used {figures(found.others or 0.0, 2)} of {counted(logical, 'core')}",
        "Cases that use all cores have to share them, and look slower next to serial than they are.",
        "End the other load (see top), or use taskset to give it and concbench cores of their own.",
    )
    yield judged(
        marked(found.stolen, STOLEN_NOTED, STOLEN_WARNED),
        "steal time",
        f"{share(found.stolen or 0.0)} of all cores' time",
        "The hypervisor gives these cores to other machines in the middle of samples, however idle this one is.",
        "Measure at another time, or on a machine with dedicated cores; CPU time suffers less than wall time.",
    )
    stopped = f"{counted(found.throttled or 0, 'period')}, for {seconds(found.throttled_seconds or 0.0, 2)} in total"
    yield judged(
        marked(found.throttled, 1, 1),
        "throttling",
        f"stopped in {stopped}" if found.throttled else "none",
        "The quota was used up, and all processes were stopped until the next period, which puts gaps into wall "
        "times that no case caused.",
        "Use fewer workers than the quota has cores (--workers), or have it raised.",
    )
    if found.swapped:
        yield Finding(
            marked(found.swapped, 0, SWAPPED),
            "swapping",
            f"{size(found.swapped)} in {seconds(found.seconds, 2)}",
            "Samples wait for the disk.",
            "Free memory: end what needs much of it.",
        )
