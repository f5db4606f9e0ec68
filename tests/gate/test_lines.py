"""What finding a key's line promises: the right one for what people write, and something around it for the rest."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.gate.lines import line_of

Path_ = tuple[str | int, ...]

bare = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
quoted = st.from_regex(r"[A-Za-z0-9_ \-]{0,4}[A-Za-z0-9]", fullmatch=True).filter(lambda key: key == key.strip())
values = st.sampled_from(["1", '"a = b"', "'x # y'", "[1, 2]", "true", '["[a]", "b"]', "{ inner = 1 }", '"[[cases]]"'])
idle = st.sampled_from(["", "  ", "# a comment", "# key = 1", "  # [table]", "\t"])
spaces = st.sampled_from(["", " ", "  ", "\t"])
comments = st.sampled_from(["", " # said of it", "# [x]", "  # a = 1"])


@dataclass
class Document:
    """Lines of TOML, and on which of them each key stands."""

    lines: list[str] = field(default_factory=list)
    places: dict[Path_, int] = field(default_factory=dict)

    def add(self, line: str, *places: Path_) -> None:
        self.lines.append(line)
        for place in places:
            self.places.setdefault(place, len(self.lines))


@st.composite
def written_keys(draw: st.DrawFn, key: str) -> str:
    """A key, bare or in either kind of quotes."""
    form = draw(st.sampled_from(["{}", '"{}"', "'{}'"])) if " " not in key else draw(st.sampled_from(['"{}"', "'{}'"]))
    return form.format(key)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Any document of keys, tables, and arrays of tables, with comments and blank lines in between."""
    document = Document()

    def pause() -> None:
        for line in draw(st.lists(idle, max_size=2)):
            document.add(line)

    def add_keys(table: Path_, taken: set[str]) -> None:
        for key in draw(st.lists(bare | quoted, max_size=3, unique=True)):
            if key not in taken:
                pause()
                before, around, after = draw(spaces), draw(spaces), draw(comments)
                line = f"{before}{draw(written_keys(key))}{around}={around}{draw(values)}{after}"
                document.add(line, (*table, key))

    tables = draw(st.lists(bare, min_size=1, max_size=4, unique=True))
    add_keys((), set(tables))
    for name in tables:
        shown = draw(written_keys(name))
        if draw(st.booleans()):
            pause()
            document.add(f"[{shown}]{draw(comments)}", (name,))
            add_keys((name,), {"sub"})
            if draw(st.booleans()):
                document.add(f"[{shown}.sub]", (name, "sub"))
                add_keys((name, "sub"), set())
        else:
            for at in range(draw(st.integers(1, 3))):
                pause()
                document.add(f"[[ {shown} ]]{draw(comments)}", (name,), (name, at))
                add_keys((name, at), {"sub"})
                if draw(st.booleans()):
                    document.add(f"  [{shown}.sub]", (name, at, "sub"))
                    add_keys((name, at, "sub"), set())
    pause()
    return document


@given(documents(), st.sampled_from(["\n", "\r\n"]))
def test_every_key_and_table_is_found_on_its_line(document: Document, end: str) -> None:
    source = end.join(document.lines)
    tomllib.loads(source)  # it is TOML indeed
    assert {place: line_of(source, place) for place in document.places} == document.places


@given(documents(), st.lists(bare, min_size=1, max_size=3))
def test_a_key_that_is_not_there_is_found_by_what_is_around_it(document: Document, more: list[str]) -> None:
    source = "\n".join(document.lines)
    for place, line in document.places.items():
        missing = (*place, "not there", *more)
        assert line_of(source, missing) == line


@given(documents())
def test_what_has_nothing_around_it_has_no_line(document: Document) -> None:
    assert line_of("\n".join(document.lines), ("not there",)) is None
    assert line_of("\n".join(document.lines), ()) is None


def paths(value: Any, place: Path_ = ()) -> list[Path_]:
    """Every path of a document, as tomllib understands it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(path for key, each in inner for path in paths(each, (*place, key)))]


@given(st.text())
def test_whatever_the_text_is_a_line_is_one_of_its_lines(source: str) -> None:
    for place in [("a",), ("cases", 0, "name"), ("tool", "concbench", "cases", 3)]:
        line = line_of(source, place)
        assert line is None or 1 <= line <= source.count("\n") + 1


@pytest.mark.parametrize(
    ("source", "place", "line"),
    [
        # Arrays of tables, and tables in them
        ("[[cases]]\na = 1\n[[cases]]\na = 2\n", ("cases", 1, "a"), 4),
        (
            "[[cases]]\n[cases.margins]\nwall = 1\n[[cases]]\n[cases.margins]\nwall = 2\n",
            ("cases", 1, "margins", "wall"),
            6,
        ),
        ("[[a.b]]\nx = 1\n[[a.b]]\nx = 1\n", ("a", "b", 1, "x"), 4),
        ("[[a]]\n[[a.b]]\nx = 1\n[[a.b]]\nx = 1\n", ("a", 0, "b", 1, "x"), 5),
        ("[tool.x]\n[[tool.concbench.cases]]\nname = 1\n", ("tool", "concbench", "cases", 0, "name"), 3),
        # Dotted and quoted keys
        ("[[cases]]\nmargins.wall = 1\n", ("cases", 0, "margins", "wall"), 2),
        ("[[cases]]\nmargins . wall = 1\n", ("cases", 0, "margins", "wall"), 2),
        ('[[cases]]\n"margins"."wall" = 1\n', ("cases", 0, "margins", "wall"), 2),
        ("[[cases]]\n'task-time' = 1\n", ("cases", 0, "task-time"), 2),
        ('[[ "cases" ]]\nname = 1\n', ("cases", 0, "name"), 2),
        ("[ tool . concbench ]\nbudget = 1\n", ("tool", "concbench", "budget"), 2),
        ("tool.concbench.budget = 1\n", ("tool", "concbench", "budget"), 1),
        # Within braces, and over several lines: what is around it
        ("\ncases = [{ name = 1 }, { name = 2 }]\n", ("cases", 1, "name"), 2),
        ("[[cases]]\nmargins = { wall = 1 }\n", ("cases", 0, "margins", "wall"), 2),
        ("[[cases]]\nstrategies = [\n  'a',\n  'b',\n]\ntasks = 1\n", ("cases", 0, "strategies", 1), 2),
        ("[[cases]]\nstrategies = [\n  'a',\n  'b',\n]\ntasks = 1\n", ("cases", 0, "tasks"), 6),
        # Comments
        ("# [[cases]]\n[[cases]] # the first\n# name = 1\nname = 1 # here\n", ("cases", 0, "name"), 4),
        ("[[cases]]#\n#\nname=1#\n", ("cases", 0, "name"), 3),
        # Ends of lines: \u2028 and \x85 are letters to TOML
        ("# \u2028 \x85 \u2029\r\n[[cases]]\r\nname = 1\r\n", ("cases", 0, "name"), 3),
        ("\n\n\na = 1", ("a",), 4),
    ],
)
def test_what_is_written_in_another_way_is_found(source: str, place: Path_, line: int) -> None:
    assert line_of(source, place) == line
    assert place in paths(tomllib.loads(source))


@pytest.mark.parametrize(
    "source",
    ['["a]b"]\nx = 1\n', '"a.b" = 1\n', '"a=b" = 1\n', '"\\u0061" = 1\n', 'a = """\nb = 1\n"""\n', "[[]]", "="],
)
def test_what_is_too_odd_to_be_found_is_no_error(source: str) -> None:
    for place in [("x",), ("a.b",), ("a=b",), ("a", "x"), ("",)]:
        line_of(source, place)
