"""No page, help text, message or docstring uses a phrase that no native writer would."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, page_id, pages

PHRASES = {
    r"heed(s|ed|ing)?": "use, take, read",
    r"(is|are|was|were|be|been|being) told(?! to )": "learn, is given; be distinguished",
    r"told apart": "distinguished; too close to call",
    r"tells? (of|that|which|what|how|whether|apart)": "say, show, report, distinguish",
    r"there is no telling|no telling": "unknown",
    r"so many": "that many, the number",
    r"nobody": "no one, or name what doesn't",
    r"(by|to|for|with|of) who": "by whatever, to whoever",
    r"a person('s)?": "you, the user",
    r"(of )?one's own": "your own",
    r"people's own": "your own",
    r"(that|which) people have": "realistic, common",
    r"looks? whether": "check whether",
    r"looks? at who": "check",
    r"as such": "leave it out",
    r"that surely": "that certainly",
    r"(?<!not\s)at all(?! (of|the|its|their|these|points))": "leave it out, any",
    r"in the place of": "instead of",
    r"can be had": "is available",
    r"is to be had": "is available",
    r"is in doubt whether": "it is unclear whether",
    r"not so sure": "uncertain",
    r"may well be that": "may",
    r"it comes that": "therefore",
    r"costs? nothing that": "adds no measurable",
    r"is of no use": "is useless",
    r"by far not": "nowhere near",
    r"as good as nothing": "almost nothing",
    r"what is meant": "this means",
    r"noticed of": "noticed in",
    r"asked of it": "asked for",
    r"the same holds for": "so does, likewise",
    r"gets? to know": "learn",
    r"in the one .* in the other": "here, there",
}
"""Phrases, as regular expressions, and what to write instead."""
BETWEEN = r"""(?:\s|["']\s*[rf]*["']|\n\s*[#>])+"""
"""Between words: also the end of a line, or of a part of a string, and what the next one begins with."""
PATTERN = re.compile(
    "|".join(rf"(?P<p{at}>\b(?:{phrase.replace(' ', BETWEEN)})\b)" for at, phrase in enumerate(PHRASES)), re.IGNORECASE
)
TEXTS = [
    *pages(),
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "concbench").rglob("*.py")),
    *sorted((ROOT / "tests" / "report" / "snapshots").rglob("*.*")),
]
"""Help texts, messages and docstrings are in the modules of the package."""


def found_in(text: str) -> list[str]:
    """`line: phrase (what to write)` for each odd phrase.

    >>> found_in("None of them heeds it.")
    ['1: heeds (use, take, read)']
    """
    advice = list(PHRASES.values())
    return [
        f"{text.count(chr(10), 0, found.start()) + 1}: {found[0]} ({advice[int((found.lastgroup or 'p0')[1:])]})"
        for found in PATTERN.finditer(text)
    ]


@pytest.mark.parametrize("path", TEXTS, ids=page_id)
def test_no_phrase_is_odd(path: Path) -> None:
    assert found_in(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "phrase",
    [
        "nobody",
        "is told",
        "so many",
        "told apart",
        "by who",
        "of one's own",
        "so\n    many",
        "so\n# many",
        'so "\n f"many',
    ],
)
def test_odd_phrases_are_found(phrase: str) -> None:
    assert found_in(f"First line.\nThis {phrase} it.")[0].startswith("2: ")
