"""What ways of running a job would take, as predicted: the best of them, what to measure, and when that changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import exp, floor, hypot, isfinite, log, log10, sqrt

from concbench.model.case import Settings
from concbench.model.result import Interval
from concbench.model.run import Saturation, Stretch, Target, Way, WorkerMemory
from concbench.prediction.predict import Job, NotPredictable, Prediction
from concbench.session.candidates import (
    BALANCED,
    FEW,
    KINDS,
    MOST_WAITING_PROCESSES,
    USUAL,
    Candidate,
    Situation,
    Workers,
    everything,
    kind_of,
)
from concbench.strategies.strategy import strategies

CONFIDENCE = 0.9
"""At least this share of outcomes lies within the range of a prediction."""
TIE = 1.03
"""Ways that are predicted to differ by no more are as good as each other: the simplest kind of workers is taken."""
ALIKE = 1.02
"""Of one kind, the usual strategy, fewer workers and rounder numbers are taken where they cost no more than this."""
FEW_CHUNKS = 4
"""Chunks for each worker, with which it is neither the parent nor a straggler that counts."""
FEWEST_CHUNKS = 3.5
"""Chunks for each worker: with fewer, a straggler keeps the others waiting for long."""
CLOSE = 1.05
"""More workers that gain less than this are not worth having."""
CHUNKS = 96
"""Of a job of many more chunks, about this number are simulated first: from there on, time grows with the items."""
GROUPS = 3
"""Numbers of workers of each kind of which all strategies and chunksizes are simulated;"""
HARDLY = 1.25
"""but none that takes this much longer than the best with one strategy and one chunksize."""
SIMULATED = 1.2
"""Those that come so near the best of their kind by that are simulated in full;"""
MOST_SIMULATED, FEW_SIMULATED = 8, 3
"""and never more than this number of them, of the kind that is in front and of all others."""
NEAR = 1.5
"""Kinds of workers whose best is predicted to take longer by more than this are hardly worth a measurement."""
MEASURED = 5
"""Candidates that are measured side by side from the start, at most."""
DIFFERENT = 1.9
"""Of two candidates alike but for the size of their chunks, both are measured if that differs by this factor."""
SAVING = 0.9
"""Another start method is measured where it is predicted to take no more than this share of the time."""
COSTLY: tuple[Workers, ...] = ("processes", "interpreters")
"""Kinds of workers of which there are not hundreds."""
HORIZON = 1000
"""How many times the items that were run, or the job's, turning points are searched for."""
FARTHEST = 10**8
"""Items beyond which none are."""
BRIEF = 2.0
"""A way that is the best only from some number of items to less than this many times as many is not worth a word;"""
WORTH_SAYING = 1.1
"""nor one that is not as many times as fast there as the one before."""

Predict = Callable[[str, Settings, Job], Prediction]
"""As `Predictor.predict`; raises NotPredictable."""
Allowed = Callable[[Candidate], bool]
"""Whether a candidate may be recommended, by what was measured of it."""


@dataclass(frozen=True)
class Prospect:
    """A candidate for the job, and what is predicted of it."""

    candidate: Candidate
    prediction: Prediction

    @property
    def seconds(self) -> float:
        """The wall time that is expected."""
        return self.prediction.wall.estimate

    @property
    def error(self) -> float:
        """How far its range reaches to either side, as a logarithm."""
        wall = self.prediction.wall
        return log(wall.high / wall.low) / 2 if 0 < wall.low <= wall.high else log(2.0)


