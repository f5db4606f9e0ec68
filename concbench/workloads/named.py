"""A workload by its name: concbench's own or a third party's, or a person's function as `package.module:function`."""

from __future__ import annotations

from concbench.workloads.kinds import workloads

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from concbench.model import Workload
    from concbench.workloads.kinds import Kind, Tasks


def is_function(name: str) -> bool:
    """Say whether a workload's name is that of a person's own function.

    >>> is_function("cpu"), is_function("thumbnails.making:make_one")
    (False, True)
    """
    return ":" in name


def kind_called(name: str) -> Kind:
    """Return the workload of a name, which may be that of a function; raises UnknownName."""
    if is_function(name):
        from concbench.workloads.functions import FUNCTION  # here, so that hosts without one don't carry it

        return FUNCTION
    return workloads.get(name)


def build(description: Workload) -> Tasks:
    """Make a workload ready; raises UnknownName, and UnfitFunction.

    >>> from concbench.model import Workload
    >>> build(Workload(name="sleep", tasks=2, task_time=0.01)).expected
    range(0, 2)
    """
    return kind_called(description.name).build(description)
