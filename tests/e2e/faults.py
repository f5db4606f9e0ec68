"""The fault list: functions, environments and endings that must leave nothing, and be named.

Each row is a `Fault`: a name, the text of a function's file or what it runs in, a command, and what must come of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.e2e.confinement import Meanwhile

FEW = "--items 4 --blocks 1 --rounds 1 --timeout 10 -q"
COMPARE = f"concbench compare --workload faulty.py:task --strategy serial --strategy process --strategy pool-map {FEW}"
LONG = (
    "concbench compare --workload faulty.py:task --strategy pool-map --strategy serial --items 4 --blocks 3 --rounds 5"
)
NEXT = "concbench compare --workload tutorial --strategy serial --blocks 1 --rounds 1 -q"

IMPORTS = """
import ctypes, os, shutil, signal, subprocess, sys, tempfile, time
from pathlib import Path
"""
GOES = """
def task(item):
    Path("going").touch()
    subprocess.Popen(["setsid", "sleep", "654"], env={"PATH": os.environ["PATH"]})
    time.sleep(0.02)
    return item
"""
"""Leaves daemons, and says that it has begun."""


def task(*lines: str) -> str:
    """Return the text of a function that does something and returns its item."""
    body = "".join(f"    {line}\n" for line in lines)
    return f"{IMPORTS}\ndef task(item):\n{body}    return item\n"


@dataclass(frozen=True)
class Fault:
    """A row of the list."""

    name: str
    function: str = IMPORTS + GOES
    """The text of `faulty.py`."""
    command: str = COMPARE
    """For `sh`, in a folder with that file."""
    statuses: tuple[int, ...] = (0,)
    """What it may exit with; negative for a signal."""
    words: tuple[str, ...] = ()
    """What its output must have, white space aside."""
    mounts: tuple[str, ...] = ()
    """Commands that prepare private mounts."""
    meanwhile: Meanwhile | None = None
    killed: bool = False
    """Whether concbench itself is killed, so that what is left may take a moment to end."""
    leaves_folder: bool = False
    """Whether the run's folder is left, and the next run has to remove it."""
    repository: dict[str, str] = field(default_factory=dict)
    """The files of a repository of two commits that the command runs in."""
    quick: bool = False
    """Whether it is always tested, and not only among the thorough."""


LEAVES = "leaves processes behind"

DAEMONS = (
    Fault("a daemon with a clean environment", words=(LEAVES,), quick=True),
    Fault(
        "a daemon that forked twice",
        task(
            "if os.fork() == 0:",
            "    os.setsid()",
            "    if os.fork() == 0:",
            "        os.execve('/bin/sleep', ['sleep', '654'], {})",
            "    os._exit(0)",
            "os.wait()",
        ),
        words=(LEAVES,),
    ),
    Fault(
        "a daemon in a group of its own",
        task("subprocess.Popen(['sleep', '654'], process_group=0, env={})"),
        words=(LEAVES,),
    ),
    Fault(
        "a daemon whose environment was wiped by exec",
        task("subprocess.Popen(['sh', '-c', 'exec env -i setsid sleep 654'])"),
        words=(LEAVES,),
    ),
    Fault(
        "a daemon that ignores signals",
        task(
            "code = 'import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; time.sleep(654)'",
            "subprocess.Popen([sys.executable, '-c', code], env={}, start_new_session=True)",
        ),
        words=(LEAVES,),
    ),
    Fault(
        "a fork without exec that stays",
        task("if os.fork() == 0:", "    time.sleep(654)", "    os._exit(0)"),
        words=(LEAVES,),
    ),
    Fault(
        "a fork bomb of a hundred",
        task(
            "if item == 1 and os.fork() == 0:",
            "    for _ in range(6):",
            "        os.fork()",
            "    os.environ.clear()",
            "    time.sleep(654)",
        ),
        words=(LEAVES,),
    ),
    Fault(
        "a chain of forks that never stands still",
        task(
            "if item == 1 and os.fork() == 0:",
            "    os.closerange(3, 256)",
            "    while True:",
            "        if os.fork():",
            "            os._exit(0)",
            "        os.setsid()",
        ),
    ),
    Fault("processes that end by themselves", task("subprocess.Popen(['true'])", "time.sleep(0.05)")),
)

