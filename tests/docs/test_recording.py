"""What `docs/recording.py` promises: a terminal as a picture that plays, is safe, and ends as the command did."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from docs.recording import Event, Header, Recording, drawn, read, record, written

ROOT = Path(__file__).parents[2]
POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
SVG = "{http://www.w3.org/2000/svg}"


def recording(*events: tuple[float, str], command: str = "count", width: int = 20) -> Recording:
    written_then: list[Event] = [(at, "o", text) for at, text in events]
    return Recording(Header(width=width, height=6, command=command), written_then)


def texts(picture: str) -> list[ElementTree.Element]:
    """The lines of a picture, whether they stay or go; not the note below them."""
    return [text for text in ElementTree.fromstring(picture).iter(f"{SVG}text") if text.get("class") != "faint"]


def last_screen(picture: str) -> list[str]:
    return ["".join(text.itertext()) for text in texts(picture) if text.get("class") != "goes"]


def test_a_line_that_is_written_anew_is_seen_for_its_time_and_the_last_one_stays() -> None:
    picture = drawn(recording((0.0, "1 of 2\r"), (1.0, "2 of 2\r"), (2.0, "\x1b[2Kdone\r\n")))
    assert last_screen(picture) == ["$ count", "done"]
    assert {"".join(text.itertext()): text.get("style") for text in texts(picture)} == {
        "$ count": None,
        "1 of 2": "animation:during 1s 1s",
        "2 of 2": "animation:during 1s 2s",
        "done": "animation:before 3s",
    }


def test_a_long_recording_is_played_faster_and_says_so() -> None:
    picture = drawn(recording((0.0, "begin\r\n"), (40.0, "end\r\n")), longest=10)
    assert [text.get("style") for text in texts(picture)] == [None, "animation:before 1s", "animation:before 11s"]
    assert "recorded in 40 s, played in 10 s" in picture
    assert "recorded in" not in drawn(recording((0.0, "begin\r\n"), (4.0, "end\r\n")), longest=10)


def test_screens_that_would_only_flicker_are_left_out() -> None:
    events = [(number / 100, f"\r{number}") for number in range(100)]
    assert len(texts(drawn(recording(*events)))) == 1 + 4


def test_what_the_reader_prefers_decides_on_colours_and_motion() -> None:
    picture = drawn(recording((0.0, "\x1b[1;32mgreen\x1b[m plain")))
    pieces = [(piece.text, piece.get("class")) for piece in texts(picture)[1]]
    assert pieces == [("green", "green bold"), ("plain", None)]
    assert ".green{fill:#116329}" in picture
    assert "@media(prefers-color-scheme:dark){" in picture
    assert "@media(prefers-reduced-motion:reduce){text{animation:none!important}}" in picture


def test_columns_stand_below_each_other_in_any_font() -> None:
    picture = drawn(recording((0.0, "a \x1b[31mb\x1b[m  进程\r\n")))
    places = [(piece.get("x"), piece.get("textLength")) for piece in texts(picture)[1]]
    assert places == [("14", "8.4"), ("30.8", "8.4"), ("56", "33.6")]


def test_a_long_screen_is_cut_at_an_empty_line_and_says_so() -> None:
    long = recording((0.0, "answer\r\n"), (1.0, "\r\ntable\r\nreasons"))
    picture = drawn(long, most=4)
    assert last_screen(picture) == ["$ count", "answer"]
    assert "the first 2 of 5 lines" in picture
    assert last_screen(drawn(long, most=5)) == ["$ count", "answer", "table", "reasons"]


@pytest.mark.parametrize(
    "hostile",
    [
        "</text><script>alert(1)</script>",
        "\x1b]8;;javascript:alert(1)\x1b\\<b>link</b>\x1b]8;;\x1b\\",
        '" onload="alert(1)',
        "\x00\x01\x07\x7f\x85\x9b31m",
        "\u202eright to left\u2066",
        "]]>&#0;&amp;<!--",
        "\x1b[38;2;1;2;3mcolour\x1b[38;5;999999m\x1b[9999999999A",
        "\ufffe\uffff\U0010ffff",
    ],
)
def test_whatever_a_command_writes_the_picture_is_text(hostile: str) -> None:
    picture = drawn(recording((0.0, hostile), command=f"echo {hostile}", width=60))
    root = ElementTree.fromstring(picture)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        "svg",
        "title",
        "style",
        "rect",
        "text",
        "tspan",
    }
    assert not {name for element in root.iter() for name in element.attrib if name.startswith("on")}
    assert all(char == "\n" or char.isprintable() for char in picture)


@POSIX_ONLY
def test_a_command_is_recorded_as_on_a_terminal_of_its_size(tmp_path: Path) -> None:
    program = "import os, sys; print(os.get_terminal_size(), sys.stderr.isatty(), os.getcwd() == sys.argv[1])"
    found = record(["python", "-c", program, str(tmp_path)], tmp_path, width=70, height=20)
    assert "".join(text for _, _, text in found.events) == "os.terminal_size(columns=70, lines=20) True True\r\n"
    assert found.header.command.startswith("python -c 'import os")


@POSIX_ONLY
def test_a_command_that_fails_leaves_no_recording(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        record(["python", "-c", "raise SystemExit(3)"], tmp_path, width=70, height=20)


def test_a_recording_is_read_as_it_was_written() -> None:
    mine = recording((0.0, "begin\r\n"), (0.5, "\x1b[1mend\x1b[m ü\r\n"))
    assert read(written(mine)) == mine
    with pytest.raises(msgspec.MsgspecError):
        read(b'{"version": 3, "width": 80, "height": 24, "command": "count"}\n')


def test_the_picture_in_the_docs_is_that_of_the_recording_in_results() -> None:
    picture = (ROOT / "docs" / "pictures" / "advise.svg").read_text(encoding="utf-8")
    assert picture == drawn(read((ROOT / "results" / "example-advice.cast").read_bytes()))
    assert len(picture.encode()) < 60_000
