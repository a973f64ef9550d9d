"""Programs that a test uses but that nobody here wrote: OpenSSH's sshd, Debian's age, npm, R.

Where one is missing the test skips and says so; in CI that is a failure, since CI installs them all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib import import_module
from typing import Any

import pytest


def find(program: str) -> str | None:
    """Where `program` is, looking also where Debian keeps servers."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def needs(*programs: str) -> pytest.MarkDecorator:
    """A mark for tests that run `programs`."""
    missing = [program for program in programs if find(program) is None]
    if missing and os.environ.get("CI"):
        raise RuntimeError(f"CI lacks {', '.join(missing)}: .ci/run installs what tests use")
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def library(name: str) -> Any:
    """A library that is an extra; where it is missing, the tests of the module that asks skip."""
    return import_module(name) if os.environ.get("CI") else pytest.importorskip(name)


def needs_r(*packages: str) -> pytest.MarkDecorator:
    """A mark for tests that run R with these packages of it."""
    asked = "; ".join(f'if (!requireNamespace("{name}", quietly = TRUE)) cat("{name} ")' for name in packages)
    program = find("Rscript")
    command = [program or "", "--vanilla", "-e", asked]
    lacks = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stdout if program else "R"
    if lacks and os.environ.get("CI"):
        raise RuntimeError(f"CI lacks {lacks}of R: .ci/run installs what tests use")
    return pytest.mark.skipif(bool(lacks), reason=f"not installed: {lacks}")
