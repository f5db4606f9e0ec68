"""Measures which way of running Python code concurrently is best on this machine, and what it costs."""

__version__ = "0.1.0"

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from concbench.api.answer import Answer as Answer
    from concbench.api.calls import advise as advise
    from concbench.api.calls import compare as compare
    from concbench.api.calls import run as run
    from concbench.api.commands import Command as Command
    from concbench.api.errors import Interrupted as Interrupted
    from concbench.api.errors import NotMeasured as NotMeasured
    from concbench.api.errors import Unguarded as Unguarded
    from concbench.api.trace import trace as trace
    from concbench.measure.interpreters import NoInterpreter as NoInterpreter
    from concbench.model.result import Interval as Interval
    from concbench.prediction.predict import Prediction as Prediction
    from concbench.registry import UnknownName as UnknownName
    from concbench.runs.writing import UnwritableRun as UnwritableRun
    from concbench.session.errors import WrongSetting as WrongSetting
    from concbench.workloads.workload import UnfitFunction as UnfitFunction
    from concbench.workloads.workload import UnfitItems as UnfitItems

PUBLIC = {
    "advise": "concbench.api.calls",
    "compare": "concbench.api.calls",
    "run": "concbench.api.calls",
    "trace": "concbench.api.trace",
    "Answer": "concbench.api.answer",
    "Command": "concbench.api.commands",
    "Interval": "concbench.model.result",
    "Prediction": "concbench.prediction.predict",
    "Interrupted": "concbench.api.errors",
    "NotMeasured": "concbench.api.errors",
    "Unguarded": "concbench.api.errors",
    "WrongSetting": "concbench.session.errors",
    "NoInterpreter": "concbench.measure.interpreters",
    "UnknownName": "concbench.registry",
    "UnwritableRun": "concbench.runs.writing",
    "UnfitFunction": "concbench.workloads.workload",
    "UnfitItems": "concbench.workloads.workload",
}
"""Where each public name is defined; imported on first use, because every host imports this module, too."""

if not TYPE_CHECKING:  # type checkers would accept any attribute

    def __getattr__(name: str) -> object:
        """Import a public name."""
        if name not in PUBLIC:
            raise AttributeError(f"module 'concbench' has no attribute {name!r}")
        import importlib  # here: hosts use no public name

        found: object = getattr(importlib.import_module(PUBLIC[name]), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        """All names, imported or not."""
        return sorted({*globals(), *PUBLIC})
