"""What is promised of files that hide modules from hosts: those that do are found, and no other is accused."""

from __future__ import annotations

from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

import concbench
from concbench.measure.hidden_modules import hidden, hiding


@pytest.mark.parametrize(
    "name", ["types.py", "json/__init__.py", "concbench.py", "random.pyc", f"_socket{EXTENSION_SUFFIXES[0]}"]
)
def test_what_is_imported_in_the_place_of_a_module_hides_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    module = name.partition("/")[0].partition(".")[0]
    assert hiding([str(tmp_path)]) == {module: tmp_path / name.partition("/")[0]}


@pytest.mark.parametrize(
    "name", ["mine.py", "json/data.txt", "sys.py", "os.py", "types.txt", "sub/types.py", "concbenches.py"]
)
def test_what_is_never_imported_in_the_place_of_a_module_hides_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    assert hiding([str(tmp_path), str(tmp_path / "nowhere")]) == {}


def test_the_first_folder_is_what_hosts_import_from(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "types.py").write_text("")
    folders = [str(tmp_path / name) for name in ("first", "second")]
    assert hiding(folders) == {"types": tmp_path / "first" / "types.py"}


def test_concbench_does_not_hide_itself(tmp_path: Path) -> None:
    own = Path(concbench.__file__).parent
    (tmp_path / "concbench").symlink_to(own, target_is_directory=True)
    assert "concbench" not in hiding([str(own.parent), str(tmp_path)])


def test_files_in_several_folders_are_all_named() -> None:
    said = hidden([Path("/one/json.py"), Path("/two/types.py")])
    assert (
        said == "json.py and types.py in /one and /two hide the standard library's modules of those names: rename them"
    )