@dataclass
class Foresight:
    """Predictions about one job under one interpreter; each is made once."""

    predict: Predict
    situation: Situation
    """Of the job: its workload has all the items, and its cores are those of the machine that is to run it."""
    target: Target
    here: int
    """The usable cores of this machine."""
    memory: int
    """Bytes that there are for all processes together."""
    why_not: str = ""
    """Why the last prediction that failed could not be made."""
    candidates: Sequence[Candidate] | None = None
    """Those that are considered, as an earlier look has found them; None: all."""
    made: dict[tuple[Candidate, int], Prediction | None] = field(default_factory=dict)
    found: list[Prospect] | None = None
    """The prospects, once they are known."""

    def of(self, candidate: Candidate, items: int | None = None) -> Prediction | None:
        """What a candidate would take for the job, or for another number of items; None if that is unknown."""
        items = self.target.items if items is None else items
        if (candidate, items) not in self.made:
            job = Job(
                items=items,
                cores=None if self.target.cores == self.here else self.target.cores,
                warm=self.target.warm,
            )
            try:
                found = self.predict(candidate.subject, candidate.settings, job)
            except NotPredictable as error:
                self.why_not, self.made[candidate, items] = str(error), None
            else:
                self.made[candidate, items] = found if found.wall.estimate > 0 else None
        return self.made[candidate, items]

    def about(self, candidate: Candidate, items: int | None = None) -> float | None:
        """About how many seconds a candidate would take, from fewer items where there are many.

        Once all workers are busy, time grows in proportion to the items: two numbers of them give the line. None where
        there is not memory enough, or if that is unknown.
        """
        items = self.target.items if items is None else items
        settings = candidate.settings
        lanes = max(1, strategies.get(candidate.subject).lanes(settings, items))
        some = (settings.chunksize or 1) * -(-max(CHUNKS, 2 * lanes) // lanes) * lanes
        if items <= 2 * some:
            return self._seconds(candidate, items)
        one, two = self._seconds(candidate, some), self._seconds(candidate, 2 * some)
        if one is None or two is None:
            return None
        return two + max(0.0, two - one) / some * (items - 2 * some)

    def _seconds(self, candidate: Candidate, items: int) -> float | None:
        found = self.of(candidate, items)
        return found.wall.estimate if found is not None and self.fits(found) else None

    def prospects(self) -> list[Prospect]:
        """The candidates that fit into memory and come near the best of their kind, the fastest first."""
        if self.found is None:
            self.found = list(self._prospects())
        return self.found

    def _considered(self) -> list[Candidate]:
        """All candidates with numbers of workers that may be best, as one strategy of each kind shows."""
        groups: dict[Workers, dict[tuple[int, int | None], list[Candidate]]] = {}
        for each in everything(self.situation):
            lanes = each.settings.workers or each.settings.limit or 0
            alike = (lanes, each.settings.inner_threads)
            groups.setdefault(each.kind, {}).setdefault(alike, []).append(each)
        found: list[Candidate] = []
        for of_kind in groups.values():
            shown = [(seconds, its) for its in of_kind.values() if (seconds := self.about(_typical(its))) is not None]
            shown.sort(key=lambda pair: pair[0])
            found += [each for seconds, its in shown[:GROUPS] if seconds <= HARDLY * shown[0][0] for each in its]
        return found

    def _prospects(self) -> list[Prospect]:
        if self.candidates is not None:
            return [each for each in self.among(self.candidates) if self.fits(each.prediction)]
        timed = [(seconds, each) for each in self._considered() if (seconds := self.about(each)) is not None]
        timed.sort(key=lambda pair: pair[0])
        chosen: list[Candidate] = []
        for kind in KINDS:
            its = [(seconds, each) for seconds, each in timed if each.kind == kind]
            most = MOST_SIMULATED if its and its[0] is timed[0] else FEW_SIMULATED
            chosen += [each for seconds, each in its if seconds <= SIMULATED * its[0][0]][:most]
        return [each for each in self.among(chosen) if self.fits(each.prediction)]

    def fits(self, prediction: Prediction) -> bool:
        """Whether there is memory enough."""
        return prediction.memory is None or prediction.memory.high <= self.memory

    def among(self, candidates: Sequence[Candidate]) -> list[Prospect]:
        """What is predicted of some candidates, the fastest first."""
        known = [Prospect(each, found) for each in candidates if (found := self.of(each)) is not None]
        return sorted(known, key=lambda prospect: prospect.seconds)


def _typical(candidates: Sequence[Candidate]) -> Candidate:
    """One of some candidates with as many workers: of a usual strategy, with chunks of middling size."""
    usual = [each for each in candidates if each.subject in USUAL] or list(candidates)
    return sorted(usual, key=lambda each: each.settings.chunksize or 1)[len(usual) // 2]


# What to measure, and what to recommend


def worth_measuring(prospects: Sequence[Prospect], most: int = MEASURED) -> list[Candidate]:
    """Which candidates to measure, `serial` first: the best of every kind that may win, and what may be better still.

    A candidate may be better than the best where their ranges overlap.
    """
    if not prospects:
        return []
    best = prospects[0]
    firsts: dict[Workers, Prospect] = {}
    for each in prospects:
        firsts.setdefault(each.candidate.kind, each)
    chosen = [each for each in firsts.values() if each.candidate.subject == "serial"]
    chosen += [
        each
        for each in firsts.values()
        if each not in chosen and (each is best or each.prediction.wall.low <= NEAR * best.prediction.wall.high)
    ]
    if all(each.candidate.subject == "serial" for each in chosen):  # what it is better than has to be seen
        chosen += [each for each in prospects if each.candidate.subject != "serial"][:1]
    for each in prospects:
        may_win = each.prediction.wall.low <= best.prediction.wall.high and each.seconds <= NEAR * best.seconds
        if len(chosen) < most and may_win and not any(_much_alike(each, other) for other in chosen):
            chosen.append(each)
    return [each.candidate for each in chosen]


def one_by_one(foresight: Foresight, prospects: Sequence[Prospect]) -> list[Candidate]:
    """The best of those that get chunks, with chunks of one item, if that may be the best.

    The model takes tasks in any order. Where the longest come last, large chunks are worse than it knows.
    """
    chunked = [each for each in prospects if (each.candidate.settings.chunksize or 1) > 1]
    if not chunked:
        return []
    best = chunked[0]
    single = replace(best.candidate, settings=replace(best.candidate.settings, chunksize=1))
    found = foresight.of(single)
    may_win = found is not None and foresight.fits(found) and found.wall.low <= best.prediction.wall.high
    return [single] if may_win and best.seconds <= NEAR * prospects[0].seconds else []


def started_otherwise(foresight: Foresight, prospects: Sequence[Prospect]) -> list[Candidate]:
    """The best processes started in another way, and as usual beside that, where it is predicted to save much."""
    best = next((each for each in prospects if each.candidate.kind == "processes"), None)
    if best is None:
        return []
    found = []
    for method in foresight.situation.other_starts:
        other = replace(best.candidate, settings=replace(best.candidate.settings, start_method=method))
        known = foresight.of(other)
        saves = known is not None and known.wall.estimate <= SAVING * best.seconds
        if known is not None and saves and known.wall.low <= NEAR * prospects[0].prediction.wall.high:
            found += [best.candidate, other]
    return found


def _much_alike(one: Prospect, other: Prospect) -> bool:
    """Whether two are the same strategy with as many workers, started alike, and chunks of much the same size."""
    mine, its = one.candidate.settings, other.candidate.settings
    if one.candidate.subject != other.candidate.subject or replace(mine, chunksize=its.chunksize) != its:
        return False
    sizes = sorted((mine.chunksize or 1, its.chunksize or 1))
    return sizes[1] < DIFFERENT * sizes[0]


def recommended(
    prospects: Sequence[Prospect], allowed: Allowed = lambda _: True, *, cores: int | None = None
) -> Prospect | None:
    """What to recommend: the simplest kind of workers of all that are as good as the fastest.

    Of that kind, a usual strategy with few workers and round numbers, where that costs next to nothing. `cores` are
    those of the machine that is to run the job: on them, more processes than cores have to be surely faster than
    threads or coroutines, which wait as well.
    """
    may = [each for each in prospects if allowed(each.candidate)]
    fastest = min(may, key=lambda each: each.seconds, default=None)
    if fastest is None:
        return None
    equal = [each for each in may if each.seconds <= TIE * fastest.seconds or _may_replace(each, fastest, cores)]
    simplest = min(KINDS.index(each.candidate.kind) for each in equal)
    its = [each for each in equal if KINDS.index(each.candidate.kind) == simplest]
    least = min(each.seconds for each in its)
    return min((each for each in its if each.seconds <= ALIKE * least), key=_plainness)


def _may_replace(one: Prospect, fastest: Prospect, cores: int | None) -> bool:
    """Whether threads or coroutines may be as fast as more processes than cores, for all that is known."""
    crowd = cores is not None and _is_crowd_beside(one.candidate, fastest.candidate, cores)
    return crowd and one.prediction.wall.low <= fastest.prediction.wall.high


def _is_crowd_beside(one: Candidate, fastest: Candidate, cores: int) -> bool:
    """Whether one are threads or coroutines, and the other more processes than cores."""
    crowd = fastest.kind in COSTLY and (fastest.settings.workers or 0) > cores
    return crowd and one.kind in ("threads", "coroutines")


def _plainness(prospect: Prospect) -> tuple[bool, int, bool, int, float]:
    """The less, the plainer: usual, few workers, no chunk that all others wait for, few digits, little CPU time."""
    settings = prospect.candidate.settings
    each = prospect.prediction.job.items / ((settings.chunksize or 1) * (settings.workers or 1))
    digits = len(str(settings.chunksize or 1).rstrip("0"))
    lanes = settings.workers or settings.limit or 1
    uneven = each < FEWEST_CHUNKS
    return prospect.candidate.subject not in USUAL, lanes, uneven, digits, prospect.prediction.cpu.estimate


def way_of(prospect: Prospect) -> Way:
    """A prospect as plain data."""
    found = prospect.prediction
    wall = found.wall
    return Way(
        subject=prospect.candidate.subject,
        settings=prospect.candidate.settings,
        wall=_interval(wall.estimate, wall.low, wall.high),
        cpu=found.cpu.estimate,
        memory=None if found.memory is None else found.memory.estimate,
        bottleneck=found.bottleneck,
        case=found.case,
        beyond=list(found.beyond),
    )


def _interval(estimate: float, low: float | None, high: float | None) -> Interval:
    """A range of predictions: it is over no blocks."""
    return Interval(estimate=estimate, low=low, high=high, confidence=CONFIDENCE, blocks=0)


# How the answer depends on the number of items


@dataclass
class Dependence:
    """Which of the best ways of each kind is the best for how many items."""

    foresight: Foresight
    ways: Sequence[Candidate]
    """One of each kind of workers, for the job; `serial` among them."""

    def sized(self, way: Candidate, items: int) -> list[Candidate]:
        """A way for another number of items: as many workers, or the most; and as many chunks each, or few."""
        found = [each.with_inner_threads(way.settings.inner_threads) for each in self._sized(way, items)]
        method = way.settings.start_method
        if method not in (*self.foresight.situation.start_methods, *self.foresight.situation.other_starts):
            return found
        return [replace(each, settings=replace(each.settings, start_method=method)) for each in found]

    def _sized(self, way: Candidate, items: int) -> list[Candidate]:
        job, settings = self.foresight.situation, way.settings
        there, usual = job.of_job(items, job.cores), settings.workers or settings.limit
        if usual is None and items <= FEW:
            return [there.candidate(way.subject)]
        if usual is None:  # a worker for each item: of many items it has a bound
            bounded = [each for each in everything(there) if each.kind == way.kind and each.subject in USUAL]
            return bounded or [there.candidate(way.subject)]
        known = there.numbers(MOST_WAITING_PROCESSES if way.kind in COSTLY else job.most)
        numbers = {min(usual, items), known[-1]}
        if settings.chunksize is None:
            return [there.candidate(way.subject, number, None, number) for number in sorted(numbers)]
        chunks = min(BALANCED, max(1, round(self.foresight.target.items / (usual * settings.chunksize))))
        sizes = {(number, there.per_worker(number, each)) for number in numbers for each in (chunks, FEW_CHUNKS)}
        return [there.candidate(way.subject, number, size) for number, size in sorted(sizes)]

    def best(self, way: Candidate, items: int) -> tuple[float, Candidate] | None:
        """The least time of a way for a number of items, and its settings there."""
        found = [
            (seconds, each)
            for each in self.sized(way, items)
            if (seconds := self.foresight.about(each, items)) is not None
        ]
        return min(found, key=lambda pair: pair[0], default=None)

    def winner(self, items: int) -> Candidate | None:
        """The simplest of the ways that are as good as the fastest."""
        times = {way: found[0] for way in self.ways if (found := self.best(way, items)) is not None}
        if not times:
            return None
        fastest = min(times, key=times.__getitem__)
        equal = [way for way, seconds in times.items() if seconds <= self._close(way, fastest) * times[fastest]]
        return min(equal, key=lambda way: KINDS.index(way.kind))

    def _close(self, way: Candidate, fastest: Candidate) -> float:
        """By which factor a way may be slower than the fastest and be as good, as in `recommended`."""
        both = [Prospect(each, known) for each in (way, fastest) if (known := self.foresight.of(each)) is not None]
        if len(both) < 2 or not _is_crowd_beside(way, fastest, self.foresight.target.cores):
            return TIE
        return exp(sum(each.error for each in both))

    def gain(self, way: Candidate, before: Candidate, items: int) -> float:
        """How many times as fast one way is as another."""
        mine, other = self.best(way, items), self.best(before, items)
        return 0.0 if mine is None or other is None else other[0] / mine[0]

    def first(self, way: Candidate, before: Candidate, wanted: float, low: int, high: int) -> int:
        """From which number of items on the gain is at least as wanted: more than `low` and at most `high`."""
        while high - low > max(1, low // 25):
            middle = min(max(low + 1, round(sqrt(low * high))), high - 1)
            if self.gain(way, before, middle) >= wanted:
                high = middle
            else:
                low = middle
        return high


def stretches(foresight: Foresight, ways: Sequence[Candidate], run: int, about: int | None = None) -> list[Stretch]:
    """Which of some ways, one of each kind, is the best for how many items; `run` of them were run.

    Each stretch says what its way would take for `about` items, where that lies within; or else for its last number.
    """
    dependence = Dependence(foresight, ways)
    horizon = min(FARTHEST, max(foresight.target.items, HORIZON * run))
    sizes = sorted({1, *_grid(horizon), run, foresight.target.items, horizon})
    winners = [(items, way) for items in sizes if (way := dependence.winner(items)) is not None]
    turns: list[tuple[int, Candidate]] = []
    for place, (items, way) in enumerate(winners):
        if turns and turns[-1][1] == way:
            continue
        lasts = next((later for later, other in winners[place:] if other != way), horizon)
        if turns and (lasts < BRIEF * items or dependence.gain(way, turns[-1][1], lasts) < WORTH_SAYING):
            continue
        if turns:
            items = dependence.first(way, turns[-1][1], TIE, winners[place - 1][0], items)
        turns.append((items, way))
    return [
        _stretch(dependence, way, since, turns[place - 1] if place else None, end, about)
        for place, (since, way) in enumerate(turns)
        for end in [turns[place + 1][0] - 1 if place + 1 < len(turns) else horizon]
        if end >= since
    ]


def _grid(most: int) -> Iterator[int]:
    """1, 3, 10, 30, 100, … up to a number."""
    scale = 1
    while scale <= most:
        yield from (step * scale for step in (1, 3) if step * scale <= most)
        scale *= 10


def _stretch(
    dependence: Dependence,
    way: Candidate,
    since: int,
    before: tuple[int, Candidate] | None,
    end: int,
    about: int | None,
) -> Stretch:
    scale = 10 ** max(0, floor(log10(end)) - 1)
    at = about if about is not None and since <= about <= end else max(since, end // scale * scale)
    found = dependence.best(way, at)
    assert found is not None  # it is the best for some number of items
    there = dependence.foresight.of(found[1], at)
    if there is None or before is None:
        turn = _interval(since, since, since)
    else:
        turn = _turn(dependence, way, before, since, end)
    serial = next((each for each in dependence.ways if each.subject == "serial"), None)
    factor = None
    if there is not None and serial is not None and way != serial:
        plain = dependence.foresight.of(serial, at)
        if plain is not None:
            apart = hypot(Prospect(way, there).error, Prospect(serial, plain).error)
            gain = plain.wall.estimate / there.wall.estimate
            factor = _interval(gain, gain * exp(-apart), gain * exp(apart))
    if there is None:
        settled = Way(subject=way.subject, settings=found[1].settings, wall=_interval(found[0], None, None))
    else:
        settled = way_of(Prospect(found[1], there))
    return Stretch(since=turn, at=at, way=settled, factor=factor)


def _turn(dependence: Dependence, way: Candidate, before: tuple[int, Candidate], since: int, end: int) -> Interval:
    """The number of items at which a way becomes the best, and between which numbers that may be."""
    first, other = before
    both = [found[1] for each in (way, other) if (found := dependence.best(each, since)) is not None]
    errors = [Prospect(each, known).error for each in both if (known := dependence.foresight.of(each, since))]
    apart = exp(hypot(*errors))
    low = since if since - first < 2 else dependence.first(way, other, TIE / apart, first, since)
    certain = dependence.gain(way, other, end) >= TIE * apart
    return _interval(since, low, dependence.first(way, other, TIE * apart, since - 1, end) if certain else None)


def agreeing(found: Sequence[Stretch], run: int, kind: Workers) -> list[Stretch]:
    """Stretches that don't contradict the kind of workers that was the best for the items that were run.

    A turning point moves past them where its range allows; otherwise nothing is said.
    """
    place = max((at for at, each in enumerate(found) if each.since.estimate <= run), default=None)
    if place is None or kind_of(found[place].way.subject) == kind:
        return list(found)
    stretches = list(found)
    if place + 1 < len(found) and kind_of(found[place + 1].way.subject) == kind:
        since = found[place + 1].since
        if since.low is not None and since.low <= run:
            stretches[place + 1] = _moved(found[place + 1], run)
            return stretches
    if place and kind_of(found[place - 1].way.subject) == kind:
        since = found[place].since
        if since.high is None or since.high > run:
            stretches[place] = _moved(found[place], run + 1)
            return stretches
    return []


def _moved(stretch: Stretch, since: int) -> Stretch:
    return replace(stretch, since=replace(stretch.since, estimate=float(since)), at=max(stretch.at, since))


# How it depends on workers and memory


def saturation(foresight: Foresight, way: Candidate) -> Saturation | None:
    """That more workers than a way has gain next to nothing, and why; None if they gain more, or if that is unknown."""
    settings, job = way.settings, foresight.situation
    lanes = settings.workers or settings.limit
    if lanes is None:
        return None
    chunks = 1 if settings.chunksize is None else max(1, round(foresight.target.items / (lanes * settings.chunksize)))
    known: list[tuple[int, float, Candidate]] = []
    for number in sorted({lanes, 2 * lanes, *(each for each in job.numbers(job.most) if each > lanes)}):
        size = None if settings.chunksize is None else job.per_worker(number, chunks)
        changed = replace(
            settings,
            workers=None if settings.workers is None else number,
            limit=None if settings.limit is None else number,
            chunksize=size if number != lanes else settings.chunksize,
        )
        seconds = foresight.about(replace(way, settings=changed))
        if seconds is not None:
            known.append((number, seconds, replace(way, settings=changed)))
    if len(known) < 2 or known[0][0] != lanes or known[0][1] > CLOSE * min(seconds for _, seconds, _ in known):
        return None
    found = foresight.of(known[1][2])
    if found is None:
        return None
    rate = found.chunks_a_second if isfinite(found.chunks_a_second) else 0.0
    return Saturation(workers=lanes, most=known[-1][0], bottleneck=found.bottleneck, rate=rate)


def worker_memory(foresight: Foresight, way: Candidate) -> WorkerMemory | None:
    """What a worker adds in memory, and how many fit; None where no worker is a process, or if it is unknown."""
    workers = way.settings.workers
    if way.kind not in COSTLY or workers is None:
        return None
    few, many = (
        foresight.of(replace(way, settings=replace(way.settings, workers=number))) for number in (workers, 2 * workers)
    )
    if few is None or many is None or few.memory is None or many.memory is None:
        return None
    each = (many.memory.estimate - few.memory.estimate) / workers
    if each <= 0:
        return None
    own = max(0.0, few.memory.estimate - workers * each)
    return WorkerMemory(each=each, limit=foresight.memory, fit=max(0, int((foresight.memory - own) / each)))
