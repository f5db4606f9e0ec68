"""Threads that a program starts are tasks; those that serve a library until the program ends are none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.measure.tracing import regions_of, tasks_of, with_trace

LIBRARY = """\
import atexit, threading
from socketserver import StreamRequestHandler, ThreadingTCPServer

class Monitor(threading.Thread):  # as that of a progress bar
    def __init__(self):
        super().__init__(daemon=True)
        self.over = threading.Event()
        atexit.register(self.leave)
        self.start()
    def run(self):
        self.over.wait()
    def leave(self):
        self.over.set()
        self.join()

def watch(until):
    threading.Thread(target=until.wait, daemon=True).start()

class Handler(StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline())

class Server(ThreadingTCPServer):
    daemon_threads = True
"""
PROGRAM = """\
import sys
sys.path.insert(0, "site-packages")
import socket, threading
import served

def monitored():
    served.Monitor()
    served.watch(threading.Event())

def own():
    threading.Thread(target=threading.Event().wait, daemon=True).start()

def answered():
    with served.Server(("127.0.0.1", 0), served.Handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        for _ in range(3):
            with socket.create_connection(server.server_address) as client:
                client.sendall(b"line\\n")
                assert client.makefile().readline() == "line\\n"
        server.shutdown()
        serving.join()

for function in sys.argv[1:]:
    globals()[function]()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "served.py").write_text(LIBRARY)
    (tmp_path / "job.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_serves_a_library_until_the_program_ends_is_no_task(folder: Path) -> None:
    ran = with_trace([sys.executable, "job.py", "monitored"], folder)
    assert (ran.status, ran.err) == (0, b"")
    assert ran.program is not None
    assert ran.program.regions == []


def test_a_daemon_thread_of_the_programs_own_is_a_task(folder: Path) -> None:
    ran = with_trace([sys.executable, "job.py", "own"], folder)
    assert ran.program is not None
    (region,) = regions_of(ran.program, "own")
    assert (region.name, region.tasks) == ("Thread", 1)


def test_daemon_threads_of_a_library_that_end_before_the_program_are_tasks(folder: Path) -> None:
    ran = with_trace([sys.executable, "job.py", "answered"], folder)
    assert ran.status == 0, ran.err.decode()
    assert ran.program is not None
    serving, handlers = (regions_of(ran.program, each)[0] for each in ("answered", "ThreadingMixIn"))
    assert (serving.tasks, handlers.tasks) == (1, 3)
    assert min(tasks_of(handlers).cpu) >= 0
