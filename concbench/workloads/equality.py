"""Whether two results are the same, as users mean it: the same bits, arrays, frames and contents.

The answer is True, False, or None if that is unknown, as for two lambdas. In this order:

- one object is the same as itself; numbers and text are compared by `==`, and NaN is the same as NaN. As for `==`,
  1 is the same as 1.0, and 0.0 as -0.0: no strategy turns one into the other, and libraries disagree on the sign;
- lists, tuples, dicts, sets and dataclasses are compared in depth, without recursion, so that neither deep
  nesting nor a list that holds itself does any harm;
- arrays of NumPy, frames of pandas and polars, and tensors of PyTorch are compared by shape, type and values, if their
  library has been imported: whoever holds an array has imported it;
- two other objects are the same if their own `__eq__` returns True; otherwise (it may be missing, raise, or return no
  bool), if pickling takes them apart into the same parts.

Only hosts of functions that return more than numbers and text import this module, and never before a clock is read.
"""

from __future__ import annotations

import sys
from itertools import chain
from types import BuiltinFunctionType, FunctionType, ModuleType

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    Pairs = Iterable[tuple[Any, Any]]
    """What must be the same for two objects to be the same."""

PLAIN = frozenset({int, bool, float, complex, str, bytes, bytearray, range, type(None), type(...)})
"""Types whose `==` gives a bool, quickly, and does not look into other objects."""
SHALLOW = 4
"""Levels of nesting in which no pair is remembered; deeper down, no pair is compared twice."""
MOST_COMPARISONS = 200_000
"""The most comparisons where results come back in any order; beyond, the answer is unknown."""
LOOKED_INTO = 16
"""The number of values of a container or an array that make up its fingerprint."""
HASHED = frozenset({"datetime", "fractions", "pathlib", "pathlib._local", "uuid", "ipaddress"})
"""Modules of the standard library whose objects have the same hash where they are the same."""


class NotKnown:
    """Stands for an expected result that is unknown: the class itself, which is pickled by its name."""


def same(one: Any, other: Any) -> bool | None:
    """Whether two results are the same; None: unknown.

    >>> same([float("nan"), {"a": (1, 2)}], [float("nan"), {"a": (1, 2)}]), same([1, [2]], [1, [3]])
    (True, False)
    >>> same(lambda: 1, lambda: 1) is None
    True
    """
    doubt = False
    known: dict[tuple[int, int], tuple[Any, Any]] = {}
    """By their ids, the pairs compared so far; held, so that no other objects get these ids."""
    levels: list[Iterator[tuple[Any, Any]]] = [iter([(one, other)])]
    try:
        while levels:
            for pair in levels[-1]:
                found = _compared(*pair)
                if found is False:
                    return False
                if found is None:
                    doubt = True
                elif found is not True:
                    if len(levels) > SHALLOW:
                        ids = (id(pair[0]), id(pair[1]))
                        if ids in known:
                            continue
                        known[ids] = pair
                    levels.append(iter(found))
                    break
            else:
                levels.pop()
    except Exception:  # noqa: BLE001 - an object's own code makes its parts, and may raise anything
        return None
    return None if doubt else True


def _compared(one: Any, other: Any) -> bool | Pairs | None:
    """Whether two objects are the same, or the pairs of their parts that must be; None: unknown."""
    if one is other:
        return True
    kind = type(one)
    if kind is not type(other):
        return _said(one, other) is True
    if kind in PLAIN:
        return bool(one == other) or _both_nan(one, other)
    try:
        compare = by_kind.get(kind)
        if compare is None:
            compare = by_kind[kind] = _compare_by_kind(kind)
        return compare(one, other)
    except Exception:  # noqa: BLE001 - an object's own code may raise anything
        return None


by_kind: dict[type, Callable[[Any, Any], bool | Pairs | None]] = {}
"""By type, the function that compares two objects of it, once it is known."""


