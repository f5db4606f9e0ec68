from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from concbench.measure.program import NoProgram, command_of, trace_folder, traced
from tests.measure.tracing import nothing_left, plainly, same, tasks_of, with_trace

EXTRA = {"__future__", "_functools", "_posixsubprocess", "_struct", "itertools", "mmap", "struct"}
"""Modules that a program has with a trace only; those of concbench are hidden."""

BEHAVIOUR = {
    "surroundings": """
        import os, signal, sys, threading
        print(__name__, __file__, __spec__, sorted(globals()))
        print(sys.argv, sys.orig_argv, sys.path, sys.flags, sys.warnoptions)
        print(dict(os.environ), "sitecustomize" in sys.modules)
        print(sorted(os.listdir("/proc/self/fd")), threading.enumerate())
        print([signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)])
        """,
    "stdin": "import sys; sys.stdout.write(sys.stdin.read().upper())",
    "exception": """
        import sys
        def f(): raise ValueError("no")
        print("before", file=sys.stderr)
        f()
        """,
    "exit message": "import sys; sys.exit('a message')",
    "hard exit": "import os; print('lost, as it is not flushed'); os._exit(3)",
    "killed": "import os; os.kill(os.getpid(), 9)",
    "ended": "import os; os.kill(os.getpid(), 15)",
    "interrupted": """
        import os, signal, sys, time
        print("before", flush=True)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)
        """,
    "interrupted in a pool": """
        import os, signal, sys, time
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(1) as executor:
            executor.submit(time.sleep, 0)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(60)
        """,
    "raises at exit": """
        import atexit
        def late(): raise ValueError("late")
        atexit.register(late)
        """,
    "raises in a thread": """
        import threading
        def f(): raise ValueError("no")
        thread = threading.Thread(target=f, name="one"); thread.start(); thread.join()
        thread.start()
        """,
    "a thread that goes on": """
        import threading, time
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        print("done")
        """,
    "fork": """
        import os, threading
        thread = threading.Thread(target=print, args=("thread",), kwargs={"flush": True}); thread.start(); thread.join()
        pid = os.fork()
        if not pid:
            thread = threading.Thread(target=print, args=("child",), kwargs={"flush": True}); thread.start()
            thread.join(); os._exit(4)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """,
    "streams, signals and logging": """
        import io, logging, os, signal, sys
        logging.basicConfig(level=logging.DEBUG, format="%(name)s %(levelname)s %(message)s")
        signal.signal(signal.SIGTERM, lambda *_: print("handled"))
        sys.stdout = io.TextIOWrapper(os.fdopen(os.dup(1), "wb"), encoding="utf-16")
        from multiprocessing.pool import ThreadPool
        with ThreadPool(1) as pool: pool.map(print, ["ä"])
        import asyncio; asyncio.run(asyncio.sleep(0))
        os.kill(os.getpid(), signal.SIGTERM)
        sys.excepthook = lambda *what: print("hooked", what[1]); sys.stdout.flush()
        1 / 0
        """,
    "all files closed": """
        import os, sys
        from multiprocessing.pool import ThreadPool
        with ThreadPool(1) as pool: pool.map(abs, range(3))
        os.closerange(3, 256)
        files = [open(f"own{number}", "w") for number in range(9)]
        for number, file in enumerate(files): file.write(str(number))
        if not (pid := os.fork()): os._exit(0)
        os.waitpid(pid, 0)
        import threading
        thread = threading.Thread(target=print, args=("thread",), kwargs={"flush": True}); thread.start(); thread.join()
        for file in files: file.flush(); os.fsync(file.fileno())
        print([file.fileno() for file in files], [open(f"own{number}").read() for number in range(9)])
        """,
    "children": """
        import os, subprocess, sys
        ask = "import os, sys; print(sys.argv, sys.path, dict(os.environ), sys.flags, 'sitecustomize' in sys.modules)"
        for options in ((), ("-I",), ("-E",), ("-S",), ("-sB",), ("-W", "ignore", "-I")):
            sys.stdout.flush()
            subprocess.run([sys.executable, *options, "-c", ask], check=True)
        subprocess.run([sys.executable, "-c", ask], env={}, check=True)
        subprocess.run([sys.executable, "-c", ask], env={"PYTHONPATH": ""}, check=True)
        subprocess.run(["env", "sh", "-c", "env | grep -E 'PYTHON|CONCBENCH' || true"], check=True)
        os.system("env | grep -E 'PYTHON|CONCBENCH'")
        os.makedirs("own", exist_ok=True)
        open("own/sitecustomize.py", "w").write("print('mine')")
        subprocess.run([sys.executable, "-c", ask], env={"PYTHONPATH": os.path.abspath("own")}, check=True)
        open("own/sitecustomize.py", "w").write("raise ValueError('broken')")
        subprocess.run([sys.executable, "-c", ask], env={"PYTHONPATH": os.path.abspath("own")}, check=True)
        print(subprocess.run(["./missing"]))
        """,
    "replaced": """
        import os, sys
        if len(sys.argv) > 1: print(sys.argv, dict(os.environ)); sys.exit(5)
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, __file__, "again"])
        """,
    "another executable": """
        import multiprocessing, os, sys
        def ask(): print(sys.executable, sys.path[:1], "CONCBENCH_TRACE" in os.environ, flush=True)
        if __name__ == "__main__":
            os.path.lexists("other") or os.symlink(sys.executable, "other")
            multiprocessing.set_executable(os.path.abspath("other"))
            process = multiprocessing.get_context("spawn").Process(target=ask)
            process.start(); process.join(); print(process.exitcode)
        """,
    "a worker that dies": """
        import concurrent.futures, os, traceback, sys
        def die(): os._exit(1)
        if __name__ == "__main__":
            with concurrent.futures.ProcessPoolExecutor(1) as executor:
                future = executor.submit(die)
                concurrent.futures.wait([future])
                print(type(future.exception()))
        """,
    "an initializer that raises": """
        import concurrent.futures
        def broken(): raise ValueError("no")
        with concurrent.futures.ProcessPoolExecutor(1, initializer=broken) as executor:
            future = executor.submit(abs, 1)
            concurrent.futures.wait([future])
            print(type(future.exception()))
        """,
    "an executor that is forgotten": """
        import concurrent.futures, weakref
        for kind in (concurrent.futures.ProcessPoolExecutor, concurrent.futures.ThreadPoolExecutor):
            executor = kind(1)
            print(executor.submit(abs, -1).result())
            gone = weakref.ref(executor)
            del executor
            print(gone())
        """,
    "introspection": """
        import inspect, multiprocessing.pool, threading, concurrent.futures, pickle
        from multiprocessing.pool import Pool
        print(inspect.signature(Pool), inspect.signature(Pool.map), inspect.signature(threading.Thread.start))
        executors = concurrent.futures.ThreadPoolExecutor
        print(inspect.signature(executors), executors.map.__doc__)
        print(pickle.loads(pickle.dumps(multiprocessing.pool.worker)) is multiprocessing.pool.worker)
        class Own(threading.Thread):
            def __init__(self): threading.Thread.__init__(self)
            def start(self): threading.Thread.start(self)
            def run(self): print("own", self.name)
        thread = Own(); thread.start(); thread.join()
        """,
}


