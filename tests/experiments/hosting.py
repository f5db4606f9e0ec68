"""How a test lets a real host run an experiment, and how it sees what a sample left behind there."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pytest

from concbench.model import Settings, Workload
from tests.host.talking import Host
from tests.strategies.running import SERVANTS, line_of

METHODS = ("fork", "forkserver", "spawn")


def opened(host: Host, experiment: str, subject: str, workload: Workload, **settings: Any) -> dict[str, Any]:
    """Let a host take on a case, and return its answer."""
    described = {"workload": asdict(workload), "settings": asdict(Settings(**settings))}
    return host.ask("open", case={"experiment": experiment, "subject": subject, **described})


def sampled(host: Host, experiment: str, subject: str, workload: Workload, **settings: Any) -> dict[str, Any]:
    """Return the figures of one sample; its phases add up."""
    facts = opened(host, experiment, subject, workload, **settings)
    assert "ok" in facts, facts
    answer = host.ask("sample")
    assert "ok" in answer, answer
    figures: dict[str, Any] = answer["ok"]
    assert figures["start"] + figures["run"] + figures["stop"] == pytest.approx(figures["wall"], rel=0, abs=1e-9)
    assert min(figures["start"], figures["run"], figures["stop"], figures["cpu"]) >= 0
    return figures


def failed(host: Host, experiment: str, subject: str, workload: Workload, **settings: Any) -> dict[str, str]:
    """Return why a host could not take on a case, or why its sample failed."""
    answer = opened(host, experiment, subject, workload, **settings)
    if "ok" in answer:
        answer = host.ask("sample")
    assert "failure" in answer, answer
    failure: dict[str, str] = answer["failure"]
    return failure


def children_of(pid: int) -> list[str]:
    """Return the processes below a host, zombies too, but for those that `multiprocessing` keeps."""
    own = psutil.Process(pid)
    servants = {child.pid for child in own.children() if any(word in line_of(child) for word in SERVANTS)}
    return [f"{child.pid} {line_of(child)}" for child in own.children(recursive=True) if child.pid not in servants]


def files_of(pid: int) -> dict[str, str]:
    """Return the open files of a process: by number, what each is of, without the numbers that the system gives."""
    folder = Path(f"/proc/{pid}/fd")
    return {each.name: str(each.readlink()).partition("[")[0] for each in folder.iterdir()}


def shared_memory_of(pid: int) -> set[str]:
    """Return the blocks of shared memory that a process has mapped."""
    words = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").split()
    return {word for word in words if word.startswith("/dev/shm/psm_")}
