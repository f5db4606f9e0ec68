"""What reading a gate's configuration promises: what is right is understood, and what is wrong is shown where it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.gate.configuration import (
    BUDGET,
    MARGINS,
    OWN_FILE,
    SETTINGS,
    SHARED_FILE,
    SIZES,
    BadConfiguration,
    Configuration,
    GateCase,
    find,
    read,
)
from concbench.stats.gate import FALSE_ALARMS
from tests.gate.writing import CASE, case_from, mistake_in, read_from, written

# What is right


def test_the_least_configuration_has_the_usual_values(tmp_path: Path) -> None:
    assert read_from(tmp_path, CASE) == Configuration(
        path=tmp_path / OWN_FILE,
        cases=(GateCase(name="squares", workload="cpu", strategies=("pool-map",), margins=MARGINS),),
        budget=BUDGET,
        false_alarms=FALSE_ALARMS,
        setup=None,
    )


def test_everything_that_can_be_said_is_understood(tmp_path: Path) -> None:
    said = """\
budget = "1min"
false-alarms = "5%"
setup = "pip install ."

[[cases]]
name = "squares of numbers"
workload = "cpu"
strategies = ["pool-map", "serial"]
tasks = 64
task-time = "2ms"
payload = "64KiB"
memory = "1MB"
workers = 4
chunksize = 8
start-method = "spawn"
maxtasksperchild = 10
metrics = ["wall", "memory"]
margin = "7%"
margins = { memory = 0.2 }

