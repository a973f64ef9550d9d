"""What pycanon and anjana do, in the environment of their own that `make bench-anonymise` gives them.

    python anonymise_peers.py anjana TABLE LADDERS OUT K PERCENT
    python anonymise_peers.py pycanon TABLE FIELDS [SENSITIVE]
    python anonymise_peers.py versions

TABLE is separated by ";", LADDERS what stands before a column's name in its ladder's file. Says one line of JSON.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path


def anjana(table: str, ladders: str, out: str, k: str, percent: str) -> dict[str, object]:
    """k-anonymity with every column a quasi-identifier. Suppressed rows are written as stars, in their places."""
    import numpy as np
    import pandas as pd
    from anjana.anonymity import k_anonymity

    rows = pd.read_csv(table, sep=";", dtype=str, keep_default_na=False)
    fields = list(rows.columns)
    hierarchies = {}
    for name in fields:
        lines = [line.split(";") for line in Path(f"{ladders}{name}.csv").read_text(encoding="utf-8").splitlines()]
        hierarchies[name] = {level: np.array(labels, dtype=object) for level, labels in enumerate(zip(*lines))}  # noqa: B905
    found = k_anonymity(rows, [], fields, int(k), float(percent), hierarchies)
    placed = found.set_index("index") if "index" in found.columns else found
    placed[fields].reindex(range(len(rows)), fill_value="*").to_csv(out, sep=";", index=False)
    return {"suppressed": len(rows) - len(found)}


def pycanon(table: str, fields: str, sensitive: str = "") -> dict[str, object]:
    """The k of a released table, and the l and t of a sensitive field. Rows of nothing but stars are no group."""
    import pandas as pd
    from pycanon import anonymity

    quasi = fields.split(",")
    rows = pd.read_csv(table, sep=";", dtype=str, keep_default_na=False)
    kept = rows[~(rows[quasi] == "*").all(axis=1)].reset_index(drop=True)
    found: dict[str, object] = {"k": int(anonymity.k_anonymity(kept, quasi))}
    if sensitive:
        found["l"] = int(anonymity.l_diversity(kept, quasi, [sensitive]))
        found["t"] = float(anonymity.t_closeness(kept, quasi, [sensitive]))
    return found


def versions() -> dict[str, object]:
    names = ("anjana", "pycanon", "pandas", "numpy")
    return {"Python": platform.python_version(), **{name: version(name) for name in names}}


if __name__ == "__main__":
    works: dict[str, Callable[..., dict[str, object]]] = {"anjana": anjana, "pycanon": pycanon, "versions": versions}
    print(json.dumps(works[sys.argv[1]](*sys.argv[2:])))
