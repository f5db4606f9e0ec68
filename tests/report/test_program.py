"""What a program promises its readers: plain Python, laid out as a formatter would, and no name becomes other code."""

from __future__ import annotations

import ast
import builtins
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.model.case import Settings, Workload
from concbench.report.program import program_of
from concbench.strategies.strategy import Strategy, strategies
from tests.report.programs import ALL_SETTINGS, OWN, written

LONG = "thumbnails_of_all_pictures.making_them_small_and_sharp"
RUFF = Path(sys.executable).with_name("ruff")


def variations() -> Iterator[str]:
    """Every strategy's program, short and long, in all of its forms."""
    for strategy, settings, coroutine in product(OWN, (Settings(), ALL_SETTINGS), (False, True)):
        for init, items in product((None, "mine:get_ready", "json:dumps"), (None, "mine:Pool")):
            for async_init in (False, True):
                yield written(strategy, settings, coroutine=coroutine, init=init, items=items, async_init=async_init)
        yield written(strategy, settings, coroutine=coroutine, name="tools/mine.py:Shape.area", items="i.jsonl")
        yield written(
            strategy,
            settings,
            coroutine=coroutine,
            name=f"{LONG}:Thumbnail.one_that_is_small",
            init=f"{LONG}:get_all_of_the_workers_ready",
            items=f"{LONG}:all_the_pictures_of_the_folder",
        )


def test_programs_are_formatted_and_their_imports_sorted(tmp_path: Path) -> None:
    for number, text in enumerate(variations()):
        (tmp_path / f"program_{number}.py").write_text(text, encoding="utf-8")
    for words in (("format", "--check", "--diff"), ("check", "--extend-select", "I")):
        ended = subprocess.run(
            [RUFF, *words, "--isolated", "--no-cache", "."],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout[:3000] + ended.stderr[:1000]


def test_no_line_is_long_however_long_the_names() -> None:
    name = f"{LONG}:Thumbnail.one_that_is_as_small_and_as_sharp_as_can_be"
    for strategy, coroutine in product(OWN, (False, True)):
        text = written(strategy, coroutine=coroutine, name=name, init=f"{LONG}:get_each_of_the_workers_ready")
        assert max(map(len, text.splitlines())) <= 100


def names_in(text: str) -> Iterator[str]:
    """Every name that is used or given in a program, but for attributes."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler):
            yield from [node.name] if node.name else []
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]


@pytest.mark.parametrize("strategy", OWN)
def test_a_function_may_be_called_like_anything_in_a_program(strategy: str) -> None:
    for settings, coroutine, items in product((Settings(), ALL_SETTINGS), (False, True), (None, "tools/a.jsonl")):
        own: dict[str, Any] = {
            "coroutine": coroutine,
            "items": items,
            "init": "mine:get_ready",
            "async_init": coroutine,
        }
        used = set(names_in(written(strategy, settings, name="tools/mine.py:square", **own)))
        for name in used - {"square", "get_ready", "__name__", "__init__", "run"}:
            assert f"from mine import {name} as {name}_" in written(
                strategy, settings, name=f"tools/mine.py:{name}", **own
            )


def test_two_functions_of_one_name_stay_two() -> None:
    text = written("pool-map", name="mine:make", items="yours:make", init="ours:items")
    assert "from mine import make\n" in text
    assert "from yours import make as make_\n" in text
    assert "from ours import items as items_\n" in text
    assert "items = list(make_())" in text


def test_folders_that_are_named_are_imported_from_after_that_of_a_file() -> None:
    text = written("serial", name="tools/mine.py:square", folders=("src",))
    assert 'sys.path.insert(0, "src")\nsys.path.insert(0, "tools")\n\nfrom mine import square\n' in text


def of_a_third_party(program: str | None) -> Strategy:
    return Strategy(
        name="theirs",
        open_=lambda _settings: nullcontext(lambda task, items: [task(item) for item in items]),
        workers="none",
        returns="results",
        settings=("workers",),
        coroutine=False,
        chunks=None,
        missing=lambda: None,
        program=program,
    )


def test_a_third_partys_strategy_has_the_program_of_its_template_or_none() -> None:
    mine, settings = Workload(name="mine:square", tasks=4), Settings(workers=2)
    assert program_of(of_a_third_party(None), mine, settings) is None
    template = "from theirs import run\n\n{items}\nrun({task}, items, {1}, on={workers})"
    assert program_of(of_a_third_party(template), mine, settings) == (
        "from mine import square\nfrom theirs import run\n\nitems = range(4)\nrun(square, items, {1}, on=2)\n"
    )


def test_a_workload_of_concbenchs_own_has_none() -> None:
    assert program_of(strategies.get("serial"), Workload(name="cpu", tasks=4), Settings()) is None


@pytest.mark.parametrize(
    "name",
    [
        "mine:square()",
        "mine:square; import os",
        "mine:a\nb",
        "mine.py:x:y",
        "my-tool.py:square",
        ":square",
        "mine:",
        ".mine:square",
        "mine..other:square",
        "mine:class",
        "mine:None",
        "mine:__debug__",
        "__future__:annotations",
        "mine:ﬁnd",
        "mine:a b",
        "mine:\u202esquare",
    ],
)
@pytest.mark.parametrize("field", ["name", "items", "init"])
def test_what_can_not_be_written_as_a_name_has_none(name: str, field: str) -> None:
    given: dict[str, Any] = {"name": "mine:square", "tasks": 4, field: name}
    assert program_of(strategies.get("pool-map"), Workload(**given), Settings()) is None


def shape(text: str) -> list[str]:
    """What a program consists of, whatever its names and literals."""
    return [type(node).__name__ for node in ast.walk(ast.parse(text))]


any_text = st.text(st.characters(codec=None))


@given(any_text, any_text, any_text)
def test_no_text_of_a_document_becomes_code(folder: str, items: str, method: str) -> None:
    plain = written("pool-map", Settings(start_method="spawn"), name="tools/mine.py:square", items="i.jsonl")
    name = f"tools/x{folder.replace('.py:', '').replace('..', '')}/mine.py:square"
    text = written("pool-map", Settings(start_method=method), name=name, items=f"{items}.jsonl")
    assert shape(text) == shape(plain)
    assert all(line.isprintable() for line in text.split("\n"))
    text.encode("utf-8")


@given(any_text | st.from_regex(r"[\w:.]+"))
def test_a_name_is_imported_as_it_is_or_there_is_no_program(name: str) -> None:
    workload = Workload(name=f"mine:{name}", tasks=4)
    text = program_of(strategies.get("serial"), workload, Settings())
    if text is not None:
        first = name.partition(".")[0]
        assert set(names_in(text)) <= {"item", "items", "results", "__name__", *dir(builtins), first, f"{first}_"}
        assert all(line.isprintable() for line in text.split("\n"))


READS_AT_ONCE = """
import os

assert os.environ["OPENBLAS_NUM_THREADS"] == os.environ["VECLIB_MAXIMUM_THREADS"] == "3"


def square(item):
    return item * item
"""


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_what_reads_the_number_of_threads_when_it_is_imported_finds_it(start_method: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(READS_AT_ONCE, encoding="utf-8")
    settings = Settings(workers=2, start_method=start_method, inner_threads=3)
    (tmp_path / "program.py").write_text(written("executor-processes", settings), encoding="utf-8")
    ended = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "4 results\n"), ended.stderr
