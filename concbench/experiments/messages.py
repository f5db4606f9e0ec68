"""Exchange messages: round trips through a channel, then a stream one way; after that, every byte is checked."""

from __future__ import annotations

import gc
from array import array
from time import perf_counter

from concbench.channels.channel import channels
from concbench.experiments.crew import crew
from concbench.experiments.experiment import Experiment, Measurement, OpenCase, effective, experiments, quantile
from concbench.experiments.placement import place, placed, places, settled_cores
from concbench.experiments.verification import WrongResult
from concbench.strategies.strategy import Unavailable

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from typing import Any

    from concbench.channels.channel import Channel, End
    from concbench.experiments.crew import Gate
    from concbench.experiments.experiment import CpuMeter
    from concbench.model.case import Workload

STREAMED = 2
"""Messages of the stream for each round trip; one where messages are large."""
LARGE = 2**20
"""Bytes."""
MOST_CHECKED = 8
CHECKED_BYTES = 2**20
"""Messages compared in full, besides the last ones: at most this many, and this many bytes, but at least one."""
ENOUGH_FOR_P99 = 100
"""The fewest round trips from which a 99th percentile is meaningful."""
TILE = 4096
"""Bytes of random content that a message repeats."""


class _ChannelCase(OpenCase):
    """A channel and the messages that go through it."""

    subject: Channel

    def warm_up_size(self) -> int:
        return super().warm_up_size() if self.workload.payload < LARGE else 1

    def measure(self, meter: CpuMeter, size: int | None = None) -> Measurement:
        """Exchange messages once, timed.

        Start is opening the channel and the far end's worker, until that is ready. Run is the round trips and the
        stream: sending, receiving, a reading of the clock before and after each trip, and nothing else. Both ends are
        on the cores that the settings name, and so is what their channel starts, as a manager, which stays with the
        near end. The comparison of what arrived comes between run and stop and belongs to no phase. Raises WrongResult,
        WorkerDied, and whatever the channel raises at either end.
        """
        trips = size or self.workload.tasks
        exchange = _Exchange(trips, self.workload.payload, self.workload.seed)
        message = exchange.content(0)
        near_core, far_core = places(str(self.settings.cores))
        readings = array("d", bytes(8 * trips))
        gc.collect()
        with placed(near_core):
            meter.start()
            began = perf_counter()
            with (
                self.subject.open(self.settings, exchange.size) as (near, far),
                crew(self.subject.workers, self.settings, _answer, [(far, exchange, far_core)]) as workers,
            ):
                near.connect()
                workers.wait_until_ready()
                started = perf_counter()
                echoed = _take_trips(near, message, readings)
                stream_began = perf_counter()
                _send_stream(near, message, exchange.streamed)
                checking = perf_counter()
                compare(echoed, message, "the last round trip's message")
                _check(near, exchange)
                [stream_ended] = workers.results()
                stopping = perf_counter()
            stopped = perf_counter()
            cpu = meter.stop()
        stream = max(stream_ended, checking) - stream_began
        run = stream_began - started + stream
        trip_times = sorted(readings)
        return Measurement(
            start=started - began,
            run=run,
            stop=stopped - stopping,
            wall=started - began + run + (stopped - stopping),
            cpu=cpu,
            each=quantile(trip_times, 0.5),
            each_p99=quantile(trip_times, 0.99) if trips >= ENOUGH_FOR_P99 else None,
            stream=stream / exchange.streamed,
        )


def _take_on(subject: str, workload: Workload, asked: dict[str, Any]) -> tuple[_ChannelCase, dict[str, Any]]:
    channel = channels.get(subject)
    reason = channel.missing()
    if reason is not None:
        raise Unavailable(reason)
    if workload.payload < 1:
        raise Unavailable("a message has at least one byte (--payload)")
    settings, settled = effective({**asked, "cores": settled_cores(asked["cores"])}, channel.settings)
    return _ChannelCase(channel, settings, workload), settled


experiments.add("messages", Experiment(take_on=_take_on, settings_of=lambda subject: channels.get(subject).settings))


class _Exchange:
    """What both ends know about the messages: their number, size and content."""

    def __init__(self, trips: int, size: int, seed: int) -> None:
        self.trips = trips
        self.streamed = trips * (STREAMED if size < LARGE else 1)
        self.size = size
        self.seed = seed
        self.checked = max(1, min(MOST_CHECKED, CHECKED_BYTES // size))

    def content(self, number: int) -> bytes:
        """The bytes of one of the checked messages; the timed ones are all alike, and number 0."""
        import random  # here, so that no other experiment's host carries it

        tile = random.Random(self.seed + number).randbytes(min(TILE, self.size))
        return (tile * (self.size // len(tile) + 1))[: self.size]


class NotDelivered(WrongResult):
    """A message that arrived is not the one that was sent."""


def _take_trips(near: End, message: bytes, readings: array[float]) -> Any:
    """Send a message to and fro, reading the clock before and after each trip; return the last echo."""
    send, receive, clock = near.send, near.receive, perf_counter
    echoed = None
    for trip in range(len(readings)):
        began = clock()
        send(message)
        echoed = receive()
        readings[trip] = clock() - began
    return echoed


def _send_stream(near: End, message: bytes, count: int) -> None:
    send = near.send
    for _ in range(count):
        send(message)


def _check(near: End, exchange: _Exchange) -> None:
    """Send messages that all differ, in one go; the far end compares them and sends them back."""
    for number in range(1, exchange.checked + 1):
        near.send(exchange.content(number))
    for number in range(1, exchange.checked + 1):
        compare(near.receive(), exchange.content(number), f"message {number} on the way back")


def _answer(gate: Gate, far: End, exchange: _Exchange, core: int | None) -> float:
    """Be the far end: echo the round trips, receive the stream, compare; return when the stream had arrived."""
    place(core)
    far.connect()
    send, receive = far.send, far.receive
    gate.ready()
    for _ in range(exchange.trips):
        send(receive())
    message = None
    for _ in range(exchange.streamed):
        message = receive()
    ended = perf_counter()
    compare(message, exchange.content(0), "the stream's last message")
    for number in range(1, exchange.checked + 1):
        compare(receive(), exchange.content(number), f"message {number}")
    for number in range(1, exchange.checked + 1):
        send(exchange.content(number))
    return ended


def compare(message: Any, content: bytes, which: str) -> None:
    """Raise NotDelivered if a message is not what was sent."""
    if message == content:
        return
    if not isinstance(message, (bytes, bytearray, memoryview)):
        raise NotDelivered(f"{which} is of type {type(message).__name__}, and bytes were sent")
    if len(message) != len(content):
        raise NotDelivered(f"{which} has {len(message)} bytes, and {len(content)} were sent")
    place = next(at for at, (got, sent) in enumerate(zip(message, content, strict=True)) if got != sent)
    raise NotDelivered(f"{which} differs from what was sent from byte {place} on, of {len(content)}")
