from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONCBENCH = Path(sys.executable).with_name("concbench")
LINK = re.compile(r"\[[^\]]+\]\(([^)#]*)(#[^)]*)?\)")


def blocks(document: str, language: str) -> list[str]:
    """Return the code blocks of one language in a document."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def slug(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("--workload doubling --strategy thread-strided --strategy pool-map --tasks 9", "thread-strided"),
        ("--workload doubling --strategy striding.py:thread-strided --tasks 9", "striding.py:thread-strided"),
        ("--channel two-simple-queues --start-method spawn --tasks 9", "two-simple-queues"),
    ],
)
def test_what_the_guide_adds_works_in_a_file_and_as_an_installed_package(
    command: str, shown: str, tmp_path: Path
) -> None:
    strategy, workload, channel = blocks("docs/how-to/add-a-strategy.md", "python")
    (tmp_path / "striding.py").write_text(strategy, encoding="utf-8")
    (tmp_path / "doubling.py").write_text(workload, encoding="utf-8")
    (tmp_path / "two_queues.py").write_text(channel, encoding="utf-8")
    info = tmp_path / "yourpackage-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: yourpackage\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        "[concbench.strategies]\nstriding = striding\n[concbench.workloads]\ndoubling = doubling\n"
        "[concbench.channels]\ntwo-queues = two_queues\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [CONCBENCH, "compare", *command.split(), "--blocks", "1", "--rounds", "1"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert shown in done.stdout


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", *(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]
)
def test_every_link_leads_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for target, anchor in LINK.findall(text):
        if target.startswith("http"):
            continue
        page = (ROOT / document).parent / target if target else ROOT / document
        assert page.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor.removeprefix("#") in map(slug, headings), f"{target}{anchor}"
