"""Follows a program into the Python processes that it starts without forking: by an environment variable and a hook.

`multiprocessing` (spawn, forkserver), `subprocess` and loky all start processes by `_posixsubprocess.fork_exec`, or by
`os.posix_spawn` and `os.exec…`. There, and only while a Python is started, the variable and the hook's folder join the
environment; the hook takes them out again before the program's first line. So no program sees them, nothing that is no
Python gets them, and nothing has to be installed or removed. On Windows it is `_winapi.CreateProcess`, which has not
been tested.

A Python that is started by something else (a shell, `env`), or without its environment (`-I`, `-E`, `-S`), is not
followed. These functions are wrapped: where one of them raises, the traceback has one line more. A variable that was
set by `os.putenv`, and is not in `os.environ`, does not reach a Python that inherits the environment.
"""

from __future__ import annotations

import os
import sys

from concbench.instruments.patches import like, replace

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

VARIABLE = "CONCBENCH_TRACE"
HOOK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hook")  # noqa: PTH118,PTH120,PTH100 - as in call_site
ISOLATING = frozenset("IES")
"""Options with which Python does not look at PYTHONPATH, or imports no sitecustomize."""
SHEBANG = 200
"""Bytes of a program's first line that are read."""


def with_hook(environment: Mapping[str, str], folder: str) -> dict[str, str]:
    """An environment in which a Python records into a folder; one that has another folder stays as it is.

    >>> with_hook({"PYTHONPATH": "lib"}, "/tmp/trace")["PYTHONPATH"].endswith(os.pathsep + "lib")
    True
    """
    if VARIABLE in environment:  # a program that is traced traces another one
        return dict(environment)
    path = environment.get("PYTHONPATH")
    if path == "":  # which is not the same as none, nor as one with an empty part
        path = HOOK
    return {**environment, VARIABLE: folder, "PYTHONPATH": HOOK if path is None else f"{HOOK}{os.pathsep}{path}"}


def is_followed(program: str | bytes, arguments: Sequence[str | bytes]) -> bool:
    """Whether a program is a Python, or a script of one, that looks at its environment.

    >>> is_followed("/usr/bin/python3.12", ["python3.12", "job.py"]), is_followed("/usr/bin/python3", ["python3", "-I"])
    (True, False)
    """
    name = os.fsdecode(program)
    if not is_python(name) and name != sys.executable:
        return is_script_of_python(name)
    return looks_around([os.fsdecode(each) for each in arguments[1:]])


def is_python(name: str) -> bool:
    """Whether a program is a Python by its name."""
    return os.path.basename(name).startswith(("python", "pypy"))  # noqa: PTH119 - as above


def looks_around(options: Sequence[str]) -> bool:
    """Whether a Python with these options looks at PYTHONPATH, and imports a `sitecustomize`.

    >>> looks_around(["-W", "error", "-u", "job.py", "-I"]), looks_around(["-sE", "job.py"])
    (True, False)
    """
    left = iter(options)
    for option in left:
        if option.startswith("--"):
            next(left, None)
            continue
        if not option.startswith("-") or option == "-":
            break
        for place, letter in enumerate(option[1:], 2):
            if letter in ISOLATING:
                return False
            if letter in "cm":
                return True
            if letter in "WX":
                if place == len(option):
                    next(left, None)
                break
    return True


def is_script_of_python(path: str) -> bool:
    """Whether a file's first line names a Python that looks at its environment as what runs it."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - as above
            first = os.fsdecode(file.read(SHEBANG).partition(b"\n")[0])
    except OSError:
        return False
    words = first[2:].split() if first.startswith("#!") else []
    for place, word in enumerate(words):
        if is_python(word):
            return looks_around(words[place + 1 :])
    return False


def as_list(environment: Iterable[bytes] | None, folder: str) -> list[bytes]:
    """An environment as `fork_exec` takes it, with the hook; None is that of this process."""
    if environment is None:
        pairs = dict(os.environ)
    else:
        pairs = dict(os.fsdecode(each).split("=", 1) for each in environment if b"=" in each)
    return [os.fsencode(f"{name}={value}") for name, value in with_hook(pairs, folder).items()]


def as_mapping(environment: Mapping[Any, Any], folder: str) -> dict[str, str]:
    """An environment as `os.execve` takes it, with the hook."""
    return with_hook({os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()}, folder)


def follow() -> None:
    """Reach the Pythons that this process starts."""
    if sys.platform == "win32":
        _follow_on_windows()
        return
    import _posixsubprocess

    from concbench.instruments.recorder import recorder

    fork_exec, posix_spawn, execve, execv = _posixsubprocess.fork_exec, os.posix_spawn, os.execve, os.execv

    def recorded_fork_exec(args: Any, executables: Any, close: Any, keep: Any, cwd: Any, env: Any, *rest: Any) -> Any:
        if recorder.folder is not None and any(is_followed(each, args) for each in executables):
            env = as_list(env, recorder.folder)
        return fork_exec(args, executables, close, keep, cwd, env, *rest)

    @like(posix_spawn)
    def recorded_posix_spawn(path: Any, argv: Any, env: Any, /, **rest: Any) -> int:
        if recorder.folder is not None and is_followed(os.fspath(path), argv):
            env = as_mapping(os.environ if env is None else env, recorder.folder)
        return posix_spawn(path, argv, env, **rest)

    @like(execve)
    def recorded_execve(path: Any, argv: Any, env: Any) -> Any:
        if recorder.folder is not None and not isinstance(path, int) and is_followed(os.fspath(path), argv):
            env = as_mapping(env, recorder.folder)
        return execve(path, argv, env)

    @like(execv)
    def recorded_execv(path: Any, argv: Any, /) -> Any:
        if recorder.folder is not None and is_followed(os.fspath(path), argv):
            return execve(path, argv, as_mapping(os.environ, recorder.folder))
        return execv(path, argv)

    replace(_posixsubprocess, "fork_exec", recorded_fork_exec)
    replace(os, "posix_spawn", recorded_posix_spawn)
    replace(os, "execve", recorded_execve)
    replace(os, "execv", recorded_execv)
    imported: Any = sys.modules.get("subprocess")
    if hasattr(imported, "_fork_exec"):
        replace(imported, "_fork_exec", recorded_fork_exec)


def _follow_on_windows() -> None:
    """The same by Windows' only way to start a process."""
    import _winapi

    from concbench.instruments.recorder import recorder

    create: Any = _winapi.CreateProcess  # type: ignore[attr-defined]  # on Windows only

    def recorded_create(
        name: Any, line: Any, process: Any, thread: Any, inherit: Any, flags: Any, env: Any, *rest: Any
    ) -> Any:
        program = name or str(line).strip().strip('"').partition('"')[0]
        if recorder.folder is not None and is_followed(program, [program]):
            env = as_mapping(os.environ if env is None else env, recorder.folder)
        return create(name, line, process, thread, inherit, flags, env, *rest)

    replace(_winapi, "CreateProcess", recorded_create)
