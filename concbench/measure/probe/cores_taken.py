"""How many cores Python, the system and some libraries would each take for the number of cores here."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import concbench.host
from concbench.model.run import Environment

PROGRAM = Path(concbench.host.__file__).with_name("cores_taken.py")
LIBRARIES = {"joblib": "joblib", "loky": "loky", "numpy": "OpenBLAS", "torch": "torch"}
"""By the name of a module, what the number of cores is that of."""
MISSING = "not installed"
PATIENCE = 30.0
"""Seconds that a library may take to be imported."""


@dataclass(frozen=True, kw_only=True)
class CoresTaken:
    """What takes how many cores."""

    by: str
    """Such as `os.cpu_count`."""
    cores: float | None
    why_not: str = ""
    """Why there is no number: `not installed`."""
    python: str = ""
    """The name of the interpreter that it holds for; empty if the user named none."""


def cores_taken(python: str, environment: Environment, name: str = "") -> list[CoresTaken]:
    """What Python, the system and libraries would each take; all are asked at once, each in a process of its own.

    `environment` is that of this process, which an interpreter that it starts has, too. `name` is what the user calls
    the interpreter. Takes as long as the slowest import.
    """
    with ExitStack() as stack:
        asked = {}
        for each in ("python", *LIBRARIES):
            command = [python, "-P", str(PROGRAM), each]
            asked[each] = stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            )
            stack.callback(asked[each].kill)  # before it is waited for, however this ends
        answers = {each: answer_of(process) for each, process in asked.items()}
    affinity, quota = environment.affinity, environment.cgroup_cpus
    found = [
        *_numbers(answers["python"] or {}),
        CoresTaken(by="affinity", cores=None if affinity is None else len(affinity), why_not="none"),
        CoresTaken(by="cgroup quota", cores=quota, why_not="none"),
    ]
    for module, by in LIBRARIES.items():
        answer = answers[module]
        found += [CoresTaken(by=by, cores=None, why_not=MISSING)] if answer is None else _numbers(answer)
    return [CoresTaken(by=each.by, cores=each.cores, why_not=each.why_not, python=name) for each in found]


def answer_of(process: subprocess.Popen[bytes]) -> dict[str, object] | None:
    """What a process said of a library; None where it could not be imported, or takes longer than any should."""
    try:
        said, _ = process.communicate(timeout=PATIENCE)
        answer = json.loads(said.splitlines()[-1]) if said else None
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return answer if isinstance(answer, dict) else None


def _numbers(answer: dict[str, object]) -> Iterator[CoresTaken]:
    for by, number in answer.items():
        if isinstance(number, int) and number > 0:
            yield CoresTaken(by=by, cores=number)
        else:
            yield CoresTaken(by=by, cores=None, why_not=number if isinstance(number, str) else "unknown")