def written(folder: Path, source: str) -> list[str]:
    path = folder / "job.py"
    path.write_text(textwrap.dedent(source))
    return command_of([str(path), "--fast", "two words"], module=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", BEHAVIOUR)
def test_a_program_behaves_as_without_a_trace(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command = written(folder, BEHAVIOUR[name])
    monkeypatch.setattr("tests.measure.tracing.token_hex", lambda _bytes: "the same")
    monkeypatch.setenv("CONCBENCH_TEST", "the same")
    plain = plainly(command, folder, b"some input")
    found = with_trace(command, folder, b"some input")
    same(found.out, plain.out)
    same(found.err, plain.err)
    assert found.status == plain.status


def test_a_program_has_few_more_modules(folder: Path) -> None:
    source = "import asyncio, concurrent.futures.process, multiprocessing.pool, sys; print(*sys.modules, sep='\\n')"
    command = written(folder, source)
    plain, found = (set(ran.out.decode().split()) for ran in (plainly(command, folder), with_trace(command, folder)))
    assert found - plain <= EXTRA
    assert plain <= found


def test_an_empty_pythonpath_stays_empty(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "")
    command = written(folder, "import os, sys; print(os.environ.get('PYTHONPATH'), sys.path)")
    same(with_trace(command, folder).out, plainly(command, folder).out)


def test_a_script_that_names_its_python_is_run_by_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.measure.tracing.token_hex", lambda _bytes: "the same")
    monkeypatch.setenv("CONCBENCH_TEST", "the same")
    script = folder / "job"
    script.write_text(f"#!{sys.executable}\nimport os, sys; print(sys.argv, sys.executable, dict(os.environ))\n")
    script.chmod(0o700)
    command = command_of(["job", "--fast"], module=False)
    assert command[0] == str(script)
    plain = plainly(command, folder)
    same(with_trace(command, folder).out, plain.out)


def test_a_module_is_run(folder: Path) -> None:
    command = command_of(["platform", "--terse"], module=True)
    same(with_trace(command, folder).out, plainly(command, folder).out)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["missing.py"], "there is no file"),
        (["python3", "job.py"], "leave out python3"),
        (["ls"], "no program of Python's"),
    ],
)
def test_what_is_no_program_of_pythons_is_refused(folder: Path, words: list[str], reason: str) -> None:
    with pytest.raises(NoProgram, match=reason):
        command_of(words, module=False)


