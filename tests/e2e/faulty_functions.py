"""Functions with something wrong with them, as data: what each does, and what a good tool makes of it.

Each is a module `faulty.py` with a function `task`. What decides:

- A function that works is measured, however odd its results are: 0.
- What some strategy can't run is that row's reason, and the others are measured: 3. So is what no strategy can run.
- Input that can't be right, so that nothing is measured, is a wrong use of the command: 2.
- Nothing is ever 1, which means a regression, nor 70, which means that concbench itself failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MEASURED, WRONG_USE, NOT_MEASURED, INTERRUPTED = 0, 2, 3, 130
Status = int | tuple[int, ...]
ROWS = ("serial", "pool-map", "thread")


@dataclass(frozen=True, kw_only=True)
class Faulty:
    """A function, and what is said of it."""

    name: str
    """What it does, or what is wrong with it."""
    code: str
    status: Status
    """The exit status; or several, where it is the machine's luck which of them."""
    says: tuple[str, ...] = ()
    """What the output has to have in it, with all white space made one blank."""
    measured: tuple[str, ...] | None = None
    """The rows that have figures; None: all of them where the status is 0, and otherwise whichever."""
    items: str = "3"
    words: tuple[str, ...] = ()
    """More options."""
    workload: str = "faulty.py:task"
    file: str = "faulty.py"
    beside: tuple[tuple[str, str], ...] = ()
    """Other files in its folder, and what is in them."""
    always: bool = False
    """Whether `make test` runs it, and not only `make test-all`."""


def returns(name: str, result: str, *, before: str = "", status: Status = MEASURED, **more: Any) -> Faulty:
    """Describe a function that returns something odd."""
    code = f"{before}\n\ndef task(item):\n    return {result}\n"
    return Faulty(name=f"returns {name}", code=code, status=status, **more)


def does(name: str, *body: str, before: str = "", status: Status = MEASURED, **more: Any) -> Faulty:
    """Describe a function that does something odd, line by line, and then returns its item."""
    lines = "\n".join(f"    {line}" for line in body)
    code = f"import os, signal, sys, threading, time\n{before}\n\ndef task(item):\n{lines}\n    return item\n"
    return Faulty(name=name, code=code, status=status, **more)


def raises(name: str, error: str, *, before: str = "", **more: Any) -> Faulty:
    """Describe a function that raises for its third item."""
    code = f"{before}\n\ndef task(item):\n    if item == 2:\n        raise {error}\n    return item\n"
    return Faulty(name=f"raises {name}", code=code, status=NOT_MEASURED, **more)


def has(name: str, *lines: str, status: Status, **more: Any) -> Faulty:
    """Describe a sound function with something odd beside it, line by line."""
    code = "\n".join(("import threading, time", *lines, "", "def task(item):", "    return item", ""))
    return Faulty(name=name, code=code, status=status, **more)


def odd(method: str, body: str, before: str = "") -> str:
    """Return the code of a class with one method."""
    return f"import time\n{before}\n\nclass Odd:\n    def {method}:\n        {body}\n"


SOME = ("serial", "thread")
"""The rows that need no pickling."""
UNPICKLED: dict[str, Any] = {
    "status": NOT_MEASURED,
    "says": ("can't be moved between processes",),
    "measured": SOME,
}
EITHER = (MEASURED, NOT_MEASURED)
REFUSED = (WRONG_USE, NOT_MEASURED)
RAISE = "raise LookupError('no')"

