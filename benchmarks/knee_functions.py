"""Functions that wait for a server, whose address is in the environment: with threads, and with coroutines."""

from __future__ import annotations

import os
import threading
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

ADDRESS = os.environ.get("KNEE_ADDRESS", "")
QUERY = "select pg_sleep(0.02)"
here = threading.local()
shared: dict[str, Any] = {}


def open_connection() -> None:
    """A connection for each thread, with nothing but the standard library."""
    here.connection = HTTPConnection(urlsplit(ADDRESS).netloc, timeout=60)


def fetch(number: int) -> int:
    """Fetch a page with the thread's own connection."""
    here.connection.request("GET", f"/{number}")
    response = here.connection.getresponse()
    return len(response.read())


def fetch_with_httpx(number: int) -> int:
    """Fetch a page with a client that all threads share."""
    client = shared.get("client") or _client()
    return len(client.get(f"/{number}").raise_for_status().content)


_lock = threading.Lock()


def _client() -> Any:
    import httpx

    with _lock:
        if "client" not in shared:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
            shared["client"] = httpx.Client(base_url=ADDRESS, verify=False, timeout=60, limits=limits)
    return shared["client"]


async def open_client() -> None:
    """A client for all coroutines."""
    import httpx

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    shared["client"] = httpx.AsyncClient(base_url=ADDRESS, verify=False, timeout=60, limits=limits)


async def fetch_later(number: int) -> int:
    """Fetch a page with the shared client."""
    return len((await shared["client"].get(f"/{number}")).raise_for_status().content)


def connect() -> None:
    """A connection to the database for each thread."""
    import psycopg

    here.database = psycopg.connect(ADDRESS, autocommit=True)


def query(_number: int) -> None:
    """Wait for the database, on the thread's own connection."""
    here.database.execute(QUERY)


async def open_pool() -> None:
    """A pool of all 20 connections for all coroutines."""
    import asyncpg

    shared["pool"] = await asyncpg.create_pool(ADDRESS, min_size=20, max_size=20)


async def query_later(_number: int) -> None:
    """Wait for the database, on a connection of the pool."""
    await shared["pool"].execute(QUERY)
