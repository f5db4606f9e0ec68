"""An experiment is added by the files that docs/explanation/architecture.md names, and no others."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.command import concbench
from tests.experiments.test_experiment import NAPS

OUTSIDE = '''
"""How results of naps are shown."""

from concbench.report.experiments.view import View, paced_columns, views

views.add(
    "naps",
    View("nap", "Time of a nap", lambda results: ["naps of 1 ms"], lambda shared: paced_columns("bed", "nap", shared)),
)
'''
QUESTION = '''
"""A question about naps."""

from concbench.suites.suite import Suite, SuiteTable, suite

suite(
    Suite(
        name="naps",
        question="How long is a nap?",
        tables=(
            SuiteTable(
                name="naps",
                title="Naps",
                experiment="naps",
                workload="naps",
                sizes={"tasks": 3},
                subjects=("sofa", "hammock"),
                reference="sofa",
            ),
        ),
    )
)
'''
GROUPS = {"concbench.experiments": NAPS, "concbench.report.experiments": OUTSIDE, "concbench.suites": QUESTION}


def write_package(folder: Path) -> None:
    """Write a third party's distribution: a module and an entry point for each of these groups."""
    metadata = folder / "naps-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: naps\nVersion: 1.0\n", encoding="utf-8")
    points = ""
    for number, (group, module) in enumerate(GROUPS.items()):
        (folder / f"naps_{number}.py").write_text(module, encoding="utf-8")
        points += f"[{group}]\nnaps = naps_{number}\n"
    (metadata / "entry_points.txt").write_text(points, encoding="utf-8")


def test_an_experiment_is_one_file_inside_and_one_outside(tmp_path: Path) -> None:
    write_package(tmp_path)
    words = ("run", "naps", "--blocks", "1", "--rounds", "2", "--save", "naps.json")
    done = concbench(*words, folder=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    assert "Naps: naps of 1 ms" in text  # the title, and the columns below it
    assert text.split("Naps: naps of 1 ms")[1].split()[:2] == ["bed", "nap"]
    found = json.loads((tmp_path / "naps.json").read_text(encoding="utf-8"))["results"]
    assert [result["case"]["subject"] for result in found] == ["sofa", "hammock"]
    assert all(sample["each"] >= 0.001 for result in found for sample in result["samples"])


def test_an_experiment_without_its_file_outside_is_shown_in_plain_words(tmp_path: Path) -> None:
    write_package(tmp_path)
    (tmp_path / "naps_1.py").write_text("", encoding="utf-8")
    words = ("run", "naps", "--blocks", "1", "--rounds", "1", "--json", "-", "--quiet")
    done = concbench(*words, folder=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    (tmp_path / "naps.json").write_bytes(done.stdout)
    shown = concbench("show", "naps.json", folder=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert shown.returncode == 0, shown.stderr
    assert "unit" in shown.stdout.decode()