[[cases]]
name = "thumbnails"
workload = "mylib.images:thumbnail"
strategies = ["process"]
tasks = 16
limit = 4
margins.cpu = "1.5 %"
"""
    configuration = read_from(tmp_path, said)
    assert (configuration.budget, configuration.false_alarms) == (60.0, 0.05)
    assert configuration.setup == "pip install ."
    assert configuration.cases == (
        GateCase(
            name="squares of numbers",
            workload="cpu",
            strategies=("pool-map", "serial"),
            sizes={"tasks": 64, "task_time": 0.002, "payload": 65536, "memory": 1_000_000},
            settings={"workers": 4, "chunksize": 8, "start_method": "spawn", "maxtasksperchild": 10},
            margins={"wall": 0.07, "memory": 0.2},
        ),
        GateCase(
            name="thumbnails",
            workload="mylib.images:thumbnail",
            strategies=("process",),
            sizes={"tasks": 16},
            settings={"limit": 4},
            margins={"wall": 0.05, "cpu": 0.015, "memory": 0.1},
        ),
    )


FUNCTION = CASE.replace('"cpu"', '"jobs.py:work"')


def test_a_function_can_be_in_a_file_beside_the_configuration_with_all_that_goes_with_it(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "jobs.py").write_text("")
    (tmp_path / "sub" / "more.py").write_text("")
    (tmp_path / "items.jsonl").write_text("1\n")
    text = FUNCTION + 'items = "items.jsonl"\ninit = "sub/more.py:init"\nexpect = "lib:is_right"\n'
    configuration = read_from(tmp_path, text)
    (case,) = configuration.cases
    assert case.own == {"items": "items.jsonl", "init": "sub/more.py:init", "expect": "lib:is_right"}
    assert configuration.folders == (tmp_path, tmp_path / "sub")
    assert read_from(tmp_path, FUNCTION + "items = 7\n").cases[0].sizes == {"tasks": 7}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (CASE + "items = 3\n", ":5: cases[0].items goes with a function"),
        (FUNCTION + "items = 3\ntasks = 3\n", ":6: cases[0].tasks has no place beside items"),
        (FUNCTION + 'items = "3"\n', "write a number without quotes"),
        (FUNCTION + "items = true\n", "cases[0].items is True"),
        (FUNCTION + 'items = "names.txt"\n', "'names.txt' is neither a count"),
        (FUNCTION + 'items = "jobs.jsonl"\n', "there is no file jobs.jsonl"),
        (FUNCTION + 'init = "ready"\n', "cases[0].init is wrong: 'ready' names no function"),
        (FUNCTION.replace("jobs.py", "jbos.py"), ":3: cases[0].workload is wrong: there is no file jbos.py; did you"),
    ],
)
def test_what_goes_with_no_function_or_is_not_there_is_told(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "jobs.py").write_text("")
    assert problem in mistake_in(tmp_path, text)


@pytest.mark.parametrize("written_as", ['"3%"', '"3 %"', "0.03", '"0.03"', '"3.0%"', '" 3% "'])
def test_a_margin_can_be_written_as_percent_or_as_a_share(tmp_path: Path, written_as: str) -> None:
    assert case_from(tmp_path, f"margin = {written_as}\n").margins == dict.fromkeys(MARGINS, 0.03)
    assert case_from(tmp_path, f"margins = {{ wall = {written_as} }}\n").margins == {**MARGINS, "wall": 0.03}


def test_a_metrics_own_margin_comes_before_the_cases_and_that_before_the_usual_one(tmp_path: Path) -> None:
    found = case_from(tmp_path, 'margin = 0.2\n[cases.margins]\ncpu = "1%"\n').margins
    assert found == {"wall": 0.2, "cpu": 0.01, "memory": 0.2}


@pytest.mark.parametrize("metrics", [["wall"], ["memory", "cpu"], ["cpu", "cpu"]])
def test_only_the_metrics_that_are_named_are_gated(tmp_path: Path, metrics: list[str]) -> None:
    found = case_from(tmp_path, f"metrics = {metrics}\n").margins
    assert found == {metric: margin for metric, margin in MARGINS.items() if metric in metrics}


def test_a_strategy_that_is_named_twice_is_measured_once(tmp_path: Path) -> None:
    text = CASE.replace('["pool-map"]', '["serial", "pool-map", "serial"]')
    assert read_from(tmp_path, text).cases[0].strategies == ("serial", "pool-map")


def test_a_setting_that_only_one_of_the_strategies_heeds_is_right(tmp_path: Path) -> None:
    text = CASE.replace('["pool-map"]', '["serial", "pool-map"]') + "chunksize = 2\n"
    assert read_from(tmp_path, text).cases[0].settings == {"chunksize": 2}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_may_end_as_on_any_system(tmp_path: Path, end: str) -> None:
    assert read_from(tmp_path, CASE.replace("\n", end)).cases[0].name == "squares"


def test_a_name_may_be_in_any_language(tmp_path: Path) -> None:
    assert read_from(tmp_path, CASE.replace("squares", "carrés 平方 [x]")).cases[0].name == "carrés 平方 [x]"


# What is wrong: each message names the line, the key, and what to do


@pytest.mark.parametrize(
    ("more", "line", "key", "advice"),
    [
        ("taks = 3", 5, "cases[0].taks", "did you mean 'tasks'?"),
        ("start_method = 'fork'", 5, "cases[0].start_method", "did you mean 'start-method'?"),
        ("strategy = ['serial']", 5, "cases[0].strategy", "did you mean 'strategies'?"),
        ("tasks = 0", 5, "cases[0].tasks", "a whole number from 1"),
        ("tasks = -1", 5, "cases[0].tasks", "a whole number from 1"),
        ("tasks = 1.5", 5, "cases[0].tasks", "a whole number from 1"),
        ("tasks = true", 5, "cases[0].tasks", "a whole number from 1"),
        ("tasks = '64'", 5, "cases[0].tasks", "a whole number from 1"),
        ("tasks = 10_000_000_000", 5, "cases[0].tasks", "to 1000000000"),
        ("task-time = 'soon'", 5, "cases[0].task-time", "write 20ms, 1.5s or 2min"),
        ("task-time = -1", 5, "cases[0].task-time", "write 20ms, 1.5s or 2min"),
        ("task-time = 2024-01-01", 5, "cases[0].task-time", "write 20ms, 1.5s or 2min"),
        ("task-time = 1e300", 5, "cases[0].task-time", "too long"),
        ("payload = 'much'", 5, "cases[0].payload", "write 512, 64KiB or 8MB"),
        ("memory = ['1MB']", 5, "cases[0].memory", "write 512, 64KiB or 8MB"),
        ("memory = '1e999'", 5, "cases[0].memory", "too much"),
        ("start-method = 'spoon'", 5, "cases[0].start-method", "is one of fork, forkserver, spawn"),
        ("start-method = 1", 5, "cases[0].start-method", "write a text in quotes"),
        ("workers = {}", 5, "cases[0].workers", "a whole number from 1"),
        ("metrics = 'wall'", 5, "cases[0].metrics", "a list of texts"),
        ("metrics = []", 5, "cases[0].metrics", "not empty"),
        ("metrics = ['wall', 'time']", 5, "cases[0].metrics", "names 'time'; the metrics are wall, cpu, memory"),
        ("margin = 0", 5, "cases[0].margin", "write 3% or 0.03"),
        ("margin = 1", 5, "cases[0].margin", "write 3% or 0.03"),
        ("margin = '100%'", 5, "cases[0].margin", "write 3% or 0.03"),
        ("margin = -0.03", 5, "cases[0].margin", "write 3% or 0.03"),
        ("margin = true", 5, "cases[0].margin", "write 3% or 0.03"),
        ("margin = nan", 5, "cases[0].margin", "write 3% or 0.03"),
        ("margin = '3 percent'", 5, "cases[0].margin", "write 3% or 0.03"),
        ("margins = 0.03", 5, "cases[0].margins", "is a table"),
        ("margins = { wal = 0.03 }", 5, "cases[0].margins.wal", "did you mean 'wall'?"),
        ("\n[cases.margins]\nwall = 0.03\ncpu = 3", 8, "cases[0].margins.cpu", "write 3% or 0.03"),
        ("limit = 4", 5, "cases[0].limit", "means nothing to any of this case's strategies"),
    ],
)
def test_a_wrong_key_or_value_of_a_case_is_shown_where_it_stands(
    tmp_path: Path, more: str, line: int, key: str, advice: str
) -> None:
    message = mistake_in(tmp_path, f"{CASE}{more}\n")
    assert message.startswith(f":{line}: {key} ")
    assert advice in message


@pytest.mark.parametrize(
    ("top", "key", "advice"),
    [
        ("budgte = 3", "budgte", "did you mean 'budget'?"),
        ("false_alarms = 0.01", "false_alarms", "did you mean 'false-alarms'?"),
        ("budget = 'long'", "budget", "write 20ms, 1.5s or 2min"),
        ("budget = 0", "budget", "no time at all"),
        ("budget = '0ms'", "budget", "no time at all"),
        ("budget = inf", "budget", "write 20ms, 1.5s or 2min"),
        ("false-alarms = 0", "false-alarms", "write 3% or 0.03"),
        ("false-alarms = '200%'", "false-alarms", "write 3% or 0.03"),
        ("setup = ''", "setup", "write a text in quotes"),
        ("setup = ['pip', 'install']", "setup", "write a text in quotes"),
    ],
)
def test_a_wrong_key_or_value_of_the_gate_is_shown_where_it_stands(
    tmp_path: Path, top: str, key: str, advice: str
) -> None:
    message = mistake_in(tmp_path, f"# of the gate\n{top}\n{CASE}")
    assert message.startswith(f":2: {key} ")
    assert advice in message


@pytest.mark.parametrize(
    ("line", "instead", "key", "advice"),
    [
        (2, "", "cases[0].name", "is missing"),
        (3, "", "cases[0].workload", "is missing"),
        (4, "", "cases[0].strategies", "is missing"),
        (2, "name = ''", "cases[0].name", "write a text in quotes"),
        (2, "name = 3", "cases[0].name", "write a text in quotes"),
        (3, "workload = 'cpus'", "cases[0].workload", "none of concbench's (cpu"),
        (3, "workload = 'mylib.work'", "cases[0].workload", "no package.module:function"),
        (3, "workload = true", "cases[0].workload", "write a text in quotes"),
        (4, "strategies = 'pool-map'", "cases[0].strategies", "a list of texts"),
        (4, "strategies = []", "cases[0].strategies", "not empty"),
        (4, "strategies = [1]", "cases[0].strategies", "write a text in quotes"),
        (4, "strategies = ['serial', 'pool-mop']", "cases[0].strategies", "did you mean 'pool-map'?"),
    ],
)
def test_a_case_without_what_it_needs_is_shown_where_it_begins(
    tmp_path: Path, line: int, instead: str, key: str, advice: str
) -> None:
    lines = CASE.splitlines()
    lines[line - 1] = instead
    message = mistake_in(tmp_path, "\n".join(lines))
    assert message.startswith(f":{line if instead else 1}: {key} ")
    assert advice in message


@pytest.mark.parametrize("key", ["payload", "memory", "task-time"])
def test_sizes_mean_nothing_to_a_function(tmp_path: Path, key: str) -> None:
    text = CASE.replace('"cpu"', '"mylib:work"')
    message = mistake_in(tmp_path, f"{text}tasks = 3\n{key} = 1\n")
    assert message.startswith(f":6: cases[0].{key} means nothing to a function")


@pytest.mark.parametrize(
    ("text", "line"),
    [("", ""), ("cases = []", ":1"), ("\n[cases]\nname = 'a'\n", ":2"), ("budget = 3", ""), ("cases = 'all'", ":1")],
)
def test_a_gate_needs_at_least_one_case(tmp_path: Path, text: str, line: str) -> None:
    assert mistake_in(tmp_path, text).startswith(f"{line}: cases is missing or empty")


def test_a_case_that_is_no_table_is_shown(tmp_path: Path) -> None:
    assert mistake_in(tmp_path, "cases = [1]").startswith(":1: cases[0] is a table")


def test_two_cases_of_one_name_are_shown_at_the_second(tmp_path: Path) -> None:
    other = CASE.replace("squares", "others")
    message = mistake_in(tmp_path, CASE + other + CASE)
    assert message.startswith(":10: cases[2].name is 'squares', as an earlier case's is")


def test_a_mistake_in_a_later_case_is_not_shown_in_an_earlier_one(tmp_path: Path) -> None:
    other = CASE.replace("squares", "others")
    message = mistake_in(tmp_path, f"{CASE}tasks = 3\n\n{other}tasks = 'three'\n")
    assert message.startswith(":11: cases[1].tasks ")


# Hostile files


@pytest.mark.parametrize(
    "name", ["a\\nb", "\\u001b[31mred", "\\u0000", "\\u202eback", "a/b", "x" * 101, " ", "\\u2028"]
)
def test_a_name_that_would_break_a_row_is_refused_and_shown_harmlessly(tmp_path: Path, name: str) -> None:
    message = mistake_in(tmp_path, CASE.replace("squares", name))
    assert message.startswith(":2: cases[0].name is ")
    assert len(message) < 300


@pytest.mark.parametrize("more", ['"\\u001b[31m" = 1', 'margins = { "\\u001b[31m" = 1 }', 'metrics = ["\\u001b[31m"]'])
def test_a_key_or_value_that_a_terminal_would_act_on_is_written_out(tmp_path: Path, more: str) -> None:
    assert "\\x1b[31m" in mistake_in(tmp_path, f"{CASE}{more}\n")  # that it is printable is seen to in there


@pytest.mark.parametrize(
    "value",
    ["[" * 5000, "[" * 5000 + "]" * 5000, "9" * 5000, "{a=" * 5000],
    ids=["open lists", "lists", "digits", "tables"],
)
def test_what_is_nested_too_deeply_or_too_long_is_no_crash(tmp_path: Path, value: str) -> None:
    assert "can't be read: it is nested too deeply, or a number in it is too long" in mistake_in(
        tmp_path, f"budget = {value}"
    )


@pytest.mark.parametrize("key", ["tasks", "task-time", "payload", "margin", "metrics", "start-method"])
def test_a_number_of_thousands_of_digits_is_shown_where_it_stands(tmp_path: Path, key: str) -> None:
    message = mistake_in(tmp_path, f"{CASE}{key} = 0x{'f' * 5000}\n")
    assert message.startswith(f":5: cases[0].{key} is a number that is far too long")


@pytest.mark.parametrize("text", ["cases", "[[cases]]\nname = ", "a = 1\na = 2", "\ufeff" + CASE, "\x00"])
def test_what_is_not_toml_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    assert mistake_in(tmp_path, text).startswith(" is not TOML: ")


def test_the_line_of_broken_toml_is_said(tmp_path: Path) -> None:
    assert "at line 5" in mistake_in(tmp_path, f"{CASE}tasks = = 3\n")


def test_what_is_not_utf_8_can_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / OWN_FILE
    path.write_bytes(CASE.encode().replace(b"squares", b"carr\xe9s"))
    with pytest.raises(BadConfiguration, match=r"concbench\.toml can't be read: 'utf-8' codec"):
        read(path)


def test_a_file_that_is_not_there_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="can't be read: "):
        read(tmp_path / "missing.toml")


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="is a folder: name a TOML file"):
        read(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "concbench.toml")
        for path, kind in ((tmp_path / "concbench.toml", "pipe"), (Path("/dev/zero"), "device")):
            with pytest.raises(BadConfiguration, match=f"is a {kind}: name a TOML file"):
                read(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "concbench.toml"
    with path.open("wb") as sparse:
        sparse.truncate(2**40)
    with pytest.raises(BadConfiguration, match="is larger than 1048576 bytes"):
        read(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is closed to this user")
def test_a_file_that_is_closed_to_this_user_can_not_be_read(tmp_path: Path) -> None:
    path = written(tmp_path, CASE)
    path.chmod(0)
    with pytest.raises(BadConfiguration, match="can't be read: "):
        read(path)


toml_values = st.recursive(
    st.booleans().map(lambda value: str(value).lower())
    | st.integers(-(2**70), 2**70).map(str)
    | st.floats(allow_nan=False, allow_infinity=False).map(lambda value: f"{value:f}")
    | st.sampled_from(["nan", "inf", "2020-01-01", "00:00:00", '"cpu"', '"serial"', '"3%"', '"20ms"', '""']),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(st.sampled_from(["wall", "cpu", "name", "x"]), inner, max_size=3).map(
            lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
        )
    ),
    max_leaves=6,
)
case_keys = st.sampled_from(
    ["name", "workload", "strategies", "metrics", "margin", "margins", "x", *SIZES, *SETTINGS],
)
gate_keys = st.sampled_from(["cases", "budget", "false-alarms", "setup", "tool"])


@given(top=st.dictionaries(gate_keys, toml_values, max_size=3), case=st.dictionaries(case_keys, toml_values))
def test_whatever_stands_there_it_is_understood_or_shown(
    tmp_path_factory: pytest.TempPathFactory, top: dict[str, str], case: dict[str, str]
) -> None:
    tables = {"name": '"a"', "workload": '"cpu"', "strategies": '["serial"]', **case}
    lines = [f"{key} = {value}" for key, value in top.items()]
    if "cases" not in top:
        lines += ["[[cases]]", *(f"{key} = {value}" for key, value in tables.items())]
    path = written(tmp_path_factory.getbasetemp(), "\n".join(lines), "any.toml")
    try:
        configuration = read(path)
    except BadConfiguration as error:
        assert str(error).startswith(f"{path}:")
        return
    assert configuration.budget > 0
    assert 0 < configuration.false_alarms < 1
    for gate_case in configuration.cases:
        assert gate_case.margins
        assert all(0 < margin < 1 for margin in gate_case.margins.values())


# Which file


def shared(case: str = CASE) -> str:
    return "[tool.black]\nline-length = 120\n\n" + case.replace("[[cases]]", "[[tool.concbench.cases]]")


def test_a_pyproject_can_hold_the_configuration(tmp_path: Path) -> None:
    path = written(tmp_path, "[tool.concbench]\nbudget = '30s'\n" + shared(), SHARED_FILE)
    configuration = read(path)
    assert (configuration.path, configuration.budget, configuration.cases[0].name) == (path, 30.0, "squares")


def test_a_mistake_in_a_pyproject_is_shown_on_its_line_there(tmp_path: Path) -> None:
    message = mistake_in(tmp_path, shared() + "taks = 3\n", SHARED_FILE)
    assert message.startswith(":8: cases[0].taks there is no key 'taks'; did you mean 'tasks'?")


def test_keys_of_the_same_name_elsewhere_in_a_pyproject_are_not_taken_for_it(tmp_path: Path) -> None:
    other = "[[tool.other.cases]]\nname = ''\n\n"
    assert mistake_in(tmp_path, other + shared(CASE.replace('"squares"', "''")), SHARED_FILE).startswith(":8: ")


@pytest.mark.parametrize("text", ["", "tool = 3", "tool = 'concbench'", "[[tool]]\n", "[tool.black]\n", "[project]\n"])
def test_a_pyproject_that_says_nothing_of_concbench_has_no_cases(tmp_path: Path, text: str) -> None:
    assert "cases is missing or empty" in mistake_in(tmp_path, text, SHARED_FILE)


def test_a_table_of_concbench_that_is_none_is_shown(tmp_path: Path) -> None:
    assert mistake_in(tmp_path, "[tool]\nconcbench = 3\n", SHARED_FILE).startswith(":2: the configuration is a table")


def test_its_own_file_comes_before_a_pyproject(tmp_path: Path) -> None:
    written(tmp_path, shared(), SHARED_FILE)
    own = written(tmp_path, CASE)
    assert find(tmp_path) == own


def test_the_nearest_file_above_is_found(tmp_path: Path) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    far = written(tmp_path, CASE)
    assert find(inside) == far
    near = written(tmp_path / "a", shared(), SHARED_FILE)
    assert find(inside) == near
    assert find(tmp_path) == far


@pytest.mark.parametrize("text", ["", "tool = 3", "tool = 'concbench'", "[[tool]]\n", "[tool.black]\n"])
def test_a_pyproject_without_the_table_is_passed_by(tmp_path: Path, text: str) -> None:
    inside = tmp_path / "package"
    inside.mkdir()
    far = written(tmp_path, CASE)
    written(inside, text, SHARED_FILE)
    assert find(inside) == far


def test_a_folder_of_the_files_name_is_passed_by(tmp_path: Path) -> None:
    inside = tmp_path / "package"
    (inside / OWN_FILE).mkdir(parents=True)
    far = written(tmp_path, CASE)
    assert find(inside) == far


def test_a_broken_pyproject_on_the_way_is_said_to_be_broken(tmp_path: Path) -> None:
    written(tmp_path, "[tool", SHARED_FILE)
    with pytest.raises(BadConfiguration, match=r"pyproject\.toml is not TOML"):
        find(tmp_path)


def test_where_nothing_is_found_an_example_is_shown_that_works(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match=r"there is no concbench\.toml, and no \[tool\.concbench\]") as caught:
        find(tmp_path)
    example = str(caught.value).partition("begin with\n\n")[2]
    assert read_from(tmp_path, example).cases[0].strategies == ("pool-map",)