TASKS = (
    Fault(
        "a task that kills its parent",
        task("if item == 2:", "    os.kill(os.getppid(), signal.SIGKILL)", "    time.sleep(5)"),
        statuses=(0, 3),
        words=("a task killed its parent",),
        quick=True,
    ),
    Fault(
        "a task that kills all above it",
        task(
            "if item == 2:",
            "    above = os.getppid()",
            "    for _ in range(3):",
            "        text = Path(f'/proc/{above}/stat').read_text()",
            "        if 'nursery.py' in Path(f'/proc/{above}/cmdline').read_text():",
            "            os.kill(above, signal.SIGKILL)",
            "        above = int(text.rpartition(')')[2].split()[1])",
            "    time.sleep(1)",
        ),
        statuses=(0, 3),
    ),
    Fault("a task that closes all files", task("os.closerange(0, 256)"), statuses=(0, 3)),
    Fault(
        "a task in a folder that is deleted",
        task("folder = tempfile.mkdtemp()", "os.chdir(folder)", "os.rmdir(folder)"),
        statuses=(0, 3),
    ),
    Fault(
        "a task that takes all files",
        task(
            "import resource",
            "resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))",
            "globals().setdefault('held', []).extend(os.dup(0) for _ in range(9))",
        ),
        statuses=(0, 3),
    ),
    Fault(
        "a task that fills the folder for temporary files",
        task("with tempfile.NamedTemporaryFile(delete=False) as file:", "    file.write(bytes(24 << 20))"),
        statuses=(0, 3),
        words=("No space left",),
    ),
    Fault(
        "a task that leaves a deep tree where few files may be open",
        task(
            "folder = tempfile.mkdtemp()",
            "for depth in range(300):",
            "    folder += f'/{depth}'",
            "    try:",
            "        os.mkdir(folder)",
            "    except OSError:",
            "        break",
        ),
        command=f"ulimit -n 24; {COMPARE}",
        statuses=(0, 3),
    ),
    *(
        Fault(f"a task that empties the folder for temporary files: {name}", task(*lines), statuses=(0, 3), quick=quick)
        for name, quick, lines in (
            ("it is removed", False, ("shutil.rmtree(tempfile.gettempdir())",)),
            ("as well as can be", False, ("shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)",)),
            ("the place that it really is", False, ("shutil.rmtree(Path(tempfile.gettempdir()).resolve())",)),
            (
                "file by file",
                False,
                (
                    "for path in Path(tempfile.gettempdir()).iterdir():",
                    "    shutil.rmtree(path) if path.is_dir() else path.unlink()",
                ),
            ),
            ("by rm", False, ("subprocess.run(['rm', '-rf', tempfile.gettempdir()])",)),
            (
                "one after the other",
                True,
                (
                    "for _ in range(4):",
                    "    code = 'import tempfile; print(tempfile.gettempdir())'",
                    "    at = subprocess.check_output([sys.executable, '-c', code], text=True).strip()",
                    "    assert at.startswith(('/tmp/cb-', '/proc/')), at",
                    "    shutil.rmtree(Path(at).resolve(), ignore_errors=True)",
                    "    subprocess.run(['rm', '-rf', at], stderr=subprocess.DEVNULL)",
                ),
            ),
        )
    ),
)

