"""httpx: a client that all tasks of a process share, and `async def` with a client a task."""

from __future__ import annotations

import os

import httpx

ADDRESS = os.environ.get("FIELD_SERVER", "http://127.0.0.1:8000")
CLIENT = httpx.Client(base_url=ADDRESS, verify=False, limits=httpx.Limits(max_connections=64))


def fetch(number: int) -> int:
    """The length of a page."""
    return len(CLIENT.get(f"/{number}").raise_for_status().content)


async def fetch_later(number: int) -> int:
    """Do the same, and let others run meanwhile."""
    async with httpx.AsyncClient(base_url=ADDRESS, verify=False) as client:
        answer = await client.get(f"/{number}")
        return len(answer.raise_for_status().content)
