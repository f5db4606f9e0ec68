"""What is printed of foreign text: all of it, and nothing that a terminal, a browser or a table would act on."""

from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.report.safe import LATEX, in_html, in_latex, in_org, in_rst, printable, printable_lines
from concbench.runs.text import in_markdown

CONTROLS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode's categories of control and format characters, surrogates, and what separates lines."""


def has_controls(text: str) -> bool:
    return any(unicodedata.category(char) in CONTROLS for char in text)


@given(st.text(st.characters(codec=None)))
def test_no_control_character_is_left(text: str) -> None:
    assert not has_controls(printable(text))


@given(st.text(st.characters(codec=None)))
def test_what_is_printed_can_be_written_in_utf_8(text: str) -> None:
    assert printable(text).encode("utf-8").decode("utf-8") == printable(text)


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0)])
def test_every_c0_and_c1_control_is_written_out(code: int) -> None:
    assert printable(f"a{chr(code)}b") in (
        f"a\\x{code:02x}b",
        "a" + {9: "\\t", 10: "\\n", 13: "\\r"}.get(code, "") + "b",
    )


@pytest.mark.parametrize("code", [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
def test_every_bidirectional_control_is_written_out(code: int) -> None:
    assert printable(f"a{chr(code)}b") == f"a\\u{code:04x}b"


@pytest.mark.parametrize("text", ["plain", "pool-map", "µs ± 2 %", "naïve", "进程池", "👍"])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@given(st.text(st.characters(codec=None)))
def test_lines_stay_lines_and_each_is_safe(text: str) -> None:
    lines = printable_lines(text).split("\n")
    assert not any(has_controls(line) for line in lines)
    assert lines == ([printable(line) for line in text.splitlines()] or [""])


@given(st.text())
def test_html_keeps_no_bracket_and_no_quote(text: str) -> None:
    assert not set(in_html(text)) & set("<>\"'")


@given(st.text())
def test_markdown_keeps_nothing_that_it_acts_on(text: str) -> None:
    lines = printable_lines(text)
    escaped = in_markdown(lines)
    assert not set(escaped) & set("<>|`*~[]{}@$\\^")
    assert html.unescape(escaped) == lines  # and a reader sees the text as it is


@given(st.text())
def test_latex_keeps_nothing_that_it_acts_on(text: str) -> None:
    escaped = in_latex(text)
    for written in sorted(LATEX.values(), key=len, reverse=True):
        escaped = escaped.replace(written, "")
    assert not set(escaped) & set("&%$#_{}~^`|")


@given(st.text())
def test_an_org_cell_keeps_no_pipe(text: str) -> None:
    assert "|" not in in_org(text)


@given(st.text())
def test_restructured_text_keeps_no_bare_markup(text: str) -> None:
    assert re.sub(r"\\(.)", r"\1", in_rst(text), flags=re.S) == text
    assert not re.search(r"(?<!\\)(?:\\\\)*[*`|]", in_rst(text))
