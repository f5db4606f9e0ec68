"""Whatever a document holds, a command that reads it answers or refuses it, and never ends by a fault of its own."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from concbench.cli.main import cli
from concbench.runs.writing import encode_run
from tests.builders import example_run
from tests.recorded import straggling
from tests.runs.any_run import json_values

READERS = {
    "show": ("show", "FILE", "--why", "--verbose"),
    "show --timeline": ("show", "FILE", "--timeline"),
    "show --format": ("show", "FILE", "--sort", "time", "--format", "latex"),
    "diff": ("diff", "SOUND", "FILE"),
    "diff from it": ("diff", "FILE", "SOUND", "--reference", "short/process"),
    "history": ("history", "SOUND", "FILE", "--json", "-"),
    "export": ("export", "FILE", "--to", "chrome-trace"),
    "export --to pyperf": ("export", "FILE", "--to", "pyperf"),
    "export --to markdown": ("export", "FILE", "--to", "markdown"),
}
READERS_OF_TRACES = {
    **{name: READERS[name] for name in ("show", "show --timeline", "diff", "history", "export")},
    "diff of two": ("diff", "TRACE", "FILE"),
    "show --region": ("show", "FILE", "--timeline", "--region", "job.py"),
    "export --to markdown": ("export", "FILE", "--to", "markdown"),
    "export --to decision": ("export", "FILE", "--to", "decision"),
}
TRACE: dict[str, Any] = json.loads(encode_run(straggling()))
DOCUMENT: dict[str, Any] = json.loads(encode_run(example_run()))
NUMBERS = [0, 1, 2, 2**53, 2**63, 2**64 - 1, 1e-300, 1e-12, 0.5, 1e9, 1e308]
STRINGS = ["", "x", "short/process", "serial", "wall", "from", "\x1b[31m", "a|b`*_", "\ud83d\ude00"]


def read(words: tuple[str, ...], document: object, folder: Path) -> None:
    """Let a command read a document; what it raises is raised here."""
    (folder / "run.json").write_text(json.dumps(document))
    sound, trace = folder / "sound.json", folder / "trace.json"
    if not sound.exists():
        sound.write_text(json.dumps(DOCUMENT))
        trace.write_text(json.dumps(TRACE))
    paths = {"FILE": str(folder / "run.json"), "SOUND": str(sound), "TRACE": str(trace)}
    result = CliRunner().invoke(cli, [paths.get(word, word) for word in words], catch_exceptions=False)
    assert result.exit_code in (0, 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("documents")


@st.composite
def changed_documents(draw: st.DrawFn, of: dict[str, Any] = DOCUMENT) -> dict[str, Any]:
    """A document with one to three values replaced by others of their kind, deleted, or there twice."""
    document = deepcopy(of)
    for _ in range(draw(st.integers(1, 3))):
        holder: Any = document
        while True:
            if not holder:
                break
            step = draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
            value = holder[step]
            if isinstance(value, dict | list) and value and draw(st.integers(0, 9)):
                holder = value
                continue
            change(draw, holder, step)
            break
    return document


def change(draw: st.DrawFn, holder: Any, step: Any) -> None:
    value = holder[step]
    what = draw(st.sampled_from(["alike"] * 6 + ["anything", "gone", "twice"]))
    if what == "gone":
        del holder[step]
    elif what == "twice" and isinstance(holder, list):
        holder.append(deepcopy(value))
    elif what == "anything":
        holder[step] = draw(json_values)
    elif isinstance(value, str):
        holder[step] = draw(st.sampled_from(STRINGS))
    elif isinstance(value, list):
        holder[step] = value[:1]
    else:
        holder[step] = draw(st.sampled_from(NUMBERS) | st.none())


@pytest.mark.parametrize("name", READERS)
@given(document=changed_documents())
def test_a_document_with_any_values_changed_is_answered_or_refused(
    name: str, document: dict[str, Any], folder: Path
) -> None:
    read(READERS[name], document, folder)


@pytest.mark.parametrize("name", READERS_OF_TRACES)
@given(document=changed_documents(of=TRACE))
def test_a_trace_with_any_values_changed_is_answered_or_refused(
    name: str, document: dict[str, Any], folder: Path
) -> None:
    read(READERS_OF_TRACES[name], document, folder)


@pytest.mark.parametrize("name", READERS)
def test_a_sample_that_is_there_twice_is_refused(name: str, folder: Path) -> None:
    document = deepcopy(DOCUMENT)
    document["results"][0]["samples"].append(document["results"][0]["samples"][0])
    samples = document["results"][0]["samples"]
    samples.append(samples[0])
    read(READERS[name], document, folder)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("name", ["show", "show --timeline", "diff", "history"])
def test_any_number_of_tasks_is_answered_or_refused(name: str, number: float, folder: Path) -> None:
    document = deepcopy(DOCUMENT)
    for each in document["results"]:
        each["case"]["workload"]["tasks"] = number
    read(READERS[name], document, folder)


@pytest.mark.parametrize("name", READERS)
def test_a_document_that_says_it_is_from_no_concbench_is_answered(name: str, folder: Path) -> None:
    read(READERS[name], {**DOCUMENT, "concbench": ""}, folder)
