"""Scripts that ask concbench: guarded and unguarded ones, and interrupted ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.measure.process_tree import DEADLINE, TOKEN, carrying, needs_proc, new_token

HEAD = """\
import time
import concbench

class Point:
    def __init__(self, x):
        self.x = x

def work(point):
    time.sleep(0.002)
    return point.x

"""
ASK = 'concbench.compare(work, [Point(1), Point(2)], strategies=["serial", "pool-map"], workers=2, '
TINY = "blocks=2, rounds=1)"


@contextmanager
def started(script: Path, token: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, script.name],
        cwd=script.parent,
        env={**os.environ, TOKEN: token},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def written(folder: Path, source: str) -> Path:
    script = folder / "my_script.py"
    script.write_text(HEAD + source)
    return script


@needs_proc
def test_a_script_that_is_guarded_measures_its_own_functions_and_classes(tmp_path: Path) -> None:
    token = new_token()
    script = written(tmp_path, f'if __name__ == "__main__":\n    print({ASK}{TINY})\n')
    with started(script, token) as process:
        out, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, err) == (0, "")
    assert "my_script.py:work: 2 tasks of" in out
    assert carrying(token) == []


@needs_proc
def test_a_script_that_is_not_guarded_is_told_so_and_starts_nothing_without_end(tmp_path: Path) -> None:
    token = new_token()
    with started(written(tmp_path, f"{ASK}{TINY}\n"), token) as process:
        out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1
    assert out == ""
    assert err.splitlines()[-1].startswith("concbench.api.errors.Unguarded: the module of the function measures while")
    assert 'put the call of concbench under `if __name__ == "__main__":`' in err
    assert carrying(token) == []


@needs_proc
def test_an_interrupted_script_has_what_was_measured_and_leaves_nothing(tmp_path: Path) -> None:
    token = new_token()
    ask = f"{ASK}blocks=100, rounds=1, progress=True)"
    source = (
        'if __name__ == "__main__":\n'
        f"    try:\n        {ask}\n"
        "    except concbench.Interrupted as interrupted:\n"
        "        print(interrupted.answer.run.complete, len(interrupted.answer.run.results[0].samples) > 0)\n"
    )
    with started(written(tmp_path, source), token) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("block 2"):
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, out, err) == (0, "False True\n", "")
    assert carrying(token) == []
