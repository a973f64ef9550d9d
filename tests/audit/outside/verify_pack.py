"""Checks an evidence pack with PyPI's tlog-scales, and nothing of ours, in the environment where that stands.

    python verify_pack.py PACK EARLIER-CHECKPOINT ENTRY

Says each thing that it has seen to be so; ends with status 1 and the first that is not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import Checkpoint


def main(pack: Path, earlier: Path, number: int) -> None:
    log, *_rest, witness = map(Vkey.from_string, (pack / "vkeys").read_text().split())
    reader = TilesReader(LocalBackend(pack))
    with seen("checkpoint"):
        head = reader.get_checkpoint()
        head.verify(log)
    with seen("earlier checkpoint"):
        before = Checkpoint.from_text(earlier.read_text())
        before.verify(log)
    with seen("cosignature"):
        head.verify(witness)
    with seen("inclusion"):
        proof = reader.get_inclusion_proof(number, head.size)
        proof.check(leaf_hash(reader.get_entry(number)), head.root_hash)
    with seen("consistency"):
        reader.get_consistency_proof(before.size, head.size).check(before.root_hash, head.root_hash)


@contextmanager
def seen(what: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # whatever it is, the tool does not take it
        print(f"{what}: refused")
        print(type(error).__name__, error, file=sys.stderr)
        raise SystemExit(1) from None
    print(f"{what}: seen")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
