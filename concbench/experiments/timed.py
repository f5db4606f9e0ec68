"""What an experiment hands back: the phases of one sample."""


class Timed:
    """Seconds of each phase; the three add up to `wall`, because they share the clock's readings."""

    def __init__(self, *, start: float, run: float, stop: float, wall: float, cpu: float | None) -> None:
        self.start = start
        self.run = run
        self.stop = stop
        self.wall = wall
        self.cpu = cpu
