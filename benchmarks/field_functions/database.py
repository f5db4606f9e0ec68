"""sqlite: look-ups in a file, over a connection that each worker opens for itself."""

from __future__ import annotations

import os
import sqlite3
import threading

FILE = os.environ.get("FIELD_DATABASE", "field.sqlite")
ROWS = 20_000
here = threading.local()


def fill(path: str) -> None:
    """Make the database."""
    with sqlite3.connect(path) as connection:
        connection.execute("create table payment (id integer primary key, customer integer, amount real)")
        rows = ((number, number * 7919 % 500, number % 97 / 3) for number in range(ROWS))
        connection.executemany("insert into payment values (?, ?, ?)", rows)
    connection.close()


def connect() -> None:
    """Open this worker's connection."""
    here.connection = sqlite3.connect(f"file:{FILE}?mode=ro", uri=True)


def spent(customer: int) -> tuple[int, float]:
    """How often a customer paid, and how much: a scan of every row, as there is no index."""
    query = "select count(*), total(amount) from payment where customer = ?"
    count, total = here.connection.execute(query, (customer,)).fetchone()
    return count, total


def spent_with_a_new_connection(customer: int) -> tuple[int, float]:
    """Do the same where nothing has opened a connection yet."""
    if not hasattr(here, "connection"):
        connect()
    return spent(customer)
