"""What a notebook shows while a cell measures, and of the answer: in a real kernel, without a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

FUNCTION = """
import time
import concbench

def fetch(item):
    time.sleep(0.005)
"""
MEASURE = "concbench.compare(fetch, range(8), strategies=['serial', 'threadpool-map'], blocks=2, rounds=1{more})"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlockingKernelClient]:
    """A kernel of this Python in which the function was typed; it leaves nothing in the home folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CI", raising=False)
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        manager, client = start_new_kernel(kernel_name="python3")
        try:
            run(client, FUNCTION)
            yield client
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def run(kernel: BlockingKernelClient, cell: str) -> list[tuple[str, Any]]:
    """Run a cell; returns the type and the content of each message on what it shows."""
    messages: list[Any] = []
    reply = kernel.execute_interactive(cell, output_hook=messages.append, timeout=60)
    assert reply["content"]["status"] == "ok", reply["content"]
    return [
        (each["msg_type"], each["content"]) for each in messages if each["msg_type"] not in ("status", "execute_input")
    ]


@pytest.mark.thorough
def test_progress_is_drawn_in_one_place_and_gone_when_the_answer_comes(kernel: BlockingKernelClient) -> None:
    *drawn, (last, answer) = run(kernel, MEASURE.format(more=""))
    assert last == "execute_result"
    assert answer["data"]["text/plain"].startswith("Answer(")
    assert "<table>" in answer["data"]["text/html"]
    assert [kind for kind, _ in drawn] == ["display_data", *["update_display_data"] * (len(drawn) - 1)]
    assert len(drawn) >= 2
    assert len({content["transient"]["display_id"] for _, content in drawn}) == 1
    *bars, end = [content["data"] for _, content in drawn]
    assert all(bar["text/html"].startswith("<progress value=") for bar in bars)
    assert all(bar["text/plain"].startswith("block ") for bar in bars)
    assert end["text/html"] == end["text/plain"] == ""


@pytest.mark.thorough
def test_without_progress_a_cell_shows_the_answer_alone(kernel: BlockingKernelClient) -> None:
    shown = run(kernel, MEASURE.format(more=", progress=False"))
    assert [kind for kind, _ in shown] == ["execute_result"]


@pytest.mark.thorough
def test_a_page_that_has_gone_ends_no_measurement(kernel: BlockingKernelClient) -> None:
    broken = "def gone(*_, **__):\n    raise OSError\n\nimport IPython.display as shown\nbefore = shown.display\n"
    assert run(kernel, f"{broken}shown.display = gone\nanswer = {MEASURE.format(more='')}") == []
    shown = run(kernel, "shown.display = before\nlen(answer.run.results)")
    assert [content["data"]["text/plain"] for _, content in shown] == ["2"]


INTERRUPTING = """
import _thread
import IPython.display as shown

before = shown.display

class Interrupting:
    def __init__(self, bar, **options):
        self.handle, self.interrupted = before(bar, **options), False

    def update(self, bar):
        self.handle.update(bar)
        if not self.interrupted:
            self.interrupted = True
            _thread.interrupt_main()

shown.display = Interrupting
"""


def test_an_interrupted_cell_keeps_its_answer_and_its_bar_is_gone(kernel: BlockingKernelClient) -> None:
    measure = MEASURE.format(more="").replace("blocks=2", "blocks=100")
    *_, (_, bar), (kind, printed) = run(
        kernel,
        f"{INTERRUPTING}\ntry:\n    {measure}\nexcept concbench.Interrupted as interrupted:\n"
        "    print(repr(interrupted.answer))\nfinally:\n    shown.display = before",
    )
    assert kind == "stream"
    assert printed["text"].startswith("Answer(")
    assert bar["data"]["text/html"] == ""
