"""What reading a gate's configuration promises: what is right is understood, and what is wrong is named."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.gate.configuration import (
    BUDGET,
    COMMAND_METRICS,
    MARGINS,
    METRICS,
    OWN_FILE,
    SETTINGS,
    SHARED_FILE,
    SIZES,
    USUAL,
    BadConfiguration,
    Configuration,
    GateBenchmarks,
    GateCase,
    find,
    read,
)
from concbench.measure.benchmarks import Selection
from concbench.model.case import CommandLine
from concbench.stats.sequential import FALSE_ALARMS
from tests.strategies.strided import STRIDED

CASE = """\
[[cases]]
name = "squares"
workload = "cpu"
strategies = ["pool-map"]
"""
"""The least that can be gated; four lines."""


def written(folder: Path, text: str, name: str = OWN_FILE) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def read_from(folder: Path, text: str) -> Configuration:
    return read(written(folder, text))


def case_from(folder: Path, more: str) -> GateCase:
    """The one case of a configuration that says more of it."""
    (case,) = read_from(folder, CASE + more).cases
    return case


def mistake_in(folder: Path, text: str, name: str = OWN_FILE) -> str:
    """What is said of a mistake, after the file's name: `: cases[0].taks: ...`."""
    path = written(folder, text, name)
    with pytest.raises(BadConfiguration) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert message.isprintable()
    return message.removeprefix(str(path))


# What is right


def test_the_least_configuration_has_the_usual_values(tmp_path: Path) -> None:
    assert read_from(tmp_path, CASE) == Configuration(
        path=tmp_path / OWN_FILE,
        cases=(GateCase(name="squares", workload="cpu", strategies=("pool-map",), margins=USUAL),),
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
    text += 'init-per = "process"\n'
    configuration = read_from(tmp_path, text)
    (case,) = configuration.cases
    assert case.own == {
        "items": "items.jsonl",
        "init": "sub/more.py:init",
        "expect": "lib:is_right",
        "init_per": "process",
    }
    assert configuration.folders == (tmp_path, tmp_path / "sub")
    assert read_from(tmp_path, FUNCTION + "items = 7\n").cases[0].sizes == {"tasks": 7}


def test_a_strategy_can_be_in_a_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "mine.py").write_text(STRIDED)
    named = CASE.replace("pool-map", "tools/mine.py:thread-strided")
    configuration = read_from(tmp_path, f"{named}workers = 2\n")
    assert configuration.cases[0].strategies == ("tools/mine.py:thread-strided",)
    assert configuration.folders == (tmp_path / "tools",)
    problem = mistake_in(tmp_path, named.replace("thread-strided", "strided"))
    assert ": cases[0].strategies: tools/mine.py has no strategy 'strided'; it has thread-strided" in problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (CASE + "items = 3\n", ": cases[0].items: it needs a function"),
        (FUNCTION + "items = 3\ntasks = 3\n", ": cases[0].tasks: items already says how many"),
        (FUNCTION + 'items = "3"\n', "write a number without quotes"),
        (FUNCTION + "items = true\n", "cases[0].items: expected `int | str | null`, got `bool`"),
        (FUNCTION + 'items = "names.txt"\n', "'names.txt' is neither a count"),
        (FUNCTION + 'items = "jobs.jsonl"\n', "there is no file jobs.jsonl"),
        (FUNCTION + 'init = "ready"\n', "cases[0].init: 'ready' names no function"),
        (FUNCTION + 'init-per = "process"\n', "cases[0].init-per: it needs init, a function that each worker calls"),
        (FUNCTION.replace("jobs.py", "jbos.py"), ": cases[0].workload: there is no file jbos.py; did you"),
    ],
)
def test_what_goes_with_no_function_or_is_not_there_is_told(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "jobs.py").write_text("")
    assert problem in mistake_in(tmp_path, text)