RESULTS = (
    returns("a class with an __eq__ that raises", "Odd()", before=odd("__eq__(self, other)", RAISE), always=True),
    returns("a class that equals nothing", "Odd()", before=odd("__eq__(self, other)", "return False")),
    returns(
        "a class with an __eq__ that exits",
        "Odd()",
        before=odd("__eq__(self, other)", "raise SystemExit(5)"),
        status=EITHER,
    ),
    returns(
        "a class whose __eq__ returns what has no truth",
        "Odd()",
        before=odd(
            "__eq__(self, other)", "return No()", "class No:\n    def __bool__(self):\n        raise TypeError()"
        ),
    ),
    returns("a class with a __repr__ that raises", "Odd()", before=odd("__repr__(self)", RAISE)),
    returns("a class with a __str__ that raises", "Odd()", before=odd("__str__(self)", RAISE)),
    returns("a class with a __hash__ that raises", "Odd()", before=odd("__hash__(self)", RAISE)),
    returns(
        "a class with a __del__ that raises",
        "Odd()",
        before=odd("__del__(self)", RAISE),
        words=("--task-output", "printed.txt"),
    ),
    returns("a class with a slow __del__", "Odd()", before=odd("__del__(self)", "time.sleep(0.1)")),
    returns(
        "a class with a __reduce__ that raises",
        "Odd()",
        before=odd("__reduce__(self)", RAISE),
        status=NOT_MEASURED,
        measured=SOME,
    ),
    returns(
        "a class that can't be unpickled",
        "Odd()",
        before=odd("__reduce__(self)", "return no, ()", f"def no():\n    {RAISE}"),
        status=NOT_MEASURED,
        words=("--timeout", "3"),
        measured=SOME,
    ),
    returns(
        "a class with all attributes", "Odd()", before=odd("__getattr__(self, name)", "return self"), status=EITHER
    ),
    returns("a mock", "MagicMock()", before="from unittest.mock import MagicMock", status=NOT_MEASURED, measured=SOME),
    returns("a lambda", "lambda: item", **UNPICKLED),
    returns("a generator", "(each for each in [item])", **UNPICKLED),
    returns("a lock", "threading.Lock()", before="import threading", **UNPICKLED),
    returns("an open file", "open(__file__)", **UNPICKLED),
    returns("a module", "json", before="import json", **UNPICKLED),
    returns("an object of a class defined inside", "type('Inner', (), {})()", **UNPICKLED),
    returns("NotImplemented", "NotImplemented"),
    returns("None", "None"),
    returns("an exception", "ValueError('no')"),
    returns(
        "a very deep list",
        "deep()",
        before="def deep():\n    found = []\n    for _ in range(100_000):\n        found = [found]\n    return found",
        status=NOT_MEASURED,
        measured=SOME,
    ),
    returns(
        "a list that holds itself",
        "loop()",
        before="def loop():\n    found = []\n    found.append(found)\n    return found",
    ),
    returns("a number that is too long to write out", "10 ** 5000"),
    returns("half a character", "'\\ud800'"),
    returns("different types", "[1, 'one', None][item]"),
    returns(
        "a number that counts its calls",
        "next(numbers)",
        before="from itertools import count\nnumbers = count()",
        says=("does not return the same",),
    ),
)

UNWRITABLE = f"class Odd(Exception):\n    def __str__(self):\n        {RAISE}"
ERRORS = (
    raises("for one item", "LookupError('no such page')", says=("LookupError: no such page", "item 2")),
    raises("with 5 MB of text", "ValueError('x' * 5_000_000)", says=("ValueError: xxx",), always=True),
    raises("with letters that no terminal should get", r"ValueError('\x1b[31m\ud800\x07')", says=("ValueError",)),
    raises("what can't be written out", "Odd()", before=UNWRITABLE, says=("Odd",)),
    raises(
        "what can't be unpickled",
        "Odd(1, 2)",
        before="class Odd(Exception):\n    def __init__(self, one, two):\n        super().__init__(one)",
        says=("Odd: 1",),
        words=("--timeout", "3"),
    ),
    raises(
        "what can't be pickled",
        "Odd(open(__file__))",
        before="class Odd(Exception):\n    pass",
        says=("Odd",),
        words=("--timeout", "3"),
    ),
    raises(
        "its own cause",
        "looped()",
        before="def looped():\n    error = ValueError('round')\n    error.__cause__ = error\n    return error",
        says=("ValueError: round",),
    ),
    raises("a group", "ExceptionGroup('all', [ValueError('one'), KeyError('two')])", says=("ExceptionGroup: all",)),
    raises("StopIteration", "StopIteration", says=("StopIteration",)),
    raises(
        "KeyboardInterrupt, and nobody pressed Ctrl-C",
        "KeyboardInterrupt",
        says=("KeyboardInterrupt",),
        words=("--timeout", "3"),
    ),
    raises("MemoryError", "MemoryError", says=("MemoryError",)),
    raises(
        "no Exception",
        "Odd('away')",
        before="class Odd(BaseException):\n    pass",
        says=("Odd: away",),
        words=("--timeout", "3"),
    ),
    does("calls itself for ever", "task(item)", status=NOT_MEASURED, says=("RecursionError",)),
    does(
        "raises on an item that can't be shown",
        "raise LookupError('no such page')",
        before=odd("__repr__(self)", RAISE) + "\n\ndef items():\n    return [Odd()] * 3\n",
        items="faulty.py:items",
        status=NOT_MEASURED,
        says=("LookupError: no such page",),
    ),
    Faulty(
        name="takes two arguments",
        code="def task(one, other):\n    return one\n",
        status=REFUSED,
        says=("argument", "other"),
    ),
    Faulty(name="takes no argument", code="def task():\n    return 1\n", status=REFUSED, says=("argument",)),
    Faulty(
        name="takes its argument by name",
        code="def task(*, item):\n    return item\n",
        status=REFUSED,
        says=("positional argument",),
    ),
)