def test_what_cannot_be_started_is_said(folder: Path) -> None:
    with nothing_left(), pytest.raises(NoProgram, match="can't be started"):
        traced([str(folder / "missing")])


def test_a_daemon_is_not_disturbed(folder: Path) -> None:
    """It records before and after the trace has ended, and finds no folder then."""
    go, done = folder / "go", folder / "done"
    os.mkfifo(go)
    os.mkfifo(done)
    command = written(
        folder,
        f"""
        import os, sys, threading
        def work():
            thread = threading.Thread(target=abs, args=(1,)); thread.start(); thread.join()
        work()
        if os.fork():
            sys.exit(7)
        os.setsid()
        if os.fork():
            os._exit(0)
        os.closerange(0, 1024); os.chdir("/")
        import signal; signal.alarm(100)  # so that it ends where the test fails
        work()
        with open({str(go)!r}) as file: file.read()
        for _ in range(3): work()
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(2) as executor: found = list(executor.map(abs, range(-3, 3)))
        with open({str(done)!r}, "w") as file: file.write(repr(found))
        """,
    )
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="cbt-", dir="/tmp") as temporary:
        tempfile.tempdir = temporary
        try:
            assert traced(command).status == 7
            go.write_text("go")
            assert done.read_text() == "[3, 2, 1, 0, 1, 2]"
            assert list(Path(temporary).iterdir()) == []
        finally:
            tempfile.tempdir = before


