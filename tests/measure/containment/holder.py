"""Holds a containment as concbench does, says what it is doing, and waits to be killed.

Run as a script: `holder.py MOMENT`, where MOMENT is the word after which it stays as it is. Tasks print to stderr.
"""

from __future__ import annotations

import sys
import time
from typing import NoReturn

from concbench.measure.containment import contained
from concbench.measure.hosts import Launcher
from concbench.measure.plan import Launch
from concbench.model.case import Case, Settings, Workload

MOMENTS = ("guarded", "started", "running", "ending", "ended")


def main(moment: str) -> None:
    def reached(word: str) -> None:
        print(word, flush=True)
        if word == moment:
            stay()

    with contained() as containment:
        reached("guarded")
        host = Launcher(containment).start(Launch())
        reached("started")
        tree, settings = Workload(name="grows-a-tree", tasks=8), Settings(start_method="fork")
        host.open(Case(group="it", row="process", subject="process", workload=tree, settings=settings), 60.0)
        host.send({"do": "sample"})
        reached("running")
        sys.stdin.readline()  # the tree has grown
        if moment == "ending":
            print("ending", flush=True)
            host.end()  # gives them time to end by themselves, and they don't
        else:
            host.end(at_once=True)
        reached("ended")


def stay() -> NoReturn:
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main(sys.argv[1])