ENDS = (
    does("calls sys.exit", "sys.exit(3)", status=NOT_MEASURED, says=("SystemExit",)),
    does("calls sys.exit on one item", "if item == 2: sys.exit('enough')", status=NOT_MEASURED, says=("enough",)),
    does("calls os._exit", "os._exit(0)", status=NOT_MEASURED, says=("exit",)),
    does("calls os.abort", "os.abort()", status=NOT_MEASURED, says=("signal 6",)),
    does("kills itself", "os.kill(os.getpid(), signal.SIGKILL)", status=NOT_MEASURED, says=("signal 9",)),
    does("reads where no memory is", "import ctypes; ctypes.string_at(0)", status=NOT_MEASURED, says=("signal 11",)),
    does("becomes another program", "os.execv('/bin/true', ['true'])", status=NOT_MEASURED),
    does(
        "stops itself",
        "os.kill(os.getpid(), signal.SIGSTOP)",
        status=NOT_MEASURED,
        words=("--timeout", "2"),
        says=("2 s", "--timeout"),
    ),
    does(
        "stops the host whose worker it is",
        "if 'multiprocessing' in sys.modules and sys.modules['multiprocessing'].parent_process():",
        "    os.kill(os.getppid(), signal.SIGSTOP)",
        status=EITHER,
        words=("--timeout", "2"),
    ),
    does(
        "hangs on item 5",
        "if item == 5: threading.Event().wait()",
        items="8",
        status=NOT_MEASURED,
        words=("--timeout", "2"),
        says=("item 5", "--timeout"),
        always=True,
    ),
)

STREAMS = (
    does("closes all its files", "os.closerange(0, 256)", status=NOT_MEASURED),
    does(
        "writes JSON to all its files",
        "for number in range(64):",
        "    try:",
        "        os.write(number, b'{\"answer\": 1}\\n[]\\nnull\\n')",
        "    except OSError:",
        "        pass",
        status=EITHER,
        always=True,
    ),
    does(
        "writes garbage to all its files",
        "for number in range(64):",
        "    try:",
        "        os.write(number, bytes(range(256)))",
        "    except OSError:",
        "        pass",
        words=("--task-output", "printed.txt"),
        status=EITHER,
    ),
    does("puts something else in place of sys.stdout", "sys.stdout = sys.stderr = None"),
    does("closes sys.stdout", "sys.stdout.close()", status=EITHER),
    does("prints what is no text", "os.write(1, bytes(range(256)))", words=("--task-output", "printed.txt")),
    does("prints a megabyte", "print('x' * 10**6)", words=("--task-output", "printed.txt"), says=("prints",)),
    does(
        "lowers how many files it may open",
        "import resource",
        "resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))",
        status=EITHER,
    ),
)

