"""What there is to say of the clock and of the interpreter."""

from __future__ import annotations

from collections.abc import Iterator

from concbench.measure.fitness_clock import Clock
from concbench.measure.fitness_surroundings import Surroundings
from concbench.measure.interpreters import Interpreter
from concbench.report.fitness_finding import Finding, good, marked, unknown
from concbench.report.safe import printable
from concbench.report.units import seconds

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
"""Counters that a process can read by itself, without a system call."""
SLOW_SOURCES = ("hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit")
"""Those for which it must ask the kernel, or a device; or that tick a few hundred times a second."""
DEAR, VERY_DEAR = 0.25e-6, 2e-6
"""Seconds that one reading of the clock takes, from which it is noted and warned of."""
COARSE, VERY_COARSE = 1e-6, 100e-6
"""The smallest step of the clock in seconds, from which it is noted and warned of."""


def clock(found: Clock) -> Iterator[Finding]:
    """Yield where the time comes from, and how fine and how dear it is."""
    if found.source is None:
        yield unknown("clock source")
    elif found.source in FAST_SOURCES:
        yield good("clock source", printable(found.source))
    else:
        slow = found.source in SLOW_SOURCES
        yield Finding(
            mark="warning" if slow else "note",
            about="clock source",
            seen=f"{printable(found.source)}, {'a slow one' if slow else 'which is not a usual one'}",
            meaning="Whatever asks for the time takes longer, tasks and time-outs of yours among them.",
            advice="See in dmesg why the kernel gave tsc up; echo tsc > "
            "/sys/devices/system/clocksource/clocksource0/current_clocksource.",
        )
    yield reading(found)


def reading(found: Clock) -> Finding:
    """Return what one reading of the clock costs, and the smallest step that it takes."""
    about = "perf_counter"
    if found.step is None:
        return Finding(
            mark="warning",
            about=about,
            seen="stood still while it was looked at",
            meaning="Short samples can't be told from each other.",
            advice="Measure longer tasks (--task-time), or on another machine.",
        )
    seen = f"{seconds(found.cost, 2)} a reading, steps of {seconds(found.step, 2)} or more"
    marks = (marked(found.cost, DEAR, VERY_DEAR), marked(found.step, COARSE, VERY_COARSE))
    if marks == ("good", "good"):
        return good(about, seen)
    return Finding(
        mark="warning" if "warning" in marks else "note",
        about=about,
        seen=seen,
        meaning="A time is good to so much only, which is felt in round trips and traces, not in samples of "
        "milliseconds.",
        advice="Choose a faster clock source, or measure outside of the sandbox or the virtual machine.",
    )


def interpreter(found: Interpreter) -> Iterator[Finding]:
    """Yield what about an interpreter bears on its figures; its name stands in each line where it was asked for."""
    of = f", {printable(found.name)}" if found.name else ""
    yield build(found, f"Python{of}")
    yield gil(found, f"GIL{of}")
    if found.jit:
        yield Finding(
            mark="note",
            about=f"JIT{of}",
            seen="on",
            meaning="Code becomes faster while it runs, so that first samples and short-lived workers are slower.",
            advice="Compare only with runs that had it on, too; PYTHON_JIT=0 turns it off.",
        )
    elif found.jit is not None:
        yield good(f"JIT{of}", "off")
    yield good(f"start method{of}", printable(found.start_method))


def build(found: Interpreter, about: str) -> Finding:
    """Return how the interpreter was built."""
    name = printable(f"{found.implementation} {found.version}")
    if found.debug:
        return Finding(
            mark="warning",
            about=about,
            seen=f"{name}, a debug build",
            meaning="It checks itself at every step and is several times as slow, and not everywhere alike.",
            advice="Measure with a release build.",
        )
    if found.optimized is False:
        return Finding(
            mark="note",
            about=about,
            seen=f"{name}, built without --enable-optimizations",
            meaning="Python code runs 10 to 30 % slower than on the builds that most people have, so that what "
            "concurrency costs looks smaller beside it.",
            advice="Measure with the build that you deploy; pyenv takes PYTHON_CONFIGURE_OPTS=--enable-optimizations.",
        )
    return good(about, f"{name}, {'an optimized build' if found.optimized else 'a release build'}")


def gil(found: Interpreter, about: str) -> Finding:
    """Return whether the GIL is on, and whether that is as the build would have it."""
    if found.free_threaded and found.gil:
        return Finding(
            mark="note",
            about=about,
            seen="on, in a free-threaded build",
            meaning="Threads take turns although this Python could do without, and it is slower than the usual build.",
            advice="Unset PYTHON_GIL, or find the extension module that turned the GIL on.",
        )
    return good(about, "on" if found.gil else "off: a free-threaded build")


def surroundings(found: Surroundings) -> Iterator[Finding]:
    """Yield what slows hosts, and how they are laid out."""
    yield slowing(found)
    yield addresses(found)


def slowing(found: Surroundings) -> Finding:
    """Return what slows hosts, or concbench itself."""
    about = "debugging aids"
    if found.slowing:
        return Finding(
            mark="warning",
            about=about,
            seen=f"{', '.join(map(printable, found.slowing))} set",
            meaning="Hosts inherit this, and every allocation, call or task may cost more for it.",
            advice=f"Unset it: env -u {' -u '.join(map(printable, found.slowing))} concbench ...",
        )
    if found.observed:
        return Finding(
            mark="note",
            about=about,
            seen=f"{', '.join(found.observed)} in concbench's own process",
            meaning="Hosts are started without and are timed right, but concbench takes longer between samples, so "
            "there are fewer of them.",
            advice="Start concbench without it.",
        )
    return good(about, "none")


def addresses(found: Surroundings) -> Finding:
    """Return whether every process is laid out at other addresses."""
    if found.moving_addresses is None:
        return unknown("address layout")
    if found.moving_addresses:
        return good("address layout", "random for every process")
    return Finding(
        mark="note",
        about="address layout",
        seen="the same for every process",
        meaning="All hosts share the luck of one memory layout, which no interval shows: a change of code that moves "
        "it looks like a change of speed.",
        advice="Run without setarch -R, and set kernel.randomize_va_space to 2: sysctl kernel.randomize_va_space=2.",
    )
