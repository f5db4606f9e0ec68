"""How the documentation site is built: `make docs`."""

from __future__ import annotations

import click
from docutils import nodes
from sphinx.application import Sphinx

import concbench

project = "concbench"
author = "the concbench developers"
project_copyright = "the concbench developers"
version = release = concbench.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click", "sphinx_copybutton"]
exclude_patterns = ["_build", "how-to/notebook.ipynb"]
nitpicky = True
smartquotes = False  # two hyphens begin an option
default_role = "code"
highlight_language = "none"
nitpick_ignore_regex = [
    # Types in signatures: those of the standard library and of the package's inside have no page here.
    (
        "py:.*",
        r"(os|pd|pl|collections|pathlib|typing|types|concbench|Callable|Counts|Function|InitPer|Items|Iterable|Literal|Mapping|PathLike|Sequence|Words)\b.*",
    ),
]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4

autodoc_typehints = "description"
autodoc_member_order = "bysource"

language = "en"
locale_dirs = ["locale"]
gettext_compact = False

copybutton_prompt_text = "$ "  # copied are the commands of a console, without what they print

html_theme = "furo"
html_title = f"concbench {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_search_summary = False  # it fetches pages, which no browser does without a server
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": True}


def as_typed(_app: Sphinx, _context: click.Context, lines: list[str]) -> None:
    """Show examples in a help text as code, and asterisks outside of them, as in `--case '*/pool-map'`, as they are."""
    shown: list[str] = []
    for line in lines:
        if line.startswith("| "):  # what follows a \\b, by which click keeps its lines
            begins = not shown or not shown[-1].startswith("    ")
            shown += ["", "::", ""] if begins else []
            shown.append(f"    {line[2:]}")
        else:
            shown += [""] if shown and shown[-1].startswith("    ") else []
            shown.append(line if line.startswith(("**", ".. ")) else line.replace("*", r"\*"))
    lines[:] = shown


def values_named(_app: Sphinx, _context: click.Context, lines: list[str]) -> None:
    """Show asterisks in options as they are, too, and call the values of an option so, instead of options again."""
    lines[:] = [line.replace("*", r"\*").replace(":options:", ":values:") for line in lines]


def with_dashes(_app: Sphinx, page: nodes.document) -> None:
    """Print a dash between a parameter and what it means, where Sphinx writes two hyphens."""
    for text in page.findall(nodes.Text):
        if text == " -- ":
            text.parent.replace(text, nodes.Text(" – "))  # noqa: RUF001 - the dash itself


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("sphinx-click-process-description", as_typed)
    app.connect("sphinx-click-process-epilog", as_typed)
    app.connect("sphinx-click-process-options", values_named)
    app.connect("doctree-read", with_dashes)
