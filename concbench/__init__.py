"""Measures which way of running Python code concurrently is best on this machine, and what it costs."""

__version__ = "0.1.0"

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from concbench.api.answer import Answer as Answer
    from concbench.api.asking import advise as advise
    from concbench.api.asking import compare as compare
    from concbench.api.asking import run as run
    from concbench.api.errors import NotMeasured as NotMeasured
    from concbench.api.errors import Unguarded as Unguarded
    from concbench.api.errors import WrongSetting as WrongSetting
    from concbench.api.interrupted import Interrupted as Interrupted
    from concbench.measure.interpreters import NoInterpreter as NoInterpreter
    from concbench.model import Interval as Interval
    from concbench.registry import UnknownName as UnknownName
    from concbench.runs.writing import UnwritableRun as UnwritableRun
    from concbench.workloads.kinds import UnfitFunction as UnfitFunction
    from concbench.workloads.kinds import UnfitItems as UnfitItems

PUBLIC = {
    "advise": "concbench.api.asking",
    "compare": "concbench.api.asking",
    "run": "concbench.api.asking",
    "Answer": "concbench.api.answer",
    "Interval": "concbench.model",
    "Interrupted": "concbench.api.interrupted",
    "NotMeasured": "concbench.api.errors",
    "Unguarded": "concbench.api.errors",
    "WrongSetting": "concbench.api.errors",
    "NoInterpreter": "concbench.measure.interpreters",
    "UnknownName": "concbench.registry",
    "UnwritableRun": "concbench.runs.writing",
    "UnfitFunction": "concbench.workloads.kinds",
    "UnfitItems": "concbench.workloads.kinds",
}
"""Where each public name is: imported when it is first used, because every host imports this module, too."""

if not TYPE_CHECKING:  # it would take any attribute for one that there is

    def __getattr__(name: str) -> object:
        """Import what is asked for."""
        if name not in PUBLIC:
            raise AttributeError(f"module 'concbench' has no attribute {name!r}")
        import importlib  # here: hosts ask for nothing

        found: object = getattr(importlib.import_module(PUBLIC[name]), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        """Return what there is, imported or not."""
        return sorted({*globals(), *PUBLIC})
