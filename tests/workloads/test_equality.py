"""What "the same result" promises: the same bits, the same arrays and frames, the same contents through and through."""

from __future__ import annotations

import copy
import pickle
import threading
from collections import Counter, OrderedDict, deque, namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concbench.workloads.equality import NotKnown, fingerprint, first_difference, left_over, same

np = pytest.importorskip("numpy", reason="needs numpy: pip install numpy")
pd = pytest.importorskip("pandas", reason="needs pandas: pip install pandas")
pl = pytest.importorskip("polars", reason="needs polars: pip install polars")
NAN = float("nan")
Point = namedtuple("Point", "x y")


@dataclass
class Held:
    values: Any
    note: str = field(default="", compare=False)


class Plain:
    def __init__(self, value: Any) -> None:
        self.value = value


class Raising(Plain):
    def __eq__(self, other: object) -> bool:
        raise OSError("no comparing here")

    __hash__ = None  # type: ignore[assignment]  # as Python itself sets it beside an __eq__


class Vague(Plain):
    def __eq__(self, other: object) -> Any:
        return [self, other]

    __hash__ = None  # type: ignore[assignment]  # as above


def nested(depth: int, value: object, wrap: Callable[[Any], Any] = lambda inner: [inner]) -> Any:
    for _ in range(depth):
        value = wrap(value)
    return value


def frame(number: float = NAN, text: str = "a") -> Any:
    return pd.DataFrame(
        {
            "number": [1.0, number],
            "text": [text, None],
            "date": pd.to_datetime(["2026-01-01", None]),
            "kind": pd.Categorical(["u", "v"]),
            "count": pd.array([1, None], dtype="Int64"),
            "list": [[1], np.array([NAN])],
        }
    )


def records(number: float) -> Any:
    return np.array([(1, number)], dtype=[("count", int), ("value", float)])


PAIRS: dict[str, tuple[Callable[[Any], Any], Any, Any]] = {
    "float": (lambda x: x, NAN, 2.0),
    "complex": (lambda x: complex(1, x), NAN, 2.0),
    "decimal": (Decimal, "NaN", "2"),
    "list": (lambda x: [1, [x]], NAN, 2.0),
    "named tuple": (lambda x: Point(x, np.arange(3)), NAN, 2.0),
    "dict": (lambda x: {"a": {"b": (x,)}}, NAN, 2.0),
    "key of a dict": (lambda x: {(1, x): "a", NAN: "b"}, NAN, 2.0),
    "value at such a key": (lambda x: {(1, NAN): x, NAN: "b"}, NAN, 2.0),
    "set": (lambda x: {x, (NAN, 1), "a"}, NAN, 2.0),
    "ordered dict": (lambda x: OrderedDict(a=np.array([x])), NAN, 2.0),
    "deque": (lambda x: deque([np.array([1.0, x])]), NAN, 2.0),
    "counter": (lambda x: Counter({"a": 3, "d": x}), 1, 2),
    "dataclass": (lambda x: Held(np.array([1.0, x])), NAN, 2.0),
    "class without __eq__": (lambda x: Plain(np.array([1.0, x])), NAN, 2.0),
    "class whose __eq__ raises": (Raising, NAN, 2.0),
    "class whose __eq__ gives no bool": (Vague, NAN, 2.0),
    "exception": (ValueError, "a", "b"),
    "very deep list": (lambda x: nested(5_000, x), NAN, 2.0),
    "very deep dict": (lambda x: nested(5_000, x, lambda inner: {"a": inner}), NAN, 2.0),
    "very deep objects": (lambda x: nested(3_000, x, Plain), NAN, 2.0),
    "array": (lambda x: np.array([[1.0, x]]), NAN, 2.0),
    "array of one": (lambda x: np.array([x]), NAN, 2.0),
    "complex array": (lambda x: np.array([complex(1, x)]), NAN, 2.0),
    "array of dates": (lambda x: np.array([x], dtype="M8[s]"), "NaT", "2026-01-01"),
    "array of objects": (lambda x: np.array(["a", [x], None], dtype=object), NAN, 2.0),
    "array of records": (records, NAN, 2.0),
    "masked array": (lambda x: np.ma.array([1.0, x], mask=[True, False]), NAN, 2.0),
    "scalar": (np.float32, NAN, 2.0),
    "frame": (frame, NAN, 2.0),
    "text of a frame": (lambda x: frame(text=x), "a", "b"),
    "labels of a frame": (lambda x: pd.DataFrame({"a": [1]}, index=[x]), NAN, 2.0),
    "name of a series": (lambda x: pd.Series([1.0, NAN], name=x), "a", "b"),
    "index": (lambda x: pd.Index([1.0, x]), NAN, 2.0),
    "index of several levels": (lambda x: pd.MultiIndex.from_tuples([(1, "a"), (x, "b")]), NAN, 2.0),
    "polars frame": (lambda x: pl.DataFrame({"a": [1.0, x], "b": ["a", None], "c": [[1], [2]]}), NAN, 2.0),
    "name in a polars frame": (lambda x: pl.DataFrame({x: [1.0]}), "a", "b"),
    "polars series": (lambda x: pl.Series([None, x]), NAN, 2.0),
    "random generator": (np.random.default_rng, 1, 2),
}


