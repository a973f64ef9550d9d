"""What pymerkle does with the same entries, in the environment of its own that `make bench-audit` gives it.

    python audit_peers.py PATH ENTRIES PROOFS

ENTRIES leaves of about the size of ours into its SQLite tree one by one, then proofs of inclusion made and checked.
Says one line of JSON: processor seconds of each.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib.metadata import version


def main(path: str, entries: int, proofs: int) -> None:
    from pymerkle import SqliteTree, verify_inclusion

    leaves = [os.urandom(200).hex().encode() for _number in range(entries)]
    tree = SqliteTree(path, algorithm="sha256")
    began = time.process_time()
    for leaf in leaves:
        tree.append_entry(leaf)
    appended = time.process_time()
    root = tree.get_root()
    rooted = time.process_time()
    made = [tree.prove_inclusion(number % entries + 1) for number in range(proofs)]
    proved = time.process_time()
    for number, proof in enumerate(made):
        verify_inclusion(tree.get_leaf(number % entries + 1), root, proof)
    checked = time.process_time()
    print(
        json.dumps(
            {
                "pymerkle": version("pymerkle"),
                "append": appended - began,
                "root": rooted - appended,
                "prove": proved - rooted,
                "check": checked - proved,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
