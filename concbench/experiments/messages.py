"""One sample of a channel: round trips, one at a time, and then a stream one way; after that, every byte is checked."""

from __future__ import annotations

import gc
from array import array
from time import perf_counter

from concbench.channels.channel import channels
from concbench.experiments.crews import crew
from concbench.experiments.placing import place, placed, places, settled_cores
from concbench.experiments.quantiles import quantile
from concbench.experiments.settling import settle
from concbench.experiments.tasks import WrongResult
from concbench.experiments.timed import Timed
from concbench.strategies.strategy import Unavailable

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from typing import Any

    from concbench.channels.channel import Channel, End
    from concbench.experiments.crew import Gate
    from concbench.experiments.tasks import CpuMeter
    from concbench.model import Settings, Workload

STREAMED = 2
"""Messages of the stream for each round trip, and one of those that are large."""
LARGE = 2**20
"""Bytes."""
MOST_CHECKED = 8
CHECKED_BYTES = 2**20
"""Messages that are compared in full, besides the last ones: so many, or so many bytes, but at least one."""
ENOUGH_FOR_P99 = 100
"""Round trips from which on a 99th percentile means something."""
TILE = 4096
"""Bytes of random content that a message repeats."""
WARM_UP_TRIPS = 10


class OpenCase:
    """A channel and the messages that go through it."""

    def __init__(self, channel: Channel, settings: Settings, workload: Workload) -> None:
        self.channel = channel
        self.settings = settings
        self.workload = workload

    def warm_up(self, meter: CpuMeter, count: int | None = None) -> tuple[int, Timed]:
        """Exchange a few messages, or those of `count` round trips; return how many trips, and what they took."""
        trips = count or self.warm_up_trips()
        return trips, sample(self.channel, self.settings, self.workload, meter, trips)

    def warm_up_trips(self) -> int:
        """Return how many round trips a warm-up takes."""
        return min(self.workload.tasks, WARM_UP_TRIPS if self.workload.payload < LARGE else 1)

    def sample(self, meter: CpuMeter) -> Timed:
        """Exchange all messages once, timed."""
        return sample(self.channel, self.settings, self.workload, meter, self.workload.tasks)


def take_on(subject: str, workload: Workload, asked: dict[str, Any]) -> tuple[OpenCase, dict[str, Any]]:
    """Take on a case: return it, and the settings as they really are; raises Unavailable and UnknownName."""
    channel = channels.get(subject)
    reason = channel.missing()
    if reason is not None:
        raise Unavailable(reason)
    if workload.payload < 1:
        raise Unavailable("a message has at least one byte (--payload)")
    settings, settled = settle({**asked, "cores": settled_cores(asked["cores"])}, channel.settings)
    return OpenCase(channel, settings, workload), settled


class Exchange:
    """What both ends know of the messages: how many, how large, and what is in them."""

    def __init__(self, trips: int, size: int, seed: int) -> None:
        self.trips = trips
        self.streamed = trips * (STREAMED if size < LARGE else 1)
        self.size = size
        self.seed = seed
        self.checked = max(1, min(MOST_CHECKED, CHECKED_BYTES // size))

    def content(self, number: int) -> bytes:
        """Return the bytes of one of the messages that are checked; the timed ones are all alike, and number 0."""
        import random  # here, so that no other experiment's host carries it

        tile = random.Random(self.seed + number).randbytes(min(TILE, self.size))
        return (tile * (self.size // len(tile) + 1))[: self.size]


class NotDelivered(WrongResult):
    """A message that arrived is not the one that was sent."""


def sample(channel: Channel, settings: Settings, workload: Workload, meter: CpuMeter, trips: int) -> Timed:
    """Exchange messages once, timed.

    Start is opening the channel and the far end's worker, until that says that it is ready. Run is the round trips
    and the stream, in which there is nothing but sending, receiving and a reading of the clock before and after each
    trip. Both ends are on the cores that the settings say, and so is what their channel starts, as a manager, which
    stays with the near end. What arrived is compared with what was sent between run and stop, and belongs to no
    phase. Raises WrongResult, WorkerDied, and whatever the channel raises at either end.
    """
    exchange = Exchange(trips, workload.payload, workload.seed)
    message = exchange.content(0)
    near_core, far_core = places(str(settings.cores))
    readings = array("d", bytes(8 * trips))
    gc.collect()
    with placed(near_core):
        meter.start()
        began = perf_counter()
        with (
            channel.open(settings, exchange.size) as (near, far),
            crew(channel.workers, settings, answer, [(far, exchange, far_core)]) as workers,
        ):
            near.connect()
            workers.wait_until_ready()
            started = perf_counter()
            echoed = take_trips(near, message, readings)
            stream_began = perf_counter()
            send_stream(near, message, exchange.streamed)
            checking = perf_counter()
            compare(echoed, message, "the last round trip's message")
            check(near, exchange)
            [stream_ended] = workers.results()
            stopping = perf_counter()
        stopped = perf_counter()
        cpu = meter.stop()
    stream = max(stream_ended, checking) - stream_began
    run = stream_began - started + stream
    trip_times = sorted(readings)
    return Timed(
        start=started - began,
        run=run,
        stop=stopped - stopping,
        wall=started - began + run + (stopped - stopping),
        cpu=cpu,
        each=quantile(trip_times, 0.5),
        each_p99=quantile(trip_times, 0.99) if trips >= ENOUGH_FOR_P99 else None,
        stream=stream / exchange.streamed,
    )


def take_trips(near: End, message: bytes, readings: array[float]) -> Any:
    """Send a message to and fro, the clock being read before and after each trip. Returns the last echo."""
    send, receive, clock = near.send, near.receive, perf_counter
    echoed = None
    for trip in range(len(readings)):
        began = clock()
        send(message)
        echoed = receive()
        readings[trip] = clock() - began
    return echoed


def send_stream(near: End, message: bytes, count: int) -> None:
    """Send messages one way, as fast as the channel takes them."""
    send = near.send
    for _ in range(count):
        send(message)


def check(near: End, exchange: Exchange) -> None:
    """Send messages that all differ, in one go; the far end compares them and sends the same ones back."""
    for number in range(1, exchange.checked + 1):
        near.send(exchange.content(number))
    for number in range(1, exchange.checked + 1):
        compare(near.receive(), exchange.content(number), f"message {number} on the way back")


def answer(gate: Gate, far: End, exchange: Exchange, core: int | None) -> float:
    """Be the far end: echo the round trips, take the stream, compare; return the moment when the stream had come."""
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
    """Raise NotDelivered where a message is not what was sent."""
    if message == content:
        return
    if not isinstance(message, (bytes, bytearray, memoryview)):
        raise NotDelivered(f"{which} is of type {type(message).__name__}, and bytes were sent")
    if len(message) != len(content):
        raise NotDelivered(f"{which} has {len(message)} bytes, and {len(content)} were sent")
    place = next(at for at, (got, sent) in enumerate(zip(message, content, strict=True)) if got != sent)
    raise NotDelivered(f"{which} differs from what was sent from byte {place} on, of {len(content)}")
