"""What a test runs as a program of its own, since Java reads a cluster's settings once: links, and what lies aside.

    PYTHONPATH=.:tests python tests/merge/linking_on_a_cluster.py spark://127.0.0.1:7077 PEOPLE SEED FOLDER

FOLDER is where the cluster's machine puts aside what it shuffles.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from merge.linked_reports import Reports, by_tokens

from exchange.engines.spark_sql import SparkDatabase
from exchange.merge.linking import linking

PAIRS = 20_000


def main(master: str, people: str, seed: str, folder: str) -> None:
    linking.DRAWN = PAIRS
    reports = Reports.of(int(people), int(seed))
    with SparkDatabase.open(memory_limit="1GB", master=master) as database:
        links = by_tokens(reports, database)
        held = b"".join(
            each.read_bytes() for each in Path(folder).rglob("*") if each.is_file() and ".jar" not in each.name
        )
    tokens = reports.tokens.column("token").to_pylist()
    clear = sum((each if isinstance(each, bytes) else each.encode()) in held for each in tokens[::20])
    print(json.dumps({"links": links, "aside": len(held), "clear": clear}))


if __name__ == "__main__":
    main(*sys.argv[1:])