def _compare_by_kind(kind: type) -> Callable[[Any, Any], bool | Pairs | None]:
    equal = _equality_of(kind)
    if equal in (list.__eq__, tuple.__eq__):
        return _sequences
    if equal is dict.__eq__:
        return _dicts
    if equal in (set.__eq__, frozenset.__eq__):
        return _sets
    if "__dataclass_fields__" in vars(kind) and kind.__dataclass_params__.eq:  # type: ignore[attr-defined]  # a dataclass
        return _dataclasses
    for name, compare in (
        ("numpy.ndarray", _arrays),
        ("numpy.generic", _arrays),
        ("pandas.DataFrame", _of_pandas),
        ("pandas.Series", _of_pandas),
        ("pandas.Index", _of_pandas),
        ("pandas.api.extensions.ExtensionArray", _of_pandas),
        ("polars.DataFrame", _of_polars),
        ("polars.Series", _of_polars),
        ("torch.Tensor", _tensors),
    ):
        module, _, of_library = name.rpartition(".")
        if issubclass(kind, getattr(sys.modules.get(module), of_library, ())):
            return compare
    return _objects


def _equality_of(kind: type) -> object:
    """What `==` calls for objects of this type; `object.__eq__` if they have none of their own."""
    return kind.__eq__


def _both_nan(one: Any, other: Any) -> bool:
    """Whether both are NaN; complex numbers, in the same part."""
    if type(one) is complex:
        return all(bool(a == b) or (a != a and b != b) for a, b in ((one.real, other.real), (one.imag, other.imag)))
    return bool(one != one and other != other)


def _said(one: Any, other: Any) -> bool | None:
    """The answer of `==`, if it is a bool, or NumPy's; None if it raises or is anything else."""
    try:
        found = one == other
        if found is True or found is False:
            return bool(found)
        numpy = sys.modules.get("numpy")
        return bool(found) if numpy is not None and isinstance(found, numpy.bool_) else None
    except Exception:  # noqa: BLE001 - it is the objects' own code
        return None


# What Python itself has


def _sequences(one: Sequence[Any], other: Sequence[Any]) -> bool | Pairs:
    if len(one) != len(other):
        return False
    if _are_plain(one) and _are_plain(other) and one == other:
        return True
    return zip(one, other, strict=True)


def _are_plain(values: Iterable[Any]) -> bool:
    """Whether `==` can compare all of them at once."""
    return set(map(type, values)) <= PLAIN


def _dicts(one: dict[Any, Any], other: dict[Any, Any]) -> bool | Pairs | None:
    """Compare dicts; keys that `==` does not find, as NaN or a tuple that holds one, are searched one by one."""
    if len(one) != len(other):
        return False
    if _are_plain(one) and _are_plain(one.values()) and _are_plain(other.values()) and one == other:
        return True
    if one.keys() == other.keys():
        return ((value, other[key]) for key, value in one.items())
    alone = [(key, value) for key, value in one.items() if key not in other]
    other_alone = [(key, value) for key, value in other.items() if key not in one]
    found = _same_in_any_order(alone, other_alone)
    if found is not True:
        return found
    return ((value, other[key]) for key, value in one.items() if key in other)


def _sets(one: set[Any], other: set[Any]) -> bool | None:
    if len(one) != len(other):
        return False
    if one == other:
        return True
    return _same_in_any_order([each for each in one if each not in other], [each for each in other if each not in one])


def _dataclasses(one: Any, other: Any) -> Pairs:
    """Compare dataclasses by those fields that their `__eq__` compares."""
    names = [name for name, field in type(one).__dataclass_fields__.items() if field.compare]
    return ((getattr(one, name), getattr(other, name)) for name in names)


def _objects(one: Any, other: Any) -> bool | Pairs | None:
    """Compare objects by their own `__eq__`, or else by what pickling takes them apart into."""
    own = None if _equality_of(type(one)) is object.__eq__ else _said(one, other)
    if own is True:
        return True
    try:
        return _parts(one, other)
    except Exception:  # noqa: BLE001 - it can't be pickled, or its own code for that raises
        return own


