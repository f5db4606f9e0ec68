"""What a gate's git promises: a revision's files in a folder of their own, and nothing of it in the repository."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from concbench.gate.checkout import GitFailed, check_out, commit, head, snapshot, toplevel
from concbench.measure.containment import Containment
from tests.gate.repository import Repository, changed

BEFORE = {"package/words.py": "GREETING = 'good day'\n", "old.py": "", "tool": "#!/bin/sh\n"}
AFTER = {"package/words.py": "GREETING = 'hello'\n"}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return changed(tmp_path / "repository", BEFORE, AFTER)


CheckedOut = Callable[..., Path]


@pytest.fixture
def checked_out(containment: Containment, tmp_path: Path) -> CheckedOut:
    """Checks a revision of a repository out into a new folder."""

    def into(folder: Path, revision: str, name: str = "tree") -> Path:
        check_out(folder, commit(folder, revision), tmp_path / name, containment)
        return tmp_path / name

    return into


def greeting(tree: Path) -> str:
    return (tree / "package/words.py").read_text()


# Which revision


def test_a_revision_may_be_anything_that_names_a_commit(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD~1")
    repository.git("tag", "--annotate", "--message", "released", "v1", first)
    repository.git("branch", "older", first)
    for name in ("HEAD~1", first, first[:8], "v1", "older", "main^"):
        assert commit(repository.folder, name) == first


@pytest.mark.parametrize("name", ["nowhere", "", "--help", "HEAD~1:old.py", "HEAD..HEAD~1", "0" * 40])
def test_what_names_no_commit_is_said_by_its_name(repository: Repository, name: str) -> None:
    with pytest.raises(GitFailed) as raised:
        commit(repository.folder, name)
    assert f"there is no revision {name!r} in {repository.folder}" in str(raised.value)
    assert "shallow" not in str(raised.value)


def test_a_folder_that_is_no_repository_is_said(tmp_path: Path) -> None:
    with pytest.raises(GitFailed, match="not a git repository"):
        toplevel(tmp_path)
    assert head(tmp_path) is None


def test_without_git_the_reason_is_said(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitFailed, match="there is no git on this machine"):
        toplevel(repository.folder)


def test_a_repository_without_a_commit_has_no_head(tmp_path: Path) -> None:
    assert head(Repository.new(tmp_path / "new").folder) is None


def test_the_head_has_a_mark_where_a_file_has_changed(repository: Repository) -> None:
    last = repository.git("rev-parse", "HEAD")
    repository.write({"new.py": "untracked\n"})
    assert head(repository.folder) == last
    repository.write({"old.py": "changed\n"})
    assert head(repository.folder) == f"{last}+"


# Its files


def test_a_check_out_has_the_files_of_that_commit(repository: Repository, checked_out: CheckedOut) -> None:
    (repository.folder / "tool").chmod(0o755)
    repository.git("rm", "--quiet", "old.py")
    repository.commit({"new.py": ""})
    first, last = checked_out(repository.folder, "HEAD~2", "first"), checked_out(repository.folder, "HEAD", "last")
    assert "good day" in greeting(first)
    assert "hello" in greeting(last)
    assert {path.name for path in first.iterdir()} == {".git", "package", "old.py", "tool"}
    assert {path.name for path in last.iterdir()} == {".git", "package", "new.py", "tool"}
    assert os.access(last / "tool", os.X_OK)
    assert not os.access(first / "tool", os.X_OK)


def test_a_check_out_knows_its_own_commit_and_history(
    repository: Repository, containment: Containment, tmp_path: Path
) -> None:
    """What asks git for a version when it is installed gets an answer."""
    first = commit(repository.folder, "HEAD~1")
    check_out(repository.folder, first, tmp_path / "tree", containment)
    tree = Repository(tmp_path / "tree")
    assert tree.git("rev-parse", "HEAD") == first
    assert tree.git("rev-list", "--count", "HEAD") == "1"
    assert tree.git("status", "--porcelain") == ""


def test_a_repository_that_hashes_by_sha256_will_do(containment: Containment, tmp_path: Path) -> None:
    repository = changed(tmp_path / "repository", BEFORE, AFTER, "--object-format=sha256")
    first = commit(repository.folder, "HEAD~1")
    check_out(repository.folder, first, tmp_path / "tree", containment)
    assert len(first) == 64
    assert Repository(tmp_path / "tree").git("rev-parse", "HEAD") == first
    assert "good day" in greeting(tmp_path / "tree")
    repository.write({"package/words.py": "GREETING = 'hi'\n"})
    snapshot(repository.folder, commit(repository.folder, "HEAD"), tmp_path / "copy", containment)
    assert "hi" in greeting(tmp_path / "copy")


def test_the_repository_is_as_it_was(repository: Repository, containment: Containment, tmp_path: Path) -> None:
    repository.write({"old.py": "changed\n", "untracked.py": ""})
    # Git would note at the next occasion that this file's content is as it was, but for its time.
    os.utime(repository.folder / "package/words.py", (1, 1))
    before = repository.state()
    head(repository.folder)
    revision = commit(toplevel(repository.folder), "HEAD~1")
    check_out(repository.folder, revision, tmp_path / "tree", containment)
    assert repository.state() == before
    shutil.rmtree(tmp_path / "tree")
    assert repository.state() == before
    repository.git("fsck", "--strict")


def test_uncommitted_changes_stay_out_of_a_check_out(repository: Repository, checked_out: CheckedOut) -> None:
    repository.write({"package/words.py": "GREETING = 'changed'\n"})
    assert "hello" in greeting(checked_out(repository.folder, "HEAD"))


def test_a_subfolder_will_do(repository: Repository, checked_out: CheckedOut) -> None:
    inside = repository.folder / "package"
    assert toplevel(inside) == repository.folder
    before = repository.state()
    assert "good day" in greeting(checked_out(inside, "HEAD~1"))
    assert repository.state() == before


def test_a_linked_worktree_will_do(repository: Repository, tmp_path: Path, checked_out: CheckedOut) -> None:
    repository.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"), "HEAD~1")
    linked = Repository(tmp_path / "linked")
    linked.commit({"package/words.py": "GREETING = 'bonjour'\n"})
    before = linked.state()
    assert toplevel(linked.folder) == linked.folder
    assert "bonjour" in greeting(checked_out(linked.folder, "HEAD"))
    assert "hello" in greeting(checked_out(linked.folder, "main", "main"))
    assert linked.state() == before


def test_a_repository_that_borrows_objects_itself_will_do(
    repository: Repository, tmp_path: Path, checked_out: CheckedOut
) -> None:
    repository.git("clone", "--quiet", "--shared", str(repository.folder), str(tmp_path / "borrower"))
    borrower = tmp_path / "borrower"
    assert "good day" in greeting(checked_out(borrower, "HEAD~1"))


def shallow(repository: Repository, folder: Path) -> Repository:
    repository.git("clone", "--quiet", "--depth=1", repository.folder.as_uri(), str(folder))
    return Repository(folder)


def test_in_a_shallow_clone_a_missing_commit_comes_with_a_hint(repository: Repository, tmp_path: Path) -> None:
    clone = shallow(repository, tmp_path / "clone")
    with pytest.raises(GitFailed) as raised:
        commit(clone.folder, "HEAD~1")
    assert str(raised.value).startswith(f"there is no revision 'HEAD~1' in {clone.folder}; ")
    assert "shallow" in str(raised.value)
    assert "fetch-depth: 0" in str(raised.value)


def test_in_a_shallow_clone_a_commit_that_is_there_will_do(
    repository: Repository, tmp_path: Path, checked_out: CheckedOut
) -> None:
    clone = shallow(repository, tmp_path / "clone")
    before = clone.state()
    assert "hello" in greeting(checked_out(clone.folder, "HEAD"))
    assert Repository(tmp_path / "tree").git("rev-list", "--count", "HEAD") == "1"
    assert clone.state() == before


def test_what_a_partial_clone_lacks_is_fetched_and_not_left_out(
    repository: Repository, tmp_path: Path, checked_out: CheckedOut
) -> None:
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repository.git(
        "clone", "--quiet", "--no-local", "--filter=blob:none", repository.folder.as_uri(), str(tmp_path / "clone")
    )
    clone = Repository(tmp_path / "clone")
    missing = ("rev-list", "--objects", "--all", "--missing=print")
    assert "?" in clone.git(*missing)
    before = clone.state()
    assert "good day" in greeting(checked_out(clone.folder, "HEAD~1"))
    assert clone.state() == before


def test_files_are_checked_out_as_the_repository_itself_would(repository: Repository, checked_out: CheckedOut) -> None:
    """Its own filters, line ends and sparse folders are in its own configuration, where the user may have put them."""
    repository.commit({".gitattributes": "*.py filter=loud\n"})
    repository.git("config", "filter.loud.smudge", "tr a-z A-Z")
    repository.git("sparse-checkout", "set", "nothing")
    assert "HELLO" in greeting(checked_out(repository.folder, "HEAD"))


def test_within_a_hook_the_folder_says_which_repository_it_is(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checked_out: CheckedOut
) -> None:
    """Git sets these for a hook, and then they would stand for every other repository, too."""
    other = changed(tmp_path / "other", {"other.py": ""}, {})
    before = repository.state(), other.state()
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.folder))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.folder / ".git/index"))
    assert toplevel(repository.folder) == repository.folder
    assert "good day" in greeting(checked_out(repository.folder, "HEAD~1"))
    assert (repository.state(), other.state()) == before


def test_a_persons_hooks_don_t_run_in_a_check_out(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checked_out: CheckedOut
) -> None:
    home = tmp_path / "home"
    hook = home / "template/hooks/post-checkout"
    hook.parent.mkdir(parents=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hook-ran\n")
    hook.chmod(0o755)
    (home / ".gitconfig").write_text(
        f"[init]\n\ttemplateDir = {home}/template\n[core]\n\thooksPath = {hook.parent}\n", encoding="utf-8"
    )
    repository.git("config", "core.hooksPath", str(hook.parent))
    monkeypatch.setenv("HOME", str(home))
    assert "good day" in greeting(checked_out(repository.folder, "HEAD~1"))
    assert not (tmp_path / "hook-ran").exists()


def test_what_git_complains_of_is_told(repository: Repository, containment: Containment, tmp_path: Path) -> None:
    with pytest.raises(GitFailed, match=r"git checkout failed: (?s:.*)" + "1" * 40):
        check_out(repository.folder, "1" * 40, tmp_path / "tree", containment)


# The working tree


def files(tree: Path) -> dict[str, str]:
    """What every file holds, but git's own; of a link, where it leads."""
    return {
        str(path.relative_to(tree)): f"-> {path.readlink()}" if path.is_symlink() else path.read_text()
        for path in sorted(tree.rglob("*"))
        if ".git" not in path.parts and (path.is_symlink() or path.is_file())
    }