def test_a_program_that_is_killed_leaves_a_trace(folder: Path) -> None:
    command = written(
        folder,
        """
        import os, threading
        from multiprocessing import get_context
        from concurrent.futures import ThreadPoolExecutor
        executor = ThreadPoolExecutor(1)
        for x in range(20): executor.submit(abs, x).result()
        ready = threading.Event()
        def hang(): ready.set(); threading.Event().wait()
        threading.Thread(target=hang).start(); ready.wait()
        pool = get_context("fork").Pool(1)
        pool.map(abs, range(5))
        os.kill(pool._pool[0].pid, 9)
        os.kill(os.getpid(), 9)
        """,
    )
    found = with_trace(command, folder)
    assert (found.status, found.program is not None) == (-9, True)
    assert found.program is not None
    assert [(each.name, each.tasks) for each in found.program.regions] == [
        ("ThreadPoolExecutor", 20), ("Thread", 1), ("Pool", 5),
    ]  # fmt: skip
    under_way = tasks_of(found.program.regions[1])
    assert under_way.end[0] * 1e-9 == pytest.approx(found.program.wall)


DRIVER = """
import sys
from concbench.measure.program import traced
found = traced(sys.argv[1:])
print("found", found.status, [(each.name, each.tasks) for each in found.regions], flush=True)
"""


@contextmanager
def driven(folder: Path, source: str) -> Iterator[subprocess.Popen[str]]:
    """A trace in a process of its own group, whose program has printed a line."""
    command = written(folder, source)
    with subprocess.Popen([sys.executable, "-c", DRIVER, *command], stdout=subprocess.PIPE, text=True,
                          start_new_session=True) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


WAITS = """
    import signal, threading, time
    thread = threading.Thread(target=abs, args=(1,)); thread.start(); thread.join()
    def handle(number, _frame):
        print("got", signal.Signals(number).name, flush=True)
        raise SystemExit(9)
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(each, handle)
    print("ready", flush=True)
    time.sleep(60)
    """


@pytest.mark.parametrize(
    ("number", "to_group"), [(signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGHUP, False)]
)
def test_what_a_signal_means_is_for_the_program_to_decide(folder: Path, number: signal.Signals, to_group: bool) -> None:
    with driven(folder, WAITS) as process:
        (os.killpg if to_group else os.kill)(process.pid, number)
        out, _ = process.communicate(timeout=60)
    assert out == f"got {number.name}\nfound 9 [('Thread', 1)]\n"
    assert process.returncode == 0


def test_a_trace_that_was_killed_is_removed_by_the_next(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="cbt-", dir="/tmp") as temporary:
        monkeypatch.setenv("TMPDIR", temporary)
        monkeypatch.setattr(tempfile, "tempdir", temporary)
        with driven(folder, WAITS) as process:
            process.kill()
            process.wait()
            assert len(list(Path(temporary).iterdir())) == 1
            with trace_folder() as found:
                assert list(Path(temporary).iterdir()) == [found.parent]
            os.killpg(process.pid, signal.SIGKILL)


def test_a_trace_in_another_thread_leaves_signals_alone(folder: Path) -> None:
    command = written(folder, "print('done')")
    with ThreadPoolExecutor(1) as executor:
        assert executor.submit(with_trace, command, folder).result().out == b"done\n"


def test_a_traced_program_traces_another(folder: Path) -> None:
    """The inner one is recorded by the inner trace only."""
    inner = folder / "inner.py"
    inner.write_text(
        "import threading; thread = threading.Thread(target=abs, args=(1,)); thread.start(); thread.join()"
    )
    command = written(
        folder,
        f"""
        import sys
        from concbench.measure.program import traced
        found = traced([sys.executable, {str(inner)!r}])
        print([each.tasks for each in found.regions])
        """,
    )
    found = with_trace(command, folder)
    assert (found.err, found.out) == (b"", b"[1]\n")
    assert found.program is not None
    assert found.program.regions == []


def test_a_program_that_makes_a_region_for_each_task_is_recorded_in_part(folder: Path) -> None:
    command = written(
        folder,
        """
        import asyncio
        async def main():
            for _ in range(2_010):
                async with asyncio.Semaphore(1): pass
        asyncio.run(main())
        """,
    )
    found = with_trace(command, folder)
    assert (found.err, found.status) == (b"", 0)
    assert found.program is not None
    assert len(found.program.regions) == 2_000
