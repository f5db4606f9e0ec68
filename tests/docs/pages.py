"""The pages of the documentation, with their code blocks in order, also those inside lists."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHELL = ("|", ">", ">>", "&&", "||", "2>", ";", "&")
_FENCE = re.compile(
    r"^ *(?P<fence>`{3,}|:{3,})(?P<language>[^\n]*)\n(?P<text>.*?)^ *(?P=fence)[ ]*$", re.DOTALL | re.MULTILINE
)
_NOT_RUN = re.compile(r"<!-- not run: (?P<reason>[^>]+?) -->\s*\Z")
_CODE = re.compile(r"\{code(-block)?\} *")
"""Sphinx's way to begin a block of a language."""
_SAVED_AS = re.compile(r"\b[Ss]ave\s+(?:this|it|them|these|the\s+\w+)\s+(?:\w+\s+)*?as\s+`(?P<name>[\w./-]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced code block."""

    line: int
    language: str
    text: str
    before: str
    """The text between the block before and this one."""

    @property
    def not_run(self) -> str | None:
        """The reason why no test runs the block, from `<!-- not run: reason -->` above it; None where one does."""
        found = _NOT_RUN.search(self.before)
        return found["reason"] if found else None

    @property
    def saved_as(self) -> str | None:
        """The file that the reader saves it as, from `Save this as `name`` before it."""
        found = [*_SAVED_AS.finditer(self.before)]
        return found[-1]["name"] if found else None

    @property
    def commands(self) -> list[str]:
        """The commands after `$ ` in a block of a console, continued lines joined and comments gone."""
        joined = self.text.replace("\\\n", " ")
        return [line.removeprefix("$ ") for line in joined.splitlines() if line.startswith("$ ")]


def pages() -> list[Path]:
    """All pages of the site, and those beside it."""
    return [*map(ROOT.joinpath, ("README.md", "CONTRIBUTING.md", "AGENTS.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def page_id(page: Path) -> str:
    """A page's path in the project."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path | str) -> Iterator[Block]:
    """The code blocks of a page in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    end = 0
    for found in _FENCE.finditer(text):
        if found["fence"].startswith("`"):
            before = text[end : found.start()]
            language = _CODE.sub("", found["language"].strip())
            line = text.count("\n", 0, found.start()) + 1
            yield Block(line, language, textwrap.dedent(found["text"]), before)
            end = found.end()


def programs(page: str, language: str = "python") -> list[str]:
    """The text of all blocks of one language on a page."""
    return [block.text for block in blocks(page) if block.language == language]


def words_of(command: str) -> list[str]:
    """The words of a command, without what the shell does with its output.

    >>> words_of("concbench list strategies | head -1  # the first")
    ['concbench', 'list', 'strategies']
    """
    return _parted(command)[0]


def rest_of(command: str) -> str:
    """What the shell does with the output of a command.

    >>> rest_of("concbench show run.json --json - | jq '.series[]' > series.json  # for later")
    "| jq '.series[]' > series.json"
    """
    words = _parted(command)[1]
    return " ".join(word if word in SHELL else shlex.quote(word) for word in words)


def _parted(command: str) -> tuple[list[str], list[str]]:
    words = shlex.split(command, comments=True)
    end = next((at for at, word in enumerate(words) if word in SHELL), len(words))
    return words[:end], words[end:]