def test_a_snapshot_has_the_working_tree_as_it_is(
    repository: Repository, containment: Containment, tmp_path: Path
) -> None:
    repository.commit({"folder/file": "", "file": "", "staged.py": "", "link-to-be": "", "gone/file": ""})
    folder = repository.folder
    repository.write({".gitignore": "*.pyc\n", "ignored.pyc": "", "new/untracked.py": "new", " with spaces ": ""})
    repository.write({"package/words.py": "GREETING = 'hi there'\n", "staged.py": "staged"})
    repository.git("add", "staged.py")
    (folder / "old.py").unlink()
    (folder / "tool").chmod(0o755)
    (folder / "link-to-be").unlink()
    (folder / "link-to-be").symlink_to("nowhere")
    for name, now in (("folder", None), ("file", "file/within"), ("gone", None)):
        shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()
        if now is not None:
            repository.write({now: "a folder now"})
    repository.write({"folder": "a file now"})
    before = repository.state()
    snapshot(folder, commit(folder, "HEAD"), tmp_path / "tree", containment)
    expected = files(folder)
    del expected["ignored.pyc"]
    assert files(tmp_path / "tree") == expected
    assert os.access(tmp_path / "tree/tool", os.X_OK)
    assert repository.state() == before


def test_a_snapshot_has_files_of_any_name(repository: Repository, containment: Containment, tmp_path: Path) -> None:
    names = [b" leading", b"new\nline", b'quote"d', "ümläut".encode(), b"bytes\xff"]
    for name in names:
        Path(os.fsdecode(os.fsencode(repository.folder) + b"/" + name)).write_text("here")
    snapshot(repository.folder, commit(repository.folder, "HEAD"), tmp_path / "tree", containment)
    assert {os.fsdecode(name) for name in names} <= {path.name for path in (tmp_path / "tree").iterdir()}


def test_a_snapshot_leaves_repositories_within_alone(
    repository: Repository, containment: Containment, tmp_path: Path
) -> None:
    changed(repository.folder / "within", {"file": ""}, {})
    snapshot(repository.folder, commit(repository.folder, "HEAD"), tmp_path / "tree", containment)
    assert not (tmp_path / "tree/within").exists()
