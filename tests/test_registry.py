"""What `concbench.registry` promises: names found in a package and by entry point, and a sentence for the others."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from concbench.registry import Registry, UnknownName
from tests.fresh_interpreter import answer, write_distribution

PLUGIN = Path(__file__).parent / "plugin"


def write_package(folder: Path, name: str, **modules: tuple[str, str]) -> None:
    """Write a package that holds a registry named `entries`, with modules: the name that each owns, and its code."""
    package = folder / name
    package.mkdir()
    table = {module: (own,) for module, (own, _) in modules.items()}
    head = f"from concbench.registry import Registry\nentries = Registry('thing', {name!r}, {table!r})\n"
    (package / "__init__.py").write_text(head, encoding="utf-8")
    for module, (_, body) in modules.items():
        (package / f"{module}.py").write_text(f"from {name} import entries\n{dedent(body)}", encoding="utf-8")


def test_two_entries_may_not_have_the_same_name() -> None:
    registry: Registry[int] = Registry("number", "concbench.numbers", {})
    registry.add("one", 1)
    with pytest.raises(ValueError, match="number 'one' is registered already: choose another name"):
        registry.add("one", 2)
    assert registry.get("one") == 1


def test_an_unknown_name_suggests_the_nearest_known_one() -> None:
    registry: Registry[int] = Registry("number", "concbench.numbers", {})
    registry.add("seventeen", 17)
    registry.add("two", 2)
    with pytest.raises(UnknownName, match=r"^there is no number 'sevnteen'; did you mean 'seventeen'\?$") as caught:
        registry.get("sevnteen")
    assert (caught.value.word, caught.value.name, caught.value.known) == ("number", "sevnteen", ["seventeen", "two"])


def test_what_people_call_an_entry_suggests_its_name() -> None:
    registry: Registry[int] = Registry("number", "concbench.numbers", {}, {"dozen": "twelve"})
    registry.add("twelve", 12)
    registry.add("two", 2)
    for name in ("dozen", "Dozen", "eggs.Dozen"):
        with pytest.raises(UnknownName, match=rf"^there is no number '{name}'; did you mean 'twelve'\?$"):
            registry.get(name)


def test_all_hands_out_a_copy() -> None:
    registry: Registry[int] = Registry("number", "concbench.numbers", {})
    registry.add("one", 1)
    registry.all().clear()
    assert registry.all() == {"one": 1}


def test_looking_up_a_name_imports_its_module_and_no_other(tmp_path: Path) -> None:
    own = {"a": ("first", "entries.add('first', 1)"), "b": ("second", "entries.add('second', 2)")}
    write_package(tmp_path, "things", **own)
    (tmp_path / "things" / "machinery.py").write_text("raise AssertionError('holds no entries')", encoding="utf-8")
    program = """
        import json, sys, things
        def imported(): return sorted(name for name in sys.modules if name.startswith("things."))
        print(json.dumps([
            imported(), things.entries.get("second"), imported(), things.entries.all(), imported(),
        ]))
    """
    assert answer(program, tmp_path) == [[], 2, ["things.b"], {"first": 1, "second": 2}, ["things.a", "things.b"]]


def test_an_unknown_name_lists_all_known_ones_and_imports_none_of_their_modules(tmp_path: Path) -> None:
    write_package(tmp_path, "things", a=("first", "entries.add('first', 1)"), b=("second", "entries.add('second', 2)"))
    program = """
        import json, sys, things
        from concbench.registry import UnknownName
        try:
            things.entries.get("xyz")
        except UnknownName as error:
            print(json.dumps([str(error), [name for name in sys.modules if name.startswith("things.")]]))
    """
    assert answer(program, tmp_path) == ["there is no thing 'xyz'; known: first, second", []]


ROOMS = {
    "strategies": "concbench.strategies.strategy",
    "channels": "concbench.channels.channel",
    "stores": "concbench.stores.store",
    "primitives": "concbench.primitives.primitive",
    "workloads": "concbench.workloads.workload",
    "experiments": "concbench.experiments.experiment",
    "facts": "concbench.facts.fact",
    "suites": "concbench.suites.suite",
}


@pytest.mark.parametrize(("registry", "module"), ROOMS.items(), ids=ROOMS)
def test_each_module_registers_exactly_the_names_that_the_table_gives_it(registry: str, module: str) -> None:
    program = f"""
        import json, pkgutil, sys
        from importlib import import_module
        from {module} import {registry} as registry
        found = {{}}

        class Recorded(dict):
            def __setitem__(self, name, entry):
                frame = sys._getframe()
                while frame.f_code.co_name != "<module>":
                    frame = frame.f_back
                found[name] = frame.f_globals["__name__"]
                super().__setitem__(name, entry)

        registry.entries = Recorded()
        package = import_module(registry._package)
        for each in pkgutil.walk_packages(package.__path__, f"{{registry._package}}."):
            import_module(each.name)
        print(json.dumps([registry._modules, found]))
    """
    table, found = answer(program)
    assert table
    assert table == found


def test_an_entry_point_adds_its_entry_after_the_packages_own(tmp_path: Path) -> None:
    write_package(tmp_path, "things", a=("own", "entries.add('own', 1)"))
    third = "import things; things.entries.add('a-third-partys', 3)"
    write_distribution(tmp_path, "things", {"third": "third"}, third=third)
    program = """
        import json, sys, things
        things.entries.get("own")  # for which no entry point is read
        early = "third" in sys.modules
        print(json.dumps([early, list(things.entries.all()), things.entries.get("a-third-partys")]))
    """
    assert answer(program, tmp_path) == [False, ["own", "a-third-partys"], 3]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("raise OSError('no licence')", "OSError: no licence"),
        ("import a_module_that_is_not_there", "ModuleNotFoundError: No module named 'a_module_that_is_not_there'"),
        (
            "import things; things.entries.add('own', 2)",
            "ValueError: thing 'own' is registered already: choose another name",
        ),
    ],
)
def test_a_broken_entry_point_is_reported_and_does_not_break_the_rest(tmp_path: Path, body: str, why: str) -> None:
    write_package(tmp_path, "things", a=("own", "entries.add('own', 1)"))
    points = {"bad": "bad_module", "good": "good_module"}
    write_distribution(
        tmp_path, "things", points, bad_module=body, good_module="import things; things.entries.add('good', 3)"
    )
    program = "import json, things; print(json.dumps([things.entries.all(), things.entries.broken]))"
    reason = f"bad_module could not be loaded: {why}"
    assert answer(program, tmp_path) == [{"own": 1, "good": 3}, {"bad": reason}]


def test_a_third_party_can_not_take_a_name_of_ours(tmp_path: Path) -> None:
    write_package(tmp_path, "things", a=("own", "entries.add('own', 1)"))
    third = "import things; things.entries.add('own', 2)"
    write_distribution(tmp_path, "things", {"third": "third"}, third=third)
    program = """
        import json, things
        from concbench.registry import UnknownName
        try:
            things.entries.get("xyz")
        except UnknownName:
            print(json.dumps([things.entries.get("own"), list(things.entries.broken)]))
    """
    assert answer(program, tmp_path) == [1, ["third"]]


def test_an_entry_point_that_names_nothing_is_reported(tmp_path: Path) -> None:
    write_package(tmp_path, "things")  # with no module of its own
    write_distribution(tmp_path, "things", {"gone": "third:gone"}, third="")
    program = "import json, things; print(json.dumps([things.entries.all(), list(things.entries.broken)]))"
    assert answer(program, tmp_path) == [{}, ["gone"]]


def test_third_parties_workloads_stand_beside_ours_and_a_broken_one_is_named(tmp_path: Path) -> None:
    write_distribution(tmp_path, "concbench.workloads", {"sad": "sad"}, sad="raise RuntimeError('sad')")
    program = """
        import json
        from concbench.workloads.workload import workloads
        about = workloads.get("raises").about
        print(json.dumps([about, list(workloads.all()), workloads.broken]))
    """
    about, names, broken = answer(program, tmp_path, PLUGIN)
    assert about == "A workload that misbehaves."
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
    write_distribution(tmp_path, "concbench.strategies", {"back": "back:backwards"}, back=backwards)
    program = """
        import json
        from concbench.model.case import Settings
        from concbench.strategies.strategy import strategies
        strategy = strategies.get("backwards")
        with strategy.open(Settings()) as run_tasks:
            print(json.dumps([strategy.about, run_tasks(abs, [-1, -2])]))
    """
    assert answer(program, tmp_path) == ["From the last to the first.", [2, 1]]
