"""What the tests of `concbench.measure` share: a token that finds every process again, and the faulty workloads."""

from __future__ import annotations

import os

import pytest

from tests.measure.process_tree import PLUGIN, TOKEN, new_token


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    """What all processes that this test starts carry; their interpreters find the faulty workloads."""
    token = new_token()
    monkeypatch.setenv(TOKEN, token)
    monkeypatch.setenv("PYTHONPATH", str(PLUGIN), prepend=os.pathsep)
    return token