@pytest.mark.parametrize("written_as", ['"3%"', "0.03"])
def test_a_margin_can_be_written_as_percent_or_as_a_share(tmp_path: Path, written_as: str) -> None:
    assert case_from(tmp_path, f"margin = {written_as}\n").margins == dict.fromkeys(METRICS, 0.03)
    assert case_from(tmp_path, f"margins = {{ wall = {written_as} }}\n").margins == {**USUAL, "wall": 0.03}


def test_a_metrics_own_margin_comes_before_the_cases_and_that_before_the_usual_one(tmp_path: Path) -> None:
    found = case_from(tmp_path, 'margin = 0.2\n[cases.margins]\ncpu = "1%"\n').margins
    assert found == {"wall": 0.2, "cpu": 0.01, "memory": 0.2}


@pytest.mark.parametrize("metrics", [["wall"], ["memory", "cpu"], ["cpu", "cpu"]])
def test_only_the_metrics_that_are_named_are_gated(tmp_path: Path, metrics: list[str]) -> None:
    found = case_from(tmp_path, f"metrics = {metrics}\n").margins
    assert found == {metric: margin for metric, margin in USUAL.items() if metric in metrics}


def test_a_strategy_that_is_named_twice_is_measured_once(tmp_path: Path) -> None:
    text = CASE.replace('["pool-map"]', '["serial", "pool-map", "serial"]')
    assert read_from(tmp_path, text).cases[0].strategies == ("serial", "pool-map")


def test_workers_may_be_warm_and_a_fork_server_may_import_modules_ahead(tmp_path: Path) -> None:
    found = read_from(tmp_path, CASE + "warm = true\nforkserver-preload = ['json', 're']\n").cases[0].settings
    assert found == {"warm": True, "forkserver_preload": ("json", "re")}
    alone = read_from(tmp_path, CASE + "forkserver-preload = 'json'\n").cases[0].settings
    assert alone == {"forkserver_preload": ("json",)}


def test_a_setting_that_only_one_of_the_strategies_uses_is_right(tmp_path: Path) -> None:
    text = CASE.replace('["pool-map"]', '["serial", "pool-map"]') + "chunksize = 2\n"
    assert read_from(tmp_path, text).cases[0].settings == {"chunksize": 2}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_may_end_as_on_any_system(tmp_path: Path, end: str) -> None:
    assert read_from(tmp_path, CASE.replace("\n", end)).cases[0].name == "squares"


def test_a_name_may_be_in_any_language(tmp_path: Path) -> None:
    assert read_from(tmp_path, CASE.replace("squares", "carrés 平方 [x]")).cases[0].name == "carrés 平方 [x]"


# What is wrong: each message names the file, the key, and what to do


@pytest.mark.parametrize(
    ("more", "key", "advice"),
    [
        ("taks = 3", "cases[0]", "there is no key 'taks'; did you mean 'tasks'?"),
        ("start_method = 'fork'", "cases[0]", "did you mean 'start-method'?"),
        ("strategy = ['serial']", "cases[0]", "did you mean 'strategies'?"),
        ("tasks = 0", "cases[0].tasks", "a whole number from 1"),
        ("tasks = '64'", "cases[0].tasks", "a whole number from 1"),
        ("task-time = 'soon'", "cases[0].task-time", "write 20ms, 1.5s or 2min"),
        ("task-time = 2024-01-01", "cases[0].task-time", "write 20ms, 1.5s or 2min"),
        ("payload = 'much'", "cases[0].payload", "write 512, 64KiB or 8MB"),
        ("memory = ['1MB']", "cases[0].memory", "write 512, 64KiB or 8MB"),
        ("warm = 1", "cases[0].warm", "1 is neither true nor false"),
        ("forkserver-preload = 3", "cases[0].forkserver-preload", 'write ["numpy"]'),
        ("forkserver-preload = ['a b']", "cases[0].forkserver-preload", "'a b' is no module"),
        ("start-method = 'spoon'", "cases[0].start-method", "is not one of fork, forkserver, spawn"),
        ("workers = {}", "cases[0].workers", "a whole number from 1"),
        ("metrics = 'wall'", "cases[0].metrics", "expected `array`, got `str`"),
        ("metrics = []", "cases[0].metrics", "expected `array` of length >= 1"),
        ("metrics = ['wall', 'time']", "cases[0].metrics", "'time' is not one of wall, cpu, memory"),
        ("metrics = ['dispatch']", "cases[0].metrics", "'dispatch' is of a command, which is traced for it: remove it"),
        ("margins = { dispatch = 0.03 }", "cases[0].margins", "there is no key 'dispatch'"),
        ("margin = 0", "cases[0].margin", "write 3% or 0.03"),
        ("margin = '3 percent'", "cases[0].margin", "write 3% or 0.03"),
        ("margins = 0.03", "cases[0].margins", "must be a table"),
        ("margins = { wal = 0.03 }", "cases[0].margins", "there is no key 'wal'; did you mean 'wall'?"),
        ("\n[cases.margins]\nwall = 0.03\ncpu = 3", "cases[0].margins.cpu", "write 3% or 0.03"),
        ("limit = 4", "cases[0].limit", "no strategy of this case uses it"),
        ("cores = 'one'", "cases[0].cores", "no strategy of this case uses it"),
    ],
)
def test_a_wrong_key_or_value_of_a_case_is_named(tmp_path: Path, more: str, key: str, advice: str) -> None:
    message = mistake_in(tmp_path, f"{CASE}{more}\n")
    assert message.startswith(f": {key}: ")
    assert advice in message


