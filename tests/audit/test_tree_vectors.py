"""The tree against the vectors of transparency-dev/merkle: every happy path is accepted, everything else refused."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from exchange.audit.tree import verify_consistency, verify_inclusion
from exchange.errors import AuditError

VECTORS = Path(__file__).parents[2] / "../shared/vectors/merkle"
pytestmark = pytest.mark.skipif(not VECTORS.is_dir(), reason="the shared vectors are not beside this checkout")


def cases(kind: str) -> list[Any]:
    files = sorted((VECTORS / kind).rglob("*.json"))
    return [pytest.param(json.loads(file.read_text()), id=str(file.relative_to(VECTORS))) for file in files]


def hashes(encoded: list[str] | None) -> list[bytes]:
    return [b64decode(each) for each in encoded or []]


@pytest.mark.parametrize("case", cases("inclusion"))
def test_inclusion_vector(case: dict[str, Any]) -> None:
    def check() -> None:
        verify_inclusion(
            b64decode(case["leafHash"]),
            case["leafIdx"],
            case["treeSize"],
            hashes(case["proof"]),
            b64decode(case["root"]),
        )

    if not case["wantErr"]:
        return check()
    with pytest.raises(AuditError) as refused:
        check()
    assert refused.value.codes == ("audit.inclusion_unproven",)
    return None


@pytest.mark.parametrize("case", cases("consistency"))
def test_consistency_vector(case: dict[str, Any]) -> None:
    def check() -> None:
        verify_consistency(
            case["size1"], case["size2"], hashes(case["proof"]), b64decode(case["root1"]), b64decode(case["root2"])
        )

    if not case["wantErr"]:
        return check()
    with pytest.raises(AuditError) as refused:
        check()
    assert refused.value.codes == ("audit.inconsistent",)
    return None


def test_all_vectors_are_here() -> None:
    assert (len(cases("inclusion")), len(cases("consistency"))) == (98, 98)
