"""From a store's tokens to persons, and nothing imported that linking does not need: what `linking_scale` measures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.engines.duckdb import Engine
from exchange.merge.components import components
from exchange.merge.linking.compared import Compared, Releases
from exchange.merge.linking.linking import Links, link_tokens
from exchange.merge.linking.model import ASK, LINK

if TYPE_CHECKING:
    from splink import SettingsCreator

Column = np.ndarray[Any, Any]


def persons(reports: pa.Table, tokens: pa.Table, folder: Path | None = None, releases: Releases = ()) -> Column:
    """For every report the number of its person; into `folder` what a store keeps for when more comes."""
    links = link_tokens(reports, tokens, ASK, releases=releases)
    if folder is not None:
        (folder / "compared").write_bytes(links.compared.to_bytes())
    return _persons(links, reports.num_rows)


def persons_with_more(folder: Path, reports: pa.Table, tokens: pa.Table, releases: Releases) -> Column:
    """The same of all reports, where only those whose `tokens` these are were not compared before; what was added is
    kept beside what was there."""
    with Engine.open() as engine:
        kept = Compared.of_parts([(folder / "compared").read_bytes()], engine.name)
        before = None if kept is None else kept.among(releases, engine.name)
        if before is None:
            raise RuntimeError("what was kept does not hold")
        links = link_tokens(reports, tokens, ASK, engine, releases, before)
    if links.added is None:
        raise RuntimeError("everything was compared again")
    (folder / "added").write_bytes(links.added.to_bytes())
    return _persons(links, reports.num_rows)


def _persons(links: Links, count: int) -> Column:
    pairs = links.pairs.filter(pc.greater_equal(links.pairs.column("probability"), LINK))
    left, right = (np.asarray(pairs.column(side), dtype=np.int64) for side in ("left", "right"))
    return components(count, left, right)


def splink_settings() -> SettingsCreator:
    """Our comparisons of tokens and our rules, that two are compared who share a token, as splink takes them."""
    from splink.blocking_rule_library import CustomRule

    from exchange.merge.linking.comparing import settings
    from exchange.merge.linking.token_model import COMPARISONS, KINDS, columns

    ours: SettingsCreator = settings(COMPARISONS)
    pairs = ((left, right) for kind in KINDS for left in columns(kind) for right in columns(kind))
    ours.blocking_rules_to_generate_predictions = [CustomRule(f"l.{left} = r.{right}") for left, right in pairs]
    ours.retain_intermediate_calculation_columns = False
    return ours