@pytest.mark.parametrize(
    ("top", "key", "advice"),
    [
        ("budgte = 3", "there is no key 'budgte'", "did you mean 'budget'?"),
        ("false_alarms = 0.01", "there is no key 'false_alarms'", "did you mean 'false-alarms'?"),
        ("budget = 'long'", "budget: ", "write 20ms, 1.5s or 2min"),
        ("budget = '0ms'", "budget: ", "must be more than 0"),
        ("false-alarms = '200%'", "false-alarms: ", "write 3% or 0.03"),
        ("setup = ''", "setup: ", "expected `str` of length >= 1"),
        ("setup = ['pip', 'install']", "setup: ", "expected `str | null`, got `array`"),
    ],
)
def test_a_wrong_key_or_value_of_the_gate_is_named(tmp_path: Path, top: str, key: str, advice: str) -> None:
    message = mistake_in(tmp_path, f"# of the gate\n{top}\n{CASE}")
    assert message.startswith(f": {key}")
    assert advice in message


@pytest.mark.parametrize(
    ("line", "instead", "key", "advice"),
    [
        (2, "", "cases[0]", "missing required field `name`"),
        (3, "", "cases[0]", "missing required field `workload`"),
        (4, "", "cases[0]", "missing required field `strategies`"),
        (2, "name = ''", "cases[0].name", "of length >= 1"),
        (2, "name = 3", "cases[0].name", "expected `str`, got `int`"),
        (3, "workload = 'cpus'", "cases[0].workload", "neither a workload (cpu"),
        (3, "workload = 'mylib.work'", "cases[0].workload", "nor package.module:function"),
        (3, "workload = true", "cases[0].workload", "expected `str`, got `bool`"),
        (4, "strategies = 'pool-map'", "cases[0].strategies", "expected `array`, got `str`"),
        (4, "strategies = []", "cases[0].strategies", "of length >= 1"),
        (4, "strategies = [1]", "cases[0].strategies[0]", "expected `str`, got `int`"),
        (4, "strategies = ['serial', 'pool-mop']", "cases[0].strategies", "did you mean 'pool-map'?"),
    ],
)
def test_a_case_without_what_it_needs_is_named(tmp_path: Path, line: int, instead: str, key: str, advice: str) -> None:
    lines = CASE.splitlines()
    lines[line - 1] = instead
    message = mistake_in(tmp_path, "\n".join(lines))
    assert message.startswith(f": {key}: ")
    assert advice in message


@pytest.mark.parametrize("key", ["payload", "memory", "task-time"])
def test_a_function_has_no_sizes(tmp_path: Path, key: str) -> None:
    text = CASE.replace('"cpu"', '"mylib:work"')
    assert mistake_in(tmp_path, f"{text}tasks = 3\n{key} = 1\n").startswith(
        f": cases[0].{key}: a function has no sizes"
    )


