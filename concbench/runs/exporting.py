"""Writing a run in another tool's format: the register of the formats, and the file that an export goes to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from concbench.model import Case, Run
from concbench.registry import Registry
from concbench.runs.wording import one_line
from concbench.runs.writing import ADVICE, UnwritableRun, put_in_place, temporary_file

Export = Callable[[Run], str]
"""Returns a run as the text of a document; raises UnexportableRun."""


class UnexportableRun(Exception):
    """A run holds nothing that a format could carry; the text is one line that a person can act on."""

    def __str__(self) -> str:
        """What is missing, and what to do, with control characters escaped."""
        return one_line(super().__str__())


formats: Registry[Export] = Registry("format", "concbench.runs.formats")


def exporter(name: str) -> Callable[[Export], Export]:
    """Register the decorated function as a format, whose name `concbench export --to` takes.

    Example:
        `@exporter("csv")` above `def export(run: Run) -> str`.
    """

    def register(export: Export) -> Export:
        formats.add(name, export)
        return export

    return register


def left_out(run: Run) -> list[Case]:
    """Return the cases that no export holds, because they have no samples."""
    return [case for case in run.cases if not case.samples]


def write_export(document: str | bytes, path: Path, *, overwrite: bool) -> None:
    """Write an export to `path`: whole or not at all, and over another file only where that is wished for.

    Missing folders are created.

    Raises:
        UnwritableRun: the file exists and shall not be overwritten, or can't be written; no part of it is left.

    Example:
        `write_export(text, Path("results/pools.csv"), overwrite=False)`
    """
    try:
        if path.is_dir():
            raise UnwritableRun(f"{path} is a folder: name a file in it")
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary_file(path.parent, document.encode() if isinstance(document, str) else document) as temporary:
            if overwrite:
                temporary.replace(path)
            elif not put_in_place(temporary, path):
                raise UnwritableRun(f"{path} exists already: name another file, or overwrite it with --force")
    except OSError as error:
        advice = ADVICE.get(error.errno or 0, "name another file")
        raise UnwritableRun(f"{path} can't be written ({error.strerror or error}): {advice}") from error
    except ValueError as error:  # such as a NUL in the name
        raise UnwritableRun(f"{path} can't be the name of a file: choose another") from error