@pytest.mark.parametrize("name", PAIRS)
def test_what_holds_the_same_is_the_same_and_what_does_not_is_not(name: str) -> None:
    make, value, other = PAIRS[name]
    assert same(make(value), make(value)) is True
    assert same(make(value), make(other)) is False
    assert same(make(other), make(value)) is False


@pytest.mark.parametrize("name", PAIRS)
def test_what_is_the_same_has_the_same_fingerprint_and_is_paired_off(name: str) -> None:
    make, value, other = PAIRS[name]
    assert fingerprint(make(value)) == fingerprint(make(value))
    left, missing, sure = left_over([make(other), make(value)], [make(value), make(value)])
    assert (len(left), len(missing), sure) == (1, 1, True)
    assert left_over([make(other), make(value)], [make(value), make(other)]) == ([], [], True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.array([1]), np.array([1.0])),
        (np.array([1]), np.array(1)),
        (np.array([1]), np.array([[1]])),
        (np.array([1, 2]), [1, 2]),
        (np.arange(0), np.arange(3)),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1.0]})),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})),
        (pd.Series([1]), pd.Index([1])),
        (pl.Series([1]), pl.Series([1], dtype=pl.Int8)),
        ([1], (1,)),
        ([1, 2], [1]),
        ({"a": 1}, {"b": 1}),
        (Plain(1), Raising(1)),
        (Plain, Raising),
        (None, 0),
    ],
    ids=lambda value: repr(value).partition(" at 0x")[0],
)
def test_another_shape_type_or_kind_is_not_the_same(one: object, other: object) -> None:
    assert same(one, other) is False


def test_signs_of_zero_and_kinds_of_numbers_are_as_for_python_itself() -> None:
    assert same([0.0, 1, True], [-0.0, 1.0, 1])
    assert same(np.array([0.0]), np.array([-0.0]))
    assert same(np.float64(1.5), 1.5)


def test_what_a_dataclass_does_not_compare_is_not_compared() -> None:
    assert same(Held(np.arange(2), "here"), Held(np.arange(2), "there"))


def some_lambda() -> Any:
    return lambda: 1


def some_file() -> Any:
    return Path(__file__).open()


@pytest.mark.parametrize("make", [some_lambda, lambda: (each for each in "a"), threading.Lock, some_file])
def test_of_what_can_neither_be_compared_nor_pickled_nothing_can_tell(make: Callable[[], Any]) -> None:
    one, other = make(), make()
    assert same(one, one)
    assert same(one, other) is None
    assert same([1, one], [1, other]) is None
    assert same([1, one], [2, other]) is False
    for each in (one, other):
        getattr(each, "close", bool)()


def test_what_holds_itself_and_what_is_shared_without_end_is_compared() -> None:
    one: list[Any] = [NAN]
    other: list[Any] = [NAN]
    one.append(one)
    other.append(other)
    assert same(one, other)
    assert same(nested(100, np.array([1]), lambda inner: [inner, inner]), nested(100, np.array([1]), lambda i: [i, i]))


