"""What `concbench.registry` promises: names found in a package and by entry point, and a sentence for the others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from concbench.registry import Registry, UnknownName

PLUGIN = Path(__file__).parent / "plugin"


def write_package(folder: Path, name: str, **modules: str) -> None:
    """Write a package whose `__init__` holds a registry named `entries`."""
    package = folder / name
    package.mkdir()
    head = f"from concbench.registry import Registry\nentries = Registry('thing', {name!r})\n"
    (package / "__init__.py").write_text(head, encoding="utf-8")
    for module, body in modules.items():
        (package / f"{module}.py").write_text(f"from {name} import entries\n{dedent(body)}", encoding="utf-8")


def write_distribution(folder: Path, name: str, group: str, points: dict[str, str], **modules: str) -> None:
    """Write an installed distribution, as a third party's would be: its modules and its entry points."""
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    lines = [f"[{group}]", *(f"{point} = {value}" for point, value in points.items()), ""]
    (metadata / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    for module, body in modules.items():
        (folder / f"{module}.py").write_text(dedent(body), encoding="utf-8")


def asked(program: str, *folders: Path) -> Any:
    """Run a program in a fresh interpreter with these folders on its path, and return the JSON that it prints."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    done = subprocess.run(
        [sys.executable, "-P", "-c", dedent(program)], env=environment, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_was_added_is_found_by_its_name() -> None:
    registry: Registry[int] = Registry("number", "concbench.suites")
    registry.add("one", 1)
    assert registry.get("one") == 1


def test_two_entries_may_not_have_the_same_name() -> None:
    registry: Registry[int] = Registry("number", "concbench.suites")
    registry.add("one", 1)
    with pytest.raises(ValueError, match=r"two of concbench\.suites call themselves 'one'"):
        registry.add("one", 2)
    assert registry.get("one") == 1


def test_an_unknown_name_suggests_the_nearest_known_one() -> None:
    registry: Registry[int] = Registry("number", "concbench.suites")
    registry.add("seventeen", 17)
    registry.add("two", 2)
    with pytest.raises(UnknownName, match=r"^there is no number 'sevnteen'; did you mean 'seventeen'\?$") as caught:
        registry.get("sevnteen")
    assert (caught.value.word, caught.value.name, caught.value.known) == ("number", "sevnteen", ["seventeen", "two"])


def test_an_unknown_name_that_is_near_to_none_lists_all_known_ones() -> None:
    registry: Registry[int] = Registry("number", "concbench.suites")
    registry.add("one", 1)
    registry.add("two", 2)
    with pytest.raises(UnknownName, match=r"^there is no number 'xyz'; known: one, two$"):
        registry.get("xyz")


def test_all_hands_out_a_copy() -> None:
    registry: Registry[int] = Registry("number", "concbench.suites")
    registry.add("one", 1)
    registry.all().clear()
    assert registry.all() == {"one": 1}


def test_the_modules_of_the_package_register_themselves_at_the_first_look_up(tmp_path: Path) -> None:
    write_package(tmp_path, "things", a="entries.add('first', 1)", b="entries.add('second', 2)")
    program = """
        import json, sys, things
        before = sorted(name for name in sys.modules if name.startswith("things."))
        print(json.dumps([before, things.entries.get("second"), things.entries.all()]))
    """
    assert asked(program, tmp_path) == [[], 2, {"first": 1, "second": 2}]


def test_an_entry_point_adds_its_entry_after_the_packages_own(tmp_path: Path) -> None:
    write_package(tmp_path, "things", a="entries.add('own', 1)")
    third = "import things; things.entries.add('a-third-partys', 3)"
    write_distribution(tmp_path, "third", "things", {"third": "third"}, third=third)
    program = (
        "import json, things; print(json.dumps([list(things.entries.all()), things.entries.get('a-third-partys')]))"
    )
    assert asked(program, tmp_path) == [["own", "a-third-partys"], 3]


def test_entry_points_are_not_read_for_a_name_of_the_packages_own(tmp_path: Path) -> None:
    write_package(tmp_path, "things", a="entries.add('own', 1)")
    write_distribution(tmp_path, "third", "things", {"third": "third"}, third="import things")
    program = "import json, sys, things; things.entries.get('own'); print(json.dumps('third' in sys.modules))"
    assert asked(program, tmp_path) is False


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("raise OSError('no licence')", "OSError: no licence"),
        ("import a_module_that_is_not_there", "ModuleNotFoundError: No module named 'a_module_that_is_not_there'"),
        ("import things; things.entries.add('own', 2)", "ValueError: two of things call themselves 'own'"),
    ],
)
def test_a_broken_entry_point_is_reported_and_does_not_break_the_rest(tmp_path: Path, body: str, why: str) -> None:
    write_package(tmp_path, "things", a="entries.add('own', 1)")
    points = {"bad": "bad_module", "good": "good_module"}
    write_distribution(
        tmp_path, "third", "things", points, bad_module=body, good_module="import things; things.entries.add('good', 3)"
    )
    program = "import json, things; print(json.dumps([things.entries.all(), things.entries.broken]))"
    reason = f"bad_module could not be loaded: {why}"
    assert asked(program, tmp_path) == [{"own": 1, "good": 3}, {"bad": reason}]


def test_an_entry_point_that_names_nothing_is_reported(tmp_path: Path) -> None:
    write_package(tmp_path, "things")  # with no module of its own
    write_distribution(tmp_path, "third", "things", {"gone": "third:gone"}, third="")
    program = "import json, things; print(json.dumps([things.entries.all(), list(things.entries.broken)]))"
    assert asked(program, tmp_path) == [{}, ["gone"]]


def test_a_third_partys_workload_is_found_by_its_name_alone() -> None:
    program = """
        import json
        from concbench.workloads.kinds import workloads
        kind = workloads.get("raises")
        print(json.dumps([kind.sizes["tasks"], kind.about]))
    """
    assert asked(program, PLUGIN) == [8, "A workload that misbehaves."]


def test_third_parties_workloads_stand_beside_ours_and_a_broken_one_is_named(tmp_path: Path) -> None:
    write_distribution(tmp_path, "broken", "concbench.workloads", {"sad": "sad"}, sad="raise RuntimeError('sad')")
    program = """
        import json
        from concbench.workloads.kinds import workloads
        print(json.dumps([list(workloads.all()), workloads.broken]))
    """
    names, broken = asked(program, tmp_path, PLUGIN)
    assert {"cpu", "sleep", "raises", "hangs"} <= set(names)
    assert names.index("raises") > names.index("payload")
    assert broken == {"sad": "sad could not be loaded: RuntimeError: sad"}


def test_a_third_partys_strategy_runs_like_one_of_ours(tmp_path: Path) -> None:
    backwards = '''
        from contextlib import contextmanager
        from concbench.strategies.strategy import strategy

        @strategy("backwards", workers="none", returns="results in any order")
        @contextmanager
        def backwards(settings):
            """From the last to the first."""
            yield lambda task, items: [task(item) for item in reversed(items)]
    '''
    write_distribution(tmp_path, "back", "concbench.strategies", {"back": "back:backwards"}, back=backwards)
    program = """
        import json
        from concbench.model import Settings
        from concbench.strategies.strategy import strategies
        strategy = strategies.get("backwards")
        with strategy.open(Settings()) as run_tasks:
            print(json.dumps([strategy.about, run_tasks(abs, [-1, -2])]))
    """
    assert asked(program, tmp_path) == ["From the last to the first.", [2, 1]]
