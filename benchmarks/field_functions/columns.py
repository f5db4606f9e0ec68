"""polars: a group-by, with threads of its own below."""

from __future__ import annotations

import polars as pl

ROWS = 50_000


def requests(number: int) -> pl.DataFrame:
    """An hour of made-up requests."""
    rows = pl.int_range(ROWS, eager=True) + number
    return pl.DataFrame({"route": (rows * 7919) % 50, "took": ((rows * 104_729) % 1009) / 1009})


def hours() -> list[pl.DataFrame]:
    """What is summed up: a frame an hour."""
    return [requests(number) for number in range(12)]


def by_route(hour: pl.DataFrame) -> pl.DataFrame:
    """The median and the maximum of each route."""
    return (
        hour.group_by("route")
        .agg(pl.col("took").median().alias("median"), pl.col("took").max().alias("most"))
        .sort("route")
    )


def by_route_of(number: int) -> pl.DataFrame:
    """Do the same for an hour of this number."""
    return by_route(requests(number))
