"""Start methods in a snippet: a context where one is asked for, and `multiprocessing` itself where none is."""

from __future__ import annotations

from concbench.model import Settings
from concbench.report.snippets.imports import Import
from concbench.report.snippets.layout import Code
from concbench.report.snippets.literal import literal

GET_CONTEXT = Import("multiprocessing", "get_context")


def context(settings: Settings) -> str:
    """Return the expression of the context that was asked for.

    >>> context(Settings(start_method="spawn"))
    'get_context("spawn")'
    """
    return f"get_context({literal(settings.start_method or '')})"


def context_lines(settings: Settings) -> list[Code]:
    """Return the lines that make the context, if there is one."""
    return [] if settings.start_method is None else [f"context = {context(settings)}"]


def from_context(settings: Settings, name: str) -> str:
    """Return how a snippet calls a class of `multiprocessing`.

    >>> from_context(Settings(), "Pool"), from_context(Settings(start_method="spawn"), "Pool")
    ('Pool', 'context.Pool')
    """
    return name if settings.start_method is None else f"context.{name}"


def context_imports(settings: Settings, *names: str) -> set[Import]:
    """Return what has to be imported for some classes to be called so."""
    if settings.start_method is not None:
        return {GET_CONTEXT}
    return {Import("multiprocessing", name) for name in names}
