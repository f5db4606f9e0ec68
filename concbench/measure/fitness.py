"""All that can be read of a machine that bears on whether it is fit to measure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from concbench.measure.environment import read_environment
from concbench.measure.fitness_clock import Clock, read_clock
from concbench.measure.fitness_cores import Cores, Frequency, cores_of, read_frequency
from concbench.measure.fitness_pressure import Pressure, read_pressure
from concbench.measure.fitness_surroundings import Surroundings, read_surroundings
from concbench.model import Environment


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine, before anything is measured on it."""

    environment: Environment
    cores: Cores
    frequency: Frequency
    pressure: Pressure
    clock: Clock
    surroundings: Surroundings


def read_machine(root: Path = Path("/")) -> Machine:
    """Return the machine as it is now; `root` is where the file system begins. Never raises.

    >>> read_machine().cores.usable >= 1
    True
    """
    pressure = read_pressure(root)  # first, because what follows keeps a core busy
    environment = read_environment(root)
    return Machine(
        environment=environment,
        cores=cores_of(environment, root),
        frequency=read_frequency(root),
        pressure=pressure,
        clock=read_clock(root),
        surroundings=read_surroundings(root),
    )