def test_torch_tensors_are_the_same_by_shape_type_and_values() -> None:
    torch = pytest.importorskip("torch", reason="needs a CPU build of torch, which is too large for the dev extra")
    assert same(torch.tensor([1.0, NAN]), torch.tensor([1.0, NAN]))
    assert same({"a": [torch.nn.Parameter(torch.tensor([NAN]))]}, {"a": [torch.nn.Parameter(torch.tensor([NAN]))]})
    assert same(torch.tensor([1.0, NAN]), torch.tensor([1.0, 2.0])) is False
    assert same(torch.tensor([1]), torch.tensor([1.0])) is False
    assert same(torch.tensor([1]), torch.tensor([[1]])) is False


plain_values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(max_size=4)
    | st.binary(max_size=4)
    | st.lists(st.floats(width=32), max_size=4).map(lambda numbers: np.array(numbers, dtype="f4"))
    | st.lists(st.floats() | st.none(), max_size=4).map(lambda values: pd.Series(values, dtype=object))
    | st.lists(st.floats(), max_size=4).map(lambda numbers: pl.Series(numbers, dtype=pl.Float64))
)
keys = st.text(max_size=4) | st.integers() | st.floats() | st.tuples(st.integers(), st.floats())
values = st.recursive(
    plain_values,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
        | st.frozensets(keys, max_size=4)
        | inner.map(Held)
        | inner.map(Plain)
    ),
    max_leaves=12,
)


@given(values)
@settings(max_examples=40, deadline=None)
def test_any_value_is_the_same_as_a_copy_of_it(value: object) -> None:
    assert same(value, value)
    assert same(value, copy.deepcopy(value))
    came_back = pickle.loads(pickle.dumps(value))
    assert same(value, came_back)
    assert fingerprint(value) == fingerprint(came_back)


class Changed:
    """Equal to nothing that is generated."""


def with_a_change(value: Any, data: st.DataObject) -> Any:
    """A copy of a value with a change in one place, however deep."""
    if isinstance(value, list | tuple) and value and data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(value) - 1))
        return type(value)([*value[:at], with_a_change(value[at], data), *value[at + 1 :]])
    if isinstance(value, dict) and value and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(list(value)))
        if data.draw(st.booleans()):
            return {each: with_a_change(held, data) if each is key else held for each, held in value.items()}
        return {(each if each is not key else "another key"): held for each, held in value.items()}
    if isinstance(value, frozenset) and value:
        return value - {data.draw(st.sampled_from(list(value)))} | {"another element"}
    if isinstance(value, Held):
        return Held(with_a_change(value.values, data))
    if isinstance(value, Plain):
        return Plain(with_a_change(value.value, data))
    if isinstance(value, np.ndarray) and value.size:
        changed = value.copy()
        at = data.draw(st.integers(0, value.size - 1))
        changed[at] = 1.0 if value[at] != 1.0 else 2.0
        return changed
    return Changed()


@given(values, st.data())
@settings(max_examples=40, deadline=None)
def test_a_change_anywhere_is_seen(value: object, data: st.DataObject) -> None:
    changed = with_a_change(value, data)
    assert same(copy.deepcopy(value), changed) is False
    assert same(changed, copy.deepcopy(value)) is False


@given(st.lists(values, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_results_in_any_order_are_paired_off_and_a_changed_one_is_left(results: list[Any], random: Any) -> None:
    shuffled = copy.deepcopy(results)
    random.shuffle(shuffled)
    assert left_over(shuffled, results) == ([], [], True)
    wrong = Changed()
    left, missing, sure = left_over([*shuffled, wrong], [*results, "it"])
    assert (left, missing, sure) == ([wrong], ["it"], True)


def test_results_that_are_not_known_beforehand_may_be_anything() -> None:
    expected = [1, NotKnown, np.array([3])]
    assert first_difference([1, "whatever", np.array([3])], expected) is None
    assert first_difference([1, "whatever", np.array([4])], expected) == 2
    assert left_over(["whatever", np.array([3]), 1], expected) == (["whatever"], [], True)
    assert left_over(["whatever", 2, 1], expected)[1] == [expected[2]]


def test_results_that_differ_only_where_nothing_can_tell_are_no_error() -> None:
    assert first_difference([some_lambda()], [some_lambda()]) is None
    assert not left_over([some_lambda()], [some_lambda()])[2]