IF_MAIN = "if threading.current_thread() is threading.main_thread():"
SURROUNDINGS = (
    does("goes to another folder", "os.chdir('/')"),
    does("deletes the folder it is in", "import shutil", "shutil.rmtree(os.getcwd(), True)", status=EITHER),
    does("empties the environment", "os.environ.clear()"),
    does(
        "ignores the signals that end it",
        IF_MAIN,
        "    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):",
        "        signal.signal(each, signal.SIG_IGN)",
    ),
    does("ignores SIGCHLD", IF_MAIN, "    signal.signal(signal.SIGCHLD, signal.SIG_IGN)", status=EITHER),
    does("raises the recursion limit", "sys.setrecursionlimit(10**6)"),
    does("lowers the recursion limit", "sys.setrecursionlimit(60)", status=EITHER),
    does(
        "puts another clock in place of time.perf_counter",
        "time.perf_counter = time.process_time = lambda: 0.0",
        words=("--timeout", "10"),
        always=True,
    ),
    does("traces itself", "sys.settrace(lambda *_: None)", "sys.setprofile(lambda *_: None)"),
    does("turns off garbage collection", "import gc", "gc.disable()", "gc.freeze()"),
    does(
        "forgets the modules of concbench",
        "for name in [*sys.modules]:",
        "    if name.startswith('concbench'):",
        "        del sys.modules[name]",
        status=EITHER,
    ),
    does("forgets itself", "globals().pop('task', None)", words=("--timeout", "3"), status=EITHER),
    does("makes warnings errors", "import warnings", "warnings.simplefilter('error')"),
    does("sets the start method", "import multiprocessing", "multiprocessing.set_start_method('spawn', force=True)"),
    Faulty(
        name="changes its item",
        code="def items():\n    return [[] for _ in range(3)]\n\n"
        "def task(item):\n    item.append(1)\n    return len(item)\n",
        items="faulty.py:items",
        status=MEASURED,
        says=("changes its argument",),
    ),
)

WORKERS = (
    does(
        "starts a thread that never ends",
        "threading.Thread(target=threading.Event().wait, daemon=True).start()",
        says=("starts threads",),
    ),
    does(
        "starts a thread that even exit waits for",
        "threading.Thread(target=threading.Event().wait).start()",
        status=EITHER,
        words=("--timeout", "5"),
    ),
    does("leaves a process", "import subprocess", "subprocess.Popen(['sleep', '1000'])", says=("processes",)),
    does(
        "leaves a daemon with a clean environment",
        "import subprocess",
        "subprocess.Popen(['sleep', '1000'], env={'PATH': os.environ['PATH']}, start_new_session=True)",
        says=("processes",),
    ),
    does("kills its whole group", "os.killpg(0, signal.SIGKILL)", status=NOT_MEASURED, says=("signal 9",)),
    does(
        "kills all it can reach",
        "os.kill(-1, signal.SIGTERM)",
        status=(NOT_MEASURED, INTERRUPTED),
        words=("--timeout", "5"),
    ),
    does(
        "has a pool of its own",
        "import multiprocessing",
        "with multiprocessing.Pool(2) as pool:",
        "    pool.map(abs, [1, 2])",
        status=NOT_MEASURED,
        measured=SOME,
        says=("daemonic processes are not allowed to have children",),
    ),
    does(
        "has threads of its own",
        "from concurrent.futures import ThreadPoolExecutor",
        "with ThreadPoolExecutor(2) as pool:",
        "    list(pool.map(abs, [1, 2]))",
        says=("starts threads",),
    ),
    does("has an event loop of its own", "import asyncio", "asyncio.run(asyncio.sleep(0.001))"),
    Faulty(
        name="is a coroutine function that blocks",
        code="import time\n\nasync def task(item):\n    time.sleep(0.001)\n    return item\n",
        status=MEASURED,
    ),
    Faulty(
        name="is an async generator", code="async def task(item):\n    yield item\n", status=REFUSED, says=("async",)
    ),
    Faulty(
        name="is a generator function", code="def task(item):\n    yield item\n", status=REFUSED, says=("generator",)
    ),
)

