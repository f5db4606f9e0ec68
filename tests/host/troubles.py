"""Tasks that raise in several ways; their frames are what a user wants to see."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor


def raise_deep_down(number: int) -> int:
    return deeper(number)


def deeper(number: int) -> int:
    raise LookupError(f"no {number} here")


async def raise_deep_down_async(number: int) -> int:
    await asyncio.sleep(0)
    return deeper(number)


async def raise_inside_asyncio(_number: int) -> None:
    await asyncio.wait_for(asyncio.Event().wait(), 0)


def raise_with_a_cause(number: int) -> int:
    try:
        return deeper(number)
    except LookupError as error:
        raise ValueError("that did not go well") from error


def raise_in_an_executor_of_its_own(number: int) -> int:
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(deeper, number).result()


def cannot_be_sent(_number: int) -> object:
    return threading.Lock()


def read_a_missing_pickle(_number: int) -> bytes:
    with open("no-such-folder/data.pickle", "rb") as file:  # noqa: PTH123 - as a user's task would
        return file.read()


def take_no_more(_number: int) -> None:
    raise BlockingIOError(11, "Resource temporarily unavailable")


def raise_a_group(number: int) -> None:
    raise ExceptionGroup("all of it", [LookupError(f"no {number} here"), ValueError("nor there")])


def takes_two(number: int, other: int) -> int:
    return number + other