ENVIRONMENTS = (
    Fault("few files may be open", command="ulimit -n 12; concbench run pool-vs-process --quick -q", statuses=(0, 3)),
    Fault(
        "/dev/shm is full",
        task(),
        mounts=("mount -t tmpfs -o size=4k tmpfs /dev/shm; head -c 4096 /dev/zero > /dev/shm/full",),
        statuses=(3, 0),
        words=("/dev/shm, where semaphores and shared memory are made, is full",),
        quick=True,
    ),
    Fault(
        "there is no /dev/shm",
        task(),
        mounts=(
            "mkdir /tmp/dev; for name in null urandom zero; do touch /tmp/dev/$name; done; "
            "mount -t tmpfs tmpfs /tmp/dev; for name in null urandom zero; do touch /tmp/dev/$name; "
            "mount --bind /dev/$name /tmp/dev/$name; done; mount --move /tmp/dev /dev; rmdir /tmp/dev; mkdir /dev/shm; "
            "rmdir /dev/shm",
        ),
        statuses=(3, 0),
        words=("there is no /dev/shm, where semaphores and shared memory are made",),
    ),
    Fault(
        "/dev/shm can't be written to",
        task(),
        mounts=("mount -t tmpfs -o ro tmpfs /dev/shm",),
        statuses=(3, 0),
        words=("/dev/shm, where semaphores and shared memory are made, can't be written to",),
    ),
)

ENDINGS = (
    *(
        Fault(
            f"{name} while tasks leave daemons",
            command=f"exec {LONG}",
            statuses=(130,),
            meanwhile=Meanwhile(name),
            words=("Interrupted.",),
            quick=name == "SIGINT",
        )
        for name in ("SIGINT", "SIGTERM", "SIGHUP")
    ),
    Fault(
        "SIGKILL while tasks leave daemons",
        command=f"exec {LONG}",
        statuses=(-9,),
        meanwhile=Meanwhile("SIGKILL"),
        killed=True,
    ),
    *(
        Fault(
            f"SIGKILL at a random moment {number}",
            command=f"exec {LONG}",
            statuses=(-9, 0, 3),
            meanwhile=Meanwhile("SIGKILL", after=1.5),
            killed=True,
        )
        for number in range(1, 9)
    ),
    *(
        Fault(
            f"SIGKILL of the {name}",
            command=f"exec {LONG}",
            statuses=(0, 3),
            meanwhile=Meanwhile("SIGKILL", to=(name,)),
        )
        for name in ("nursery", "keepers")
    ),
    Fault(
        "SIGKILL of the nursery and of concbench",
        command=f"exec {LONG}",
        statuses=(-9,),
        meanwhile=Meanwhile("SIGKILL", to=("nursery", "concbench")),
        killed=True,
        leaves_folder=True,
        quick=True,
    ),
)

STEPS = "def step(number):\n    return number\n"
GATED = """
[[cases]]
name = "steps"
workload = "steps:step"
tasks = 2
strategies = ["serial"]
metrics = ["wall"]
"""
CHECK = "concbench check --base-python ./python --head-python ./python --against HEAD~1 --budget 0.2s -q --setup"
SETUPS = (
    Fault(
        "a set-up that leaves daemons",
        command=f"{CHECK} 'env -i setsid sleep 654 & true'",
        words=("--setup of base leaves processes behind: 1 was ended", "--setup of head leaves processes behind"),
        repository={"steps.py": STEPS, "concbench.toml": GATED},
    ),
    Fault(
        "a set-up that leaves daemons and fails",
        command=f"{CHECK} 'env -i setsid sleep 654 & false'",
        statuses=(3,),
        words=("--setup ended with exit status 1",),
        repository={"steps.py": STEPS, "concbench.toml": GATED},
    ),
    Fault(
        "a set-up that kills its parent",
        command=f"{CHECK} 'kill -9 $PPID; sleep 654'",
        statuses=(3,),
        words=("--setup ended with exit status -9",),
        repository={"steps.py": STEPS, "concbench.toml": GATED},
    ),
)

FAULTS = (*DAEMONS, *TASKS, *ENVIRONMENTS, *ENDINGS, *SETUPS)
