"""What it means that a side is ready: its interpreter, its code and its set-up are its own, or the reason is said."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from concbench.gate.checkout import GitFailed
from concbench.gate.environments import (
    BASE,
    HEAD,
    SHOWN,
    CheckOptions,
    PreparedSide,
    SideFailed,
    described,
    prepare_sides,
    python_path,
    sources,
)
from concbench.measure.containment import Containment, contained
from concbench.measure.hosts import Answer, CaseFailed, Launcher
from concbench.model.case import Case, Settings, Workload
from tests.gate.repository import Repository, changed, quick_environments
from tests.measure.process_tree import DEADLINE, is_living, needs_proc

BEFORE = {"words.py": "def greet(number):\n    return 'good day'\n"}
AFTER = {"words.py": "def greet(number):\n    return 'hello'\n"}
SAY_WHERE = "import sys, words; print(words.greet(0), words.__file__)"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return changed(tmp_path / "repository", BEFORE, AFTER)


def ready(asked: CheckOptions, containment: Containment) -> dict[str, PreparedSide]:
    return prepare_sides(asked, containment, lambda doing: None)


def says(each: PreparedSide, code: str) -> str:
    """What code prints that a side's interpreter runs where, and as, its hosts do."""
    path = os.pathsep.join(each.launch.paths)
    done = subprocess.run(
        [each.launch.python, "-P", "-c", code],
        cwd=each.launch.folder,
        env={**os.environ, **each.launch.environment, **({"PYTHONPATH": path} if path else {})},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


# The interpreter


def test_by_default_it_is_the_one_that_concbench_runs_in() -> None:
    assert python_path(None, BASE) == sys.executable


def environment_in(folder: Path) -> Path:
    """The folder of an environment, as far as anybody looks into it."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").symlink_to(sys.executable)
    return folder


@pytest.mark.parametrize(
    "given",
    [
        *("{here}/environment/bin/python", "environment/bin/python", "./environment/bin/python"),
        *("~/environment/bin/python", "{here}/environment", "environment", "./environment/", "python9"),
    ],
)
def test_an_interpreter_can_be_given_as_a_path_an_environment_or_a_name(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = environment_in(tmp_path / "environment") / "bin"
    (folder / "python9").symlink_to(sys.executable)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    expected = folder / ("python9" if given == "python9" else "python")
    assert python_path(given.format(here=tmp_path), HEAD) == str(expected)


@pytest.mark.parametrize("given", ["python9.99", "/no/such/python", "."])
def test_an_interpreter_that_is_not_there_is_said_with_its_option(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SideFailed, match=f"--head-python: there is no interpreter {given!r}: give its path, or a name"):
        python_path(given, HEAD)


@pytest.mark.parametrize("output", ["", "echo of sorts", r"printf '\\377'"])
def test_what_is_no_interpreter_is_said_with_its_option(output: str, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\n{output}\n")
    script.chmod(0o755)
    with pytest.raises(SideFailed, match=f"--base-python: {script} is not a Python interpreter"):
        described(str(script), BASE)


def test_a_file_that_can_t_be_run_is_said_with_its_option(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(SideFailed, match=f"--base-python: {file} does not run: .*Permission denied"):
        described(str(file), BASE)


# The code


def test_each_side_has_the_code_of_its_own_revision(repository: Repository, containment: Containment) -> None:
    sides = ready(CheckOptions(folder=repository.folder, against="HEAD~1"), containment)
    assert says(sides[BASE], SAY_WHERE) == f"good day {containment.folder}/base/words.py"
    assert says(sides[HEAD], SAY_WHERE) == f"hello {repository.folder}/words.py"
    assert list(sides) == [BASE, HEAD]


def test_each_side_says_what_it_is(repository: Repository, containment: Containment) -> None:
    sides = ready(CheckOptions(folder=repository.folder, against="HEAD~1"), containment)
    base, head = sides[BASE].side, sides[HEAD].side
    assert (base.name, base.about, base.revision) == (BASE, "HEAD~1", repository.git("rev-parse", "HEAD~1"))
    assert (head.name, head.about, head.revision) == (HEAD, "the working tree", repository.git("rev-parse", "HEAD"))
    assert base.python == head.python == platform.python_version()


def test_the_head_is_the_working_tree_with_what_is_not_committed(
    repository: Repository, containment: Containment
) -> None:
    repository.write({"words.py": AFTER["words.py"].replace("hello", "hi there")})
    sides = ready(CheckOptions(folder=repository.folder, against="HEAD"), containment)
    assert says(sides[BASE], SAY_WHERE).startswith("hello ")
    assert says(sides[HEAD], SAY_WHERE).startswith("hi there ")
    assert sides[HEAD].side.revision == f"{sides[BASE].side.revision}+"


def test_a_repository_with_a_src_folder_is_imported_from_there(tmp_path: Path, containment: Containment) -> None:
    repository = changed(
        tmp_path / "repository",
        {"src/words.py": BEFORE["words.py"], "benchmark.py": "import words"},
        {"src/words.py": AFTER["words.py"]},
    )
    assert sources(repository.folder) == (str(repository.folder / "src"), str(repository.folder))
    sides = ready(CheckOptions(folder=repository.folder, against="HEAD~1"), containment)
    code = "import benchmark; print(benchmark.words.greet(0))"
    assert says(sides[BASE], code) == "good day"
    assert says(sides[HEAD], code) == "hello"


def test_from_a_subfolder_both_sides_run_in_that_folder(repository: Repository, containment: Containment) -> None:
    repository.commit({"data/file.txt": ""})
    for revision in ("HEAD", "HEAD~1"):  # where the folder was not there before
        with contained() as another:
            sides = ready(CheckOptions(folder=repository.folder / "data", against=revision), another)
            assert sides[BASE].launch.folder == another.folder / "base/data"
            assert (another.folder / "base/data").is_dir()
            assert sides[HEAD].launch.folder == repository.folder / "data"
            assert says(sides[BASE], SAY_WHERE).startswith("hello ")


def test_to_import_from_the_working_tree_leaves_nothing_in_it(
    repository: Repository, containment: Containment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    before = repository.state()
    for each in ready(CheckOptions(folder=repository.folder, against="HEAD~1"), containment).values():
        assert says(each, SAY_WHERE)
        assert list(Path(containment.folder, f"compiled-{each.side.name}").rglob("words.*.pyc"))
    assert repository.state() == before


def sample(each: PreparedSide, containment: Containment) -> Answer:
    """What a host of a side answers to a request for a sample; raises CaseFailed."""
    workload = Workload(name="words:greet", tasks=1)
    case = Case(group="greet", row="serial", subject="serial", workload=workload, settings=Settings())
    host = Launcher(containment).start(each.launch)
    try:
        host.open(case, DEADLINE)
        return host.ask({"do": "sample"}, DEADLINE)
    finally:
        host.end(at_once=True)


def test_hosts_call_the_code_of_their_side(repository: Repository, containment: Containment) -> None:
    repository.commit({"words.py": "def greet(number):\n    raise ValueError('greetings are over')\n"})
    sides = ready(CheckOptions(folder=repository.folder, against="HEAD~1"), containment)
    assert sample(sides[BASE], containment)["wall"] > 0
    with pytest.raises(CaseFailed, match="greetings are over"):
        sample(sides[HEAD], containment)


def test_two_interpreters_share_the_code_and_need_no_repository(tmp_path: Path, containment: Containment) -> None:
    (tmp_path / "words.py").write_text(AFTER["words.py"])
    other = environment_in(tmp_path / "environment")
    sides = ready(CheckOptions(folder=tmp_path, base_python=sys.executable, head_python=str(other)), containment)
    assert [each.side.about for each in sides.values()] == [sys.executable, str(other)]
    assert [each.side.revision for each in sides.values()] == [None, None]
    assert sides[HEAD].launch.python == str(other / "bin/python")
    for each in sides.values():
        assert says(each, SAY_WHERE) == f"hello {tmp_path}/words.py"


def test_an_unknown_revision_is_said_before_anything_is_done(repository: Repository, containment: Containment) -> None:
    steps: list[str] = []
    with pytest.raises(GitFailed, match="there is no revision 'nowhere'"):
        prepare_sides(
            CheckOptions(folder=repository.folder, against="nowhere", setup="exit 1"), containment, steps.append
        )
    assert steps == []


# The set-up


@pytest.mark.thorough
def test_a_set_up_has_an_environment_of_its_own_on_each_side(repository: Repository, containment: Containment) -> None:
    before = repository.state()
    steps: list[str] = []
    asked = CheckOptions(folder=repository.folder, against="HEAD~1", setup=SET_UP)
    sides = prepare_sides(asked, containment, steps.append)
    assert steps == ["checking out HEAD~1", "preparing base", "preparing head"]
    for name, greeting in ((BASE, "good day"), (HEAD, "hello")):
        python = containment.folder / f"environment-{name}/bin/python"
        assert sides[name].launch.python == str(python)
        # What was installed is found, and the tree is, too.
        code = "import installed, words; print(installed.greeting, words.greet(0))"
        assert says(sides[name], code) == f"{greeting} {greeting}"
        # And it is activated for whatever else a task may start.
        code = "import os, shutil; print(os.environ['VIRTUAL_ENV'], shutil.which('python'))"
        assert says(sides[name], code) == f"{containment.folder}/environment-{name} {python}"
    assert repository.state() == before


SET_UP = """
cat > /dev/null # a question would have its answer at once, and not hang
python -m pip --version && python -c "
import sysconfig, pathlib, words
pathlib.Path(sysconfig.get_path('purelib'), 'installed.py').write_text(f'greeting = {words.greet(0)!r}')
" && python -c "import sys; assert 'site-packages/concbench' not in str(sys.path)"
"""


def alone(repository: Repository, setup: str, folder: Path) -> CheckOptions:
    """The head alone, in an environment that is made at once: without pip."""
    return CheckOptions(folder=repository.folder, setup=setup, head_python=str(quick_environments(folder)), alone=True)


@pytest.fixture
def why_not(repository: Repository, containment: Containment, tmp_path: Path) -> Callable[[str], str]:
    """Says why a set-up fails."""

    def reason(setup: str) -> str:
        with pytest.raises(SideFailed) as raised:
            ready(alone(repository, setup, tmp_path), containment)
        return str(raised.value)

    return reason


def test_a_set_up_that_fails_shows_its_last_lines_in_order(why_not: Callable[[str], str]) -> None:
    setup = f"for n in $(seq {2 * SHOWN}); do echo out $n; echo err $n >&2; done; printf '\\377\\n' >&2; exit 7"
    first, *rest = why_not(setup).splitlines()
    assert first == "--setup ended with exit status 7 for head:"
    assert len(rest) == SHOWN
    assert rest[-3:] == [f"  out {2 * SHOWN}", f"  err {2 * SHOWN}", "  \N{REPLACEMENT CHARACTER}"]


def test_a_set_up_is_not_steps_of_a_hooks_repository(
    repository: Repository, why_not: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version made of the last tag would be that of another repository."""
    monkeypatch.setenv("GIT_DIR", "/no/such/repository")
    assert why_not("git rev-parse HEAD; exit 1").splitlines()[1:] == [f"  {repository.git('rev-parse', 'HEAD')}"]


@needs_proc
def test_what_a_set_up_leaves_running_neither_holds_it_up_nor_outlives_it(
    why_not: Callable[[str], str], tmp_path: Path
) -> None:
    why_not(f"sleep 600 & echo $! > {tmp_path}/pid; exit 1")
    assert not is_living(int((tmp_path / "pid").read_text()))


def test_where_no_environment_can_be_made_the_reason_is_said(
    repository: Repository, containment: Containment, tmp_path: Path
) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho 'ensurepip is not available'; exit 1\n")
    script.chmod(0o755)
    asked = CheckOptions(folder=repository.folder, setup="true", head_python=str(script), alone=True)
    with pytest.raises(SideFailed, match=r"no environment could be created for head(?s:.*)ensurepip is not available"):
        ready(asked, containment)


def test_a_working_tree_that_can_t_be_copied_is_said(
    repository: Repository, containment: Containment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("concbench.gate.environments.snapshot", full)
    with pytest.raises(SideFailed, match=r"head: the working tree can't be copied for --setup: .*No space left"):
        ready(alone(repository, "true", tmp_path), containment)


def test_with_a_set_up_a_src_folder_is_imported_from_too(tmp_path: Path, containment: Containment) -> None:
    """One that only installs what the code needs."""
    files = {"src/words.py": AFTER["words.py"], "benchmark.py": "import words"}
    repository = changed(tmp_path / "repository", files, {})
    (head,) = ready(alone(repository, "true", tmp_path), containment).values()
    code = "import benchmark; print(benchmark.words.__file__)"
    assert says(head, code) == f"{containment.folder}/head/src/words.py"


def test_what_a_set_up_leaves_in_a_tree_is_not_left_in_a_persons_own(
    repository: Repository, containment: Containment, tmp_path: Path
) -> None:
    repository.write({"words.py": AFTER["words.py"].replace("hello", "hi there"), "new.py": ""})
    before = repository.state()
    (head,) = ready(alone(repository, "mkdir build && mv words.py build", tmp_path), containment).values()
    assert says(head, "import new; import build.words as words; print(words.greet(0))") == "hi there"
    assert repository.state() == before
