"""pandas: a frame in and a frame out, and a series with missing values."""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # its stubs are a package of their own

ROWS = 20_000
SHOPS = ["north", "south", "east", "west"]


def sales(number: int) -> pd.DataFrame:
    """A month of made-up sales, with gaps."""
    draw = np.random.default_rng(number)
    price = draw.gamma(2.0, 10.0, ROWS)
    price[draw.integers(0, ROWS, ROWS // 100)] = np.nan
    return pd.DataFrame(
        {
            "shop": draw.choice(SHOPS, ROWS),
            "day": pd.Timestamp("2025-01-01") + pd.to_timedelta(draw.integers(0, 31, ROWS), unit="D"),
            "price": price,
        }
    )


def months() -> list[pd.DataFrame]:
    """What is summed up: a frame for each month."""
    return [sales(number) for number in range(12)]


def by_shop(month: pd.DataFrame) -> pd.DataFrame:
    """Sum up a month's sales by shop and day."""
    return month.groupby(["shop", "day"], as_index=False).agg(mean=("price", "mean"), count=("price", "count"))


def has_all_shops(_month: pd.DataFrame, summary: pd.DataFrame) -> bool:
    """Whether a summary has a row for every shop and day."""
    return len(summary) == len(SHOPS) * 31


def by_shop_of(number: int) -> pd.DataFrame:
    """Do the same for a month of this number."""
    return by_shop(sales(number))


def smoothed(number: int) -> pd.Series:
    """A rolling mean of a week, of which the first six values are missing."""
    return sales(number).groupby("day")["price"].mean().rolling(7).mean()
