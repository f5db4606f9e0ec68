"""What pages of the reference promise: they name what there is, in the words of the command line."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from concbench.cli.main import cli
from tests.fresh_interpreter import answer

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
LISTED = """
    import json
    from concbench.cli.list import KINDS
    print(json.dumps({
        kind: {name: getattr(entry, "question", None) or entry.about for name, entry in registry.all().items()}
        for kind, registry in KINDS.items()
    }))
"""


def rows(page: str) -> dict[str, dict[str, str]]:
    """The first two cells of the tables of a page, by its headings."""
    _, *sections = re.split(r"^## ", page, flags=re.MULTILINE)
    return {
        section.partition("\n")[0].lower(): dict(re.findall(r"^\| `([^`]+)` \| (.*?) (?<!\\)\|", section, re.MULTILINE))
        for section in sections
    }


def test_the_catalogue_has_what_concbench_list_has_in_the_same_words() -> None:
    assert rows((REFERENCE / "catalogue.md").read_text(encoding="utf-8")) == answer(LISTED)


def test_every_exit_status_that_help_names_is_explained() -> None:
    page = (REFERENCE / "exit-statuses.md").read_text(encoding="utf-8")
    shown = CliRunner().invoke(cli, ["--help"]).output.partition("Exit status:")[2]
    statuses = re.findall(r"^\s+(\d+)  ", shown, re.MULTILINE)
    assert statuses
    assert re.findall(r"^\| (\d+) \|", page, re.MULTILINE) == statuses