INPUT = (
    has(
        "hangs while it is imported",
        "threading.Event().wait()",
        status=REFUSED,
        words=("--timeout", "2"),
        says=("import", "--timeout"),
        always=True,
    ),
    has("raises while it is imported", "raise LookupError('no page')", status=REFUSED, says=("LookupError: no page",)),
    has("exits while it is imported", "raise SystemExit(7)", status=REFUSED, says=("import",)),
    has("prints while it is imported", "print('hello')", status=MEASURED, words=("--task-output", "printed.txt")),
    has("is no Python", "def other(item)", status=REFUSED, says=("SyntaxError", "faulty.py")),
    has("is misspelt", workload="faulty.py:taks", status=WRONG_USE, says=("taks", "task")),
    has("is in a file that is not there", workload="absent.py:task", status=WRONG_USE, says=("absent",)),
    Faulty(name="is no function", code="task = 5\n", status=WRONG_USE, says=("int",)),
    has(
        "is in a file named json.py",
        file="json.py",
        workload="json.py:task",
        status=REFUSED,
        says=("json.py", "standard library"),
    ),
    has(
        "stands beside a file named types.py",
        beside=(("types.py", "KIND = 1\n"),),
        status=REFUSED,
        says=("types.py", "standard library"),
    ),
    has(
        "stands beside a file named concbench.py",
        beside=(("concbench.py", "KIND = 1\n"),),
        status=(MEASURED, *REFUSED),
    ),
    Faulty(
        name="has items that can't be pickled",
        code="def items():\n    return [lambda: 1] * 3\n\ndef task(item):\n    return item()\n",
        items="faulty.py:items",
        status=NOT_MEASURED,
        measured=SOME,
        says=("can't be moved between processes",),
    ),
    has(
        "has items that raise",
        "def items():",
        "    yield 1",
        "    raise LookupError('no page')",
        items="faulty.py:items",
        status=REFUSED,
        says=("LookupError: no page", "items"),
    ),
    has(
        "has items without end",
        "def items():",
        "    while True:",
        "        time.sleep(0.01)",
        "        yield 1",
        items="faulty.py:items",
        words=("--timeout", "2"),
        status=REFUSED,
        says=("items", "--timeout"),
    ),
    has("has no items", "def items(): return []", items="faulty.py:items", status=REFUSED, says=("items",)),
    has("has a number for items", "items = 5", items="faulty.py:items", status=WRONG_USE, says=("items",)),
    has("has fewer than no items", items="-5", status=WRONG_USE, says=("--items",)),
    has(
        "has items that are no JSON",
        items="items.jsonl",
        beside=(("items.jsonl", "1\n{two\n"),),
        status=WRONG_USE,
        says=("items.jsonl", "line 2"),
    ),
    has(
        "has an init that raises",
        "def init(): raise LookupError('no page')",
        words=("--init", "faulty.py:init"),
        status=NOT_MEASURED,
        says=("LookupError: no page", "init"),
    ),
    has(
        "has an init that hangs",
        "def init(): threading.Event().wait()",
        words=("--init", "faulty.py:init", "--timeout", "2"),
        status=NOT_MEASURED,
        says=("init", "--timeout"),
    ),
    has(
        "has an expect that raises",
        "def expect(item, result): raise LookupError('no page')",
        words=("--expect", "faulty.py:expect"),
        status=NOT_MEASURED,
        says=("LookupError: no page", "expect"),
    ),
    has(
        "has an expect that says no",
        "def expect(item, result): return item != 2",
        words=("--expect", "faulty.py:expect"),
        status=NOT_MEASURED,
        says=("task 2 returned 2, which is not right",),
    ),
    has(
        "has an expect whose answer has no truth",
        "class No:",
        "    def __bool__(self): raise TypeError('no truth')",
        "def expect(item, result): return No()",
        words=("--expect", "faulty.py:expect"),
        status=WRONG_USE,
        says=("expect",),
    ),
    has(
        "has an expect that hangs",
        "def expect(item, result): threading.Event().wait()",
        words=("--expect", "faulty.py:expect", "--timeout", "2"),
        status=NOT_MEASURED,
        says=("--timeout",),
    ),
)

ALL = (*RESULTS, *ERRORS, *ENDS, *STREAMS, *SURROUNDINGS, *WORKERS, *INPUT)
