"""A workload that shows what an engine does to items, to tasks that are alike, and to tasks that go wrong.

It is a third party's: a host finds it by entry point. A file in the folder that PROBE names tells its tasks what to do:
one of them raises, or kills its process, once.
"""

from __future__ import annotations

PROBE = "CONCBENCH_TEST_PROBE"
ITEMS = (
    "((0, 'a tuple'), {'number': 1}, [2, 'a list'], b'bytes', 'text', None, (0, 'a tuple'), (0, 'a tuple'), (), 9.5, "
    "range(3), frozenset({4}))"
)
"""Three of them are alike, and some are what a library may take apart."""
RAISES, DIES = "raises", "dies"
TROUBLE = "the task's own trouble"

MODULE = f'''
"""A task that returns its item, and leaves a line in a file that says who ran it."""

import os
import signal
import time

from concbench.workloads.workload import Tasks, workload

FOLDER = os.environ["{PROBE}"]


def hand_back(item):
    with open(os.path.join(FOLDER, "ran"), "a") as file:
        file.write(f"{{os.getpid()}}\\n")
    if item == "text" and os.path.exists(os.path.join(FOLDER, "{RAISES}")):
        raise LookupError("{TROUBLE}")
    if item == "text" and os.path.exists(os.path.join(FOLDER, "{DIES}")):
        os.unlink(os.path.join(FOLDER, "{DIES}"))
        os.kill(os.getpid(), signal.SIGKILL)
    began = time.thread_time()
    while time.thread_time() - began < 0.02:
        pass
    return item


@workload("probe", tasks=12)
def probe(sizes):
    """Handing back items."""
    items = {ITEMS}
    return Tasks(task=hand_back, items=items, expected=items, busy=1.0)
'''