@pytest.mark.parametrize("text", ["", "cases = []", "\n[cases]\nname = 'a'\n", "budget = 3", "cases = 'all'"])
def test_a_gate_needs_at_least_one_case(tmp_path: Path, text: str) -> None:
    assert mistake_in(tmp_path, text) == ": cases: a gate needs at least one table [[cases]], or a table [pytest]"


COMMAND = """\
[[cases]]
name = "archive"
command = "python -m archive -{level} --workers {workers}"
"""


def command_from(folder: Path, more: str) -> GateCase:
    """The first row of the one command of a configuration that says more of it."""
    return read_from(folder, COMMAND + "parameters = { level = 1 }\n" + more).cases[0]


def test_a_command_has_what_compare_has_for_commands(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "list.txt").write_text("")
    said = """\
parameters = { level = [1, 9] }
workers = 2
setup = "make ready"
prepare = "rm -f archive.zip"
cleanup = "rm -r ready"
input = "list.txt"
shell = true
ignore-failure = true
working-directory = "files"
env = { LANG = "C", THREADS = 1 }
metrics = ["wall"]
"""
    (case,) = read_from(tmp_path, COMMAND + said).cases
    line = CommandLine(
        text="python -m archive -{level} --workers {workers}",
        parameters=(("level", "1"),),
        shell=True,
        setup="make ready",
        prepare="rm -f archive.zip",
        cleanup="rm -r ready",
        input="list.txt",
        ignore_failure=True,
        folder="files",
        environment=(("LANG", "C"), ("THREADS", "1")),
    )
    assert case == GateCase(
        name="archive",
        workload="command",
        strategies=(),
        commands=(
            ("python -m archive -1 --workers 2", line),
            ("python -m archive -9 --workers 2", replace(line, parameters=(("level", "9"),))),
        ),
        settings={"workers": 2},
        margins={"wall": 0.05},
    )


@pytest.mark.parametrize(
    ("more", "key", "advice"),
    [
        ("strategies = ['serial']", "cases[0].strategies", "a command has none"),
        ("tasks = 3", "cases[0]", "there is no key 'tasks'"),
        ("parameters = { size = 3 }", "cases[0].parameters", "no command has {size}"),
        ("parameters = { workers = 3 }", "cases[0].parameters", "an option of its own"),
        ("workers = 0", "cases[0].workers", "a whole number from 1"),
        ("working-directory = 'nowhere'", "cases[0].working-directory", "there is no folder nowhere"),
        ("input = 'nothing.txt'", "cases[0].input", "there is no file nothing.txt"),
        ("env = { A = [] }", "cases[0].env[...]", "expected"),
    ],
)
def test_a_wrong_key_or_value_of_a_command_is_named(tmp_path: Path, more: str, key: str, advice: str) -> None:
    message = mistake_in(tmp_path, f"{COMMAND}{more}\n")
    assert message.startswith(f": {key}: ")
    assert advice in message


def test_a_command_that_can_not_be_split_or_has_no_workers_is_named(tmp_path: Path) -> None:
    assert ": cases[0].command: " in mistake_in(tmp_path, "[[cases]]\nname = 'a'\ncommand = 'echo \"'\n")
    text = "[[cases]]\nname = 'a'\ncommand = 'true'\nworkers = 2\n"
    assert mistake_in(tmp_path, text) == ": cases[0].workers: the command has no {workers}: remove it"


def test_of_a_command_the_use_of_its_lanes_can_be_gated(tmp_path: Path) -> None:
    assert set(command_from(tmp_path, "").margins) == set(METRICS)
    more = 'metrics = ["wall", "utilisation", "dispatch"]\n[cases.margins]\ndispatch = "2%"\n'
    assert command_from(tmp_path, more).margins == {"wall": 0.05, "utilisation": 0.05, "dispatch": 0.02}
    every = command_from(tmp_path, f"metrics = {list(COMMAND_METRICS)}\n")
    assert every.margins == MARGINS


