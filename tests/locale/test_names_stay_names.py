"""The last look lets pass what is an ordinary word, and takes the small-letter words of the catalogue for such. A name
that stood there in small letters would leave unseen, so none of those that are common stands there."""

from __future__ import annotations

import re

import pytest

from exchange.demo import names
from exchange.demo.names import NamePool
from exchange.locale.update import SOURCE

# Common in Indonesia, and none of them needed as a word in what this program says.
COMMON = (
    "agus ahmad ani ari asih ayu bagus bayu budi dewi dian dwi eka fitri galih gede hasan husin indra ita joko kadek "
    "ketut komang lestari lina maria mega mina muhammad nina nur nyoman putra putri putu rahmat ratna rina rini rizki "
    "sari sinta siti slamet sri surya susi tri tuti wahyu wati wayan wulan yani yanti yosef yuni"
)


def parts_of_names() -> set[str]:
    pools = [pool for pool in vars(names).values() if isinstance(pool, NamePool)]
    return {part.lower() for pool in pools for part in (*pool.women, *pool.men, *pool.second)}


@pytest.mark.parametrize("kind", ["of the demo", "common"])
def test_no_name_is_written_small_in_the_catalogue(kind: str) -> None:
    known = parts_of_names() if kind == "of the demo" else set(COMMON.split())
    words = set(re.findall(r"(?<![\w'’])[a-z]{2,}(?![\w'’])", SOURCE.read_text(encoding="utf-8")))
    assert len(known) > 50
    assert len(words) > 1000
    assert known & words == set()