def _parts(one: Any, other: Any) -> bool | Pairs | None:
    """Compare what pickling takes two objects of the same type apart into; raises what they raise for it."""
    import copyreg
    import pickle

    if isinstance(one, type | FunctionType | BuiltinFunctionType | ModuleType):
        return pickle.dumps(one) == pickle.dumps(other)  # by their names, where they have any
    reduce = copyreg.dispatch_table.get(type(one))
    found, others = (reduce(each) if reduce is not None else each.__reduce_ex__(4) for each in (one, other))
    if isinstance(found, str) or isinstance(others, str):
        return bool(found == others)
    if len(found) != len(others):
        return False
    listed = [
        [list(part) if place in (3, 4) and part is not None else part for place, part in enumerate(each)]
        for each in (found, others)
    ]
    return zip(*listed, strict=True)


# What libraries have


def _arrays(one: Any, other: Any) -> bool | Pairs:
    numpy = sys.modules["numpy"]
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    masked = getattr(sys.modules.get("numpy.ma"), "MaskedArray", ())
    if isinstance(one, masked):
        hidden, others = numpy.ma.getmaskarray(one), numpy.ma.getmaskarray(other)
        return ((hidden, others), (one.data[~hidden], other.data[~others]))
    one, other = numpy.asarray(one), numpy.asarray(other)
    if one.dtype.names is not None:
        return ((one[name], other[name]) for name in one.dtype.names)
    if one.dtype.hasobject:
        return zip(one.ravel().tolist(), other.ravel().tolist(), strict=True)
    equal = one == other
    if equal.all():
        return True
    if one.dtype.kind not in "fcmM":
        return False
    if one.dtype.kind == "c":
        return ((one.real, other.real), (one.imag, other.imag))
    return bool((equal | (numpy.isnan(one) & numpy.isnan(other))).all())


def _of_pandas(one: Any, other: Any) -> bool | Pairs:
    """Compare frames, series or indexes of pandas: values and their types, labels and their names."""
    pandas = sys.modules["pandas"]
    if one.shape != other.shape:
        return False
    if isinstance(one, pandas.api.extensions.ExtensionArray):
        return _columns_of(one, other)
    if isinstance(one, pandas.DataFrame):
        labels = ((one.index, other.index), (one.columns, other.columns))
        columns = ((one.iloc[:, at].array, other.iloc[:, at].array) for at in range(one.shape[1]))
        return chain(labels, columns)
    if isinstance(one, pandas.Series):
        return ((one.name, other.name), (one.index, other.index), (one.array, other.array))
    names = (list(one.names), list(other.names))
    if not isinstance(one, pandas.MultiIndex):
        return (names, (one.array, other.array))
    if one.nlevels != other.nlevels:
        return False
    return (names, *((one.get_level_values(at).array, other.get_level_values(at).array) for at in range(one.nlevels)))


def _columns_of(one: Any, other: Any) -> Pairs:
    yield (type(one), type(other))
    yield (str(one.dtype), str(other.dtype))
    if "numpy" in type(one).__name__.lower():
        yield (one.to_numpy(), other.to_numpy())
    else:
        yield (True, bool(one.equals(other)))


def _of_polars(one: Any, other: Any) -> bool | Pairs:
    """Compare frames or series of polars; null and NaN are each the same as themselves."""
    polars = sys.modules["polars"]
    if one.shape != other.shape:
        return False
    if isinstance(one, polars.DataFrame):
        return zip(one.get_columns(), other.get_columns(), strict=True)
    if one.name != other.name or one.dtype != other.dtype:
        return False
    if "Object" in str(one.dtype):
        return zip(one.to_list(), other.to_list(), strict=True)
    return bool(one.equals(other, null_equal=True))


def _tensors(one: Any, other: Any) -> bool | Pairs:
    torch = sys.modules["torch"]
    if one.shape != other.shape or one.dtype != other.dtype or one.layout != other.layout or one.device != other.device:
        return False
    if one.is_quantized or one.layout != torch.strided:
        return _parts(one, other) or False
    one, other = one.detach(), other.detach()
    equal = one == other
    if bool(equal.all()):
        return True
    if not (one.is_floating_point() or one.is_complex()):
        return False
    if one.is_complex():
        one, other = torch.view_as_real(one), torch.view_as_real(other)
        equal = one == other
    return bool((equal | (torch.isnan(one) & torch.isnan(other))).all())


