"""What one process takes. Benchmarks time whole processes, ours and the peers', each in the same run."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Taken:
    """What one process took: seconds on the clock, seconds of its processors, bytes at its peak; what it said."""

    wall: float
    cpu: float
    peak: int
    said: str


def timed(program: str, *arguments: str) -> Taken:
    """A Python run with these arguments, until it has ended; it must end well."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HOUSE), "PYTHONNOUSERSITE": "1", "HOME": os.devnull}
    began = time.perf_counter()
    child = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, env=environment, text=True)  # noqa: S603  # ours, and the peers
    said = child.stdout.read() if child.stdout else ""
    _pid, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(said)
    return Taken(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, said)


def median(taken: Sequence[Taken], what: str) -> float:
    return float(statistics.median(getattr(each, what) for each in taken))