def test_a_margin_of_what_is_not_gated_is_a_mistake(tmp_path: Path) -> None:
    found = mistake_in(tmp_path, f"{COMMAND}margins = {{ dispatch = 0.02 }}\n")
    assert found == ": cases[0].margins.dispatch: it is not gated: add it to metrics, or remove its margin"


def test_a_suite_is_chosen_as_pytest_chooses(tmp_path: Path) -> None:
    said = """\
[pytest]
paths = ["bench", "more/test_a.py"]
keyword = "not slow"
marks = "fast"
metrics = ["wall", "cpu"]
margin = "8%"
margins = { cpu = "2%" }
"""
    configuration = read_from(tmp_path, said)
    assert configuration.cases == ()
    assert configuration.suite == GateBenchmarks(
        selection=Selection(paths=("bench", "more/test_a.py"), keyword="not slow", marks="fast"),
        margins={"wall": 0.08, "cpu": 0.02},
    )
    both = read_from(tmp_path, f"budget = '9s'\n{CASE}{said}")
    assert both.suite is not None
    assert (both.budget, both.suite.budget) == (9.0, 9.0)
    assert mistake_in(tmp_path, "[pytest]\npath = ['bench']\n").startswith(": pytest: there is no key 'path'")


def test_a_case_that_is_not_a_table_is_named(tmp_path: Path) -> None:
    assert mistake_in(tmp_path, "cases = [1]").startswith(": cases[0]: this must be a table")


def test_a_mistake_in_a_later_case_names_that_case(tmp_path: Path) -> None:
    other = CASE.replace("squares", "others")
    assert mistake_in(tmp_path, CASE + other + CASE).startswith(": cases[2].name: 'squares' is the name of an earlier")
    assert mistake_in(tmp_path, f"{CASE}tasks = 3\n\n{other}tasks = 'three'\n").startswith(": cases[1].tasks: ")


# Hostile files


@pytest.mark.parametrize(
    "name", ["a\\nb", "\\u001b[31mred", "\\u0000", "\\u202eback", "a/b", "x" * 101, " ", "\\u2028"]
)
def test_a_name_that_would_break_a_row_is_refused_and_shown_harmlessly(tmp_path: Path, name: str) -> None:
    message = mistake_in(tmp_path, CASE.replace("squares", name))
    assert message.startswith(": cases[0].name: ")
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
def test_a_number_of_thousands_of_digits_is_refused_in_a_short_line(tmp_path: Path, key: str) -> None:
    message = mistake_in(tmp_path, f"{CASE}{key} = 0x{'f' * 5000}\n")
    assert message.startswith(f": cases[0].{key}: ")
    assert len(message) < 200


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
CASE_KEYS = ["name", "workload", "strategies", "metrics", "margin", "margins", "x", "task-time", "start-method"]
case_keys = st.sampled_from([*CASE_KEYS, *SIZES, *SETTINGS])
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


def test_a_mistake_in_a_pyproject_is_named(tmp_path: Path) -> None:
    message = mistake_in(tmp_path, shared() + "taks = 3\n", SHARED_FILE)
    assert message == ": cases[0]: there is no key 'taks'; did you mean 'tasks'?"


@pytest.mark.parametrize("text", ["", "tool = 3", "tool = 'concbench'", "[[tool]]\n", "[tool.black]\n", "[project]\n"])
def test_a_pyproject_that_says_nothing_of_concbench_has_no_cases(tmp_path: Path, text: str) -> None:
    assert "at least one table [[cases]]" in mistake_in(tmp_path, text, SHARED_FILE)


def test_a_table_of_concbench_that_is_none_is_shown(tmp_path: Path) -> None:
    assert mistake_in(tmp_path, "[tool]\nconcbench = 3\n", SHARED_FILE).startswith(": this must be a table")


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
    with pytest.raises(BadConfiguration, match=r"no concbench\.toml, and no \[tool\.concbench\]") as caught:
        find(tmp_path)
    example = str(caught.value).partition("begin with\n\n")[2]
    assert read_from(tmp_path, example).cases[0].strategies == ("pool-map",)