# Many results


def first_difference(returned: Sequence[Any], expected: Sequence[Any]) -> int | None:
    """The place of the first result that is not the expected one; None if all are, or may be.

    >>> first_difference([1, float("nan"), 3], [1, float("nan"), 4])
    2
    """
    for place, (result, wanted) in enumerate(zip(returned, expected, strict=True)):
        kind = type(result)
        if kind is type(wanted):  # quick, for what most functions return
            if kind in PLAIN and result == wanted:
                continue
            if kind in (tuple, list) and _are_plain(result) and _are_plain(wanted) and result == wanted:
                continue
        if wanted is not NotKnown and same(result, wanted) is False:
            return place
    return None


def _same_in_any_order(ones: Sequence[Any], others: Sequence[Any]) -> bool | None:
    """Whether two collections hold the same, in any order; None: unknown."""
    if len(ones) != len(others):
        return False
    left, missing, sure = left_over(ones, others)
    if not left and not missing:
        return True
    return False if sure else None


def left_over(returned: Sequence[Any], expected: Sequence[Any]) -> tuple[list[Any], list[Any], bool]:
    """Pair off results that came back in any order with the expected ones.

    Returns the results without a partner, the expected results without one, and whether that is sure.

    >>> left_over([2, 1, 2], [1, 2, 3])
    ([2], [3], True)
    """
    waiting: dict[object, list[Any]] = {}
    for wanted in expected:
        if wanted is not NotKnown:
            waiting.setdefault(fingerprint(wanted), []).append(wanted)
    left: list[Any] = []
    sure, comparisons = True, 0
    for result in returned:
        candidates = waiting.get(fingerprint(result), [])
        for place, wanted in enumerate(candidates):
            comparisons += 1
            found = same(result, wanted)
            if found:
                del candidates[place]
                break
            sure = sure and found is False
            if comparisons == MOST_COMPARISONS:
                return [], [], False
        else:
            left.append(result)
    return left, [wanted for candidates in waiting.values() for wanted in candidates], sure


def fingerprint(thing: Any, depth: int = 0) -> object:
    """A value that is equal for all that are the same, and seldom for others; quick to compute."""
    kind = type(thing)
    try:
        if isinstance(thing, int | float | complex):  # also of NumPy; what is equal has the same hash, of any type
            return hash(thing) if thing == thing else "nan"
        if kind in (str, bytes, range, type(None)) or kind.__module__ in HASHED:
            return hash(thing)
        if depth > 2:
            return kind.__qualname__
        if _equality_of(kind) in (list.__eq__, tuple.__eq__):
            some = thing[:: -(-len(thing) // LOOKED_INTO)] if thing else ()
            return kind.__qualname__, len(thing), tuple(fingerprint(each, depth + 1) for each in some)
        if kind is dict and len(thing) <= LOOKED_INTO:
            inside = {fingerprint((key, value), depth) for key, value in thing.items()}
            return kind.__qualname__, len(thing), frozenset(inside)
        numpy = sys.modules.get("numpy")
        if numpy is not None and kind is numpy.ndarray:
            some = thing.ravel()[:: -(-thing.size // LOOKED_INTO)].tolist() if thing.size else ()
            return thing.shape, thing.dtype.str, tuple(fingerprint(each, depth + 1) for each in some)
        if "__dataclass_fields__" in vars(kind) and kind.__dataclass_params__.eq:
            compared_fields = [getattr(thing, name) for name, each in kind.__dataclass_fields__.items() if each.compare]
            return kind.__qualname__, fingerprint(compared_fields, depth + 1)
        if _equality_of(kind) is object.__eq__ and hasattr(thing, "__dict__"):
            return kind.__qualname__, fingerprint(vars(thing), depth + 1)
        return kind.__qualname__, getattr(thing, "shape", None)
    except Exception:  # noqa: BLE001 - it is the object's own code; all of this type have the same fingerprint then
        return kind.__qualname__
