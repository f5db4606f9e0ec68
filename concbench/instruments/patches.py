"""Replaces attributes of what is recorded, and puts them back; where possible, no traceback shows a frame of ours.

A traceback names every Python function that an exception passes through, and a program may print it, or compare it. So
methods that may raise are not wrapped: `Noted` and `Watched` act when a method is looked up and when its call is over,
`Observed` when an attribute is set, and `then` composes functions of which only C code calls the first.
"""

from __future__ import annotations

from time import perf_counter_ns

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from functools import partial
    from typing import Any
else:
    from _functools import partial  # as functools imports half a dozen modules

_replaced: list[tuple[Any, str, Any, bool, Any]] = []
"""Whose attribute, its name, what it was, whether it was the owner's own, and what it is now."""


def replace(owner: Any, name: str, value: Any) -> None:
    """Set an attribute of a module or a class until `restore`."""
    own = name in vars(owner)
    _replaced.append((owner, name, vars(owner).get(name), own, value))
    setattr(owner, name, value)


def restore() -> None:
    """Put everything back, but for what something else has replaced in the meantime."""
    while _replaced:
        owner, name, before, own, now = _replaced.pop()
        if vars(owner).get(name) is now:
            if own:
                setattr(owner, name, before)
            else:
                delattr(owner, name)


def like(function: Any) -> Callable[[Any], Any]:
    """As `functools.wraps`, which would import half a dozen modules into every traced process."""

    def decorate(wrapper: Any) -> Any:
        for name in ("__module__", "__name__", "__qualname__", "__doc__"):
            setattr(wrapper, name, getattr(function, name, None))
        wrapper.__dict__.update(getattr(function, "__dict__", {}))
        wrapper.__wrapped__ = function
        return wrapper

    return decorate


class Noted:
    """A method that calls a function of ours when it is looked up, which is right before it is called.

    Looked up in its class, as in `Thread.start(self)`, it can't know for whom; then it is a wrapper.
    """

    def __init__(self, function: Any, before: Callable[[Any], None]) -> None:
        self.function, self.before = function, before

        @like(function)
        def wrapper(instance: Any, *args: Any, **kwargs: Any) -> Any:
            before(instance)
            return function(instance, *args, **kwargs)

        self.wrapper = wrapper

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self.wrapper
        self.before(instance)
        return self.function.__get__(instance, owner)


class _Call(partial):  # type: ignore[type-arg]  # `Any` is there for type checkers only
    """A method of an object, which lives until its call is over."""

    after: Callable[[Any, int], None]
    looked_up: int

    def __del__(self) -> None:
        self.after(self.args[0], self.looked_up)


class Watched:
    """A method after whose call a function of ours is called, with the time when it was looked up.

    That happens even if it was never called, or raised: the function has to see to that.
    """

    def __init__(self, function: Any, after: Callable[[Any, int], None]) -> None:
        self.function, self.after = function, after

        @like(function)
        def wrapper(instance: Any, *args: Any, **kwargs: Any) -> Any:
            looked_up = perf_counter_ns()
            try:
                return function(instance, *args, **kwargs)
            finally:
                after(instance, looked_up)

        self.wrapper = wrapper

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self.wrapper
        call = _Call(self.function, instance)
        call.after = self.after
        call.looked_up = perf_counter_ns()
        return call


class Observed:
    """An attribute of a class's objects; a function of ours sees what it was (None: not set) and what it is set to."""

    def __init__(self, name: str, seen: Callable[[Any, Any, Any], None]) -> None:
        self.name, self.seen = name, seen

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        try:
            return instance.__dict__[self.name]
        except KeyError:
            raise AttributeError(f"{type(instance).__name__!r} object has no attribute {self.name!r}") from None

    def __set__(self, instance: Any, value: Any) -> None:
        before = instance.__dict__.get(self.name)
        instance.__dict__[self.name] = value
        self.seen(instance, before, value)

    def __delete__(self, instance: Any) -> None:
        try:
            del instance.__dict__[self.name]
        except KeyError:
            raise AttributeError(self.name) from None


def then(get: Callable[[], Any], seen: Callable[[Any], Any]) -> Callable[[], Any]:
    """A function that returns what the second makes of what the first returns; what that raises passes C code only.

    >>> then(iter((1, 2)).__next__, str)()
    '1'
    """
    return map(seen, iter(get, object())).__next__
