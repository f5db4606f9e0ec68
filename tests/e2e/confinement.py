"""A command in namespaces of its own, so that it can be seen what it leaves, and nothing that it does reaches others.

As a script, this is the first process of the namespace: it makes /tmp and /dev/shm private and empty, runs a command,
signals processes of it meanwhile, and says what is left when it has ended: every process but itself, whatever became
of its environment, session or group; and every file in /tmp and /dev/shm.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

PRECIOUS = Path("/tmp/precious")
"""Another program's file in the machine's /tmp."""
ROOT = Path(__file__).resolve().parents[2]
UNSHARE = ("unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child")
PATIENCE = 90.0


@dataclass(frozen=True)
class Meanwhile:
    """What is done to the command while it runs."""

    signal: str
    """Its name."""
    to: tuple[str, ...] = ("concbench",)
    """`concbench`, `nursery`, `keepers`: sent in this order."""
    after: float | None = None
    """Seconds after its start; None: once a task has made the file `going`."""


@dataclass(frozen=True)
class Confined:
    """A command, and what it runs in."""

    command: str
    """For `sh`, in the folder."""
    folder: str
    files: dict[str, str] = field(default_factory=dict)
    """By name: what is written into the folder before."""
    mounts: tuple[str, ...] = ()
    """For `sh`, once /tmp and /dev/shm are private."""
    meanwhile: Meanwhile | None = None
    wait: bool = False
    """Whether what is left may still be ending: the guardian sees to it."""
    then: str = ""
    """Another command for `sh`, once nothing is running any more; it has to end well."""
    path: str = ""


@dataclass(frozen=True)
class Left:
    """What came of it."""

    status: int
    output: str
    processes: list[str]
    files: list[str]
    """Before `then`, if there is one."""
    files_then: list[str]
    precious: bool


@cache
def namespaces() -> tuple[str, ...] | None:
    """The words that start a command in namespaces of its own; None if this system or user has none."""
    if shutil.which("unshare") is None:
        return None
    for words in (UNSHARE, (*UNSHARE, "--user", "--map-root-user")):
        if subprocess.run([*words, "mount", "-t", "tmpfs", "tmpfs", "/tmp"], capture_output=True).returncode == 0:
            return words
    return None


def confined(what: Confined) -> Left:
    """Run a command in namespaces of its own, and return what came of it."""
    words = namespaces()
    assert words is not None
    done = subprocess.run(
        [*words, sys.executable, __file__],
        input=json.dumps(asdict(what)),
        capture_output=True,
        text=True,
        timeout=PATIENCE + 30,
    )
    assert done.returncode == 0, done.stderr
    return Left(**json.loads(done.stdout.splitlines()[-1]))


# In the namespace


def others() -> dict[int, str]:
    """Every living process but this one, by number, with its words."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                state = (entry / "stat").read_bytes().rpartition(b")")[2].split()[0]
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if state not in (b"Z", b"X"):
                found[int(entry.name)] = words.strip()
    return found


def mount(what: dict[str, object]) -> None:
    folder = str(what["folder"])
    # The checkout, with its environment, may itself be in the /tmp that is hidden from here on.
    held = os.open(ROOT, os.O_RDONLY | os.O_DIRECTORY) if ROOT.is_relative_to("/tmp") else None
    lines = [
        f"mount --bind '{folder}' /mnt",
        "mount -t tmpfs -o size=64m tmpfs /tmp",
        "mount -t tmpfs -o size=16m tmpfs /dev/shm",
        f"mkdir -p '{folder}' && mount --bind /mnt '{folder}' && umount /mnt",
    ]
    for line in [*lines, *what["mounts"]]:  # type: ignore[misc]  # of strings
        subprocess.run(["sh", "-c", line], check=True)
    if held is not None:
        ROOT.mkdir(parents=True)
        subprocess.run(["mount", "-c", "--bind", f"/proc/self/fd/{held}", str(ROOT)], check=True, pass_fds=[held])
        os.close(held)


def signal_to(pid: int, to: str, number: signal.Signals) -> None:
    above = [each for each, words in others().items() if "nursery.py" in words]
    parents = {each: int(Path(f"/proc/{each}/stat").read_bytes().rpartition(b")")[2].split()[1]) for each in above}
    victims = {
        "concbench": [pid],
        "nursery": [each for each in above if parents[each] not in above],
        "keepers": [each for each in above if parents[each] in above],
    }[to]
    for victim in victims:
        os.kill(victim, number)


def new_files(before: set[str]) -> list[str]:
    """What is in /tmp and in /dev/shm that was not there before."""
    found = {str(path) for where in ("/tmp", "/dev/shm") if Path(where).exists() for path in Path(where).iterdir()}
    return sorted(found - before)


def main() -> None:
    what = json.loads(sys.stdin.read())
    mount(what)
    PRECIOUS.write_text("of another program")
    folder = Path(what["folder"])
    for name, text in what["files"].items():
        (folder / name).write_text(text)
    before = set(new_files(set()))
    environment = {**os.environ, "PATH": f"{what['path']}:{os.environ['PATH']}"}
    output = folder / "output.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            ["sh", "-c", what["command"]], cwd=folder, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            env=environment, start_new_session=True,
        )  # fmt: skip
    meanwhile = what["meanwhile"]
    if meanwhile is not None:
        if meanwhile["after"] is None:
            while not (folder / "going").exists() and process.poll() is None:
                time.sleep(0.005)
        else:
            time.sleep(random.uniform(0.0, 2 * meanwhile["after"]))
        if process.poll() is None:
            for to in meanwhile["to"]:
                signal_to(process.pid, to, signal.Signals[meanwhile["signal"]])
    status = process.wait(PATIENCE)
    deadline = time.monotonic() + PATIENCE / 3
    while what["wait"] and others() and time.monotonic() < deadline:
        time.sleep(0.01)
    processes = list(others().values())
    files = new_files(before)
    if what["then"]:
        subprocess.run(["sh", "-c", what["then"]], cwd=folder, stdout=sys.stderr, check=True, env=environment)
    left = {
        "status": status,
        "output": output.read_text(errors="replace"),
        "processes": processes,
        "files": files,
        "files_then": new_files(before),
        "precious": PRECIOUS.exists(),
    }
    print(json.dumps(left))


if __name__ == "__main__":
    main()
