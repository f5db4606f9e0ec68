"""What an experiment hands back: the phases of one sample, and what else it found."""


class Timed:
    """Seconds of each phase, which add up to `wall`; the rest is None where an experiment has no such figure."""

    def __init__(
        self,
        *,
        start: float,
        run: float,
        stop: float,
        wall: float,
        cpu: float | None,
        each: float | None = None,
        each_p99: float | None = None,
        stream: float | None = None,
        lost: int | None = None,
    ) -> None:
        self.start = start
        self.run = run
        self.stop = stop
        self.wall = wall
        self.cpu = cpu
        self.each = each
        self.each_p99 = each_p99
        self.stream = stream
        self.lost = lost
