"""An export says what it could not hold, and it says so truly: of every leaf of an agreement, either turning it changes
the document, or the leaf is lost and turning it changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache

import pytest
from agreements.example import agreement
from agreements.opposites import dump as dumped
from agreements.opposites import full, places, turned

from exchange.agreements.agreement import Agreement
from exchange.agreements.amendment import NAMED_BY
from exchange.agreements.shape import Path
from exchange.exports.dpv import as_dpv
from exchange.exports.exported import Exported, export
from exchange.exports.frictionless import table_schema, tier_schema
from exchange.exports.odrl import as_odrl

WHOLE: dict[str, Callable[[Agreement], Exported]] = {"dictionary": table_schema, "odrl": as_odrl, "dpv": as_dpv}
TIERS: dict[str, Callable[[Agreement], Exported]] = {
    tier: lambda document, tier=tier: tier_schema(document, tier)  # type: ignore[misc]  # bound early
    for tier in ("task-force", "case-coordination")
}
EVERY = {**WHOLE, **TIERS}
MOST = 2  # places of a leaf that are turned, spread over all


@cache
def turns() -> tuple[tuple[Path, str, Agreement], ...]:
    """One leaf otherwise at a time: where, its path in the format, the agreement that comes of it."""
    by_leaf: dict[str, list[Path]] = {}
    for path, leaf, _value in places(dumped(full())):
        by_leaf.setdefault(leaf, []).append(path)
    found = []
    for leaf, paths in by_leaf.items():
        for path in paths[:: max(1, len(paths) // MOST)]:
            other = turned(full(), path)
            if other is not None and any(party.role == "sender" for party in other.parties):
                found.append((path, leaf, other))
    return tuple(found)


def said(make: Callable[[Agreement], Exported], document: Agreement) -> str:
    """The export without the digest, which every change of every clause changes."""
    try:
        return json.dumps(make(document).document).replace(document.digest, "")
    except KeyError as error:
        return f"names what is not there: {error}"


def is_lost(lost: tuple[str, ...], path: Path, leaf: str) -> bool:
    parts, steps = leaf.split("."), named(path)
    above = {".".join(parts[:at]) for at in range(1, len(parts) + 1)}
    there = {".".join(steps[:at]) for at in range(1, len(steps) + 1)}
    return bool((above | there) & set(lost))


def named(path: Path) -> list[str]:
    steps: list[str] = []
    place = dumped(full())
    for step in path:
        place = place[step]
        name = NAMED_BY.get(".".join(steps))
        steps.append(str(place[name] if name is not None else step))
    return steps


@pytest.mark.parametrize("name", EVERY)
def test_a_leaf_that_is_not_lost_changes_the_export_when_it_is_turned(name: str) -> None:
    lost, before = EVERY[name](full()).lost, said(EVERY[name], full())
    silent = [
        path for path, leaf, other in turns() if not is_lost(lost, path, leaf) and said(EVERY[name], other) == before
    ]
    assert silent == []


@pytest.mark.parametrize("name", WHOLE)
def test_a_leaf_that_is_lost_changes_nothing_when_it_is_turned(name: str) -> None:
    lost, before = WHOLE[name](full()).lost, said(WHOLE[name], full())
    told = [path for path, leaf, other in turns() if is_lost(lost, path, leaf) and said(WHOLE[name], other) != before]
    assert told == []


def test_an_export_that_says_nothing_loses_everything() -> None:
    assert export(agreement(), lambda _heard: {}).lost == tuple(dumped(agreement()))


def test_what_is_lost_is_named_as_high_up_as_it_is_lost() -> None:
    made = export(
        agreement(),
        lambda heard: (
            {"title": heard.title.en, "key": heard.parties[1].key, "day": heard.delivery.due_day}
            | {"all": [party.name for party in heard.parties], "of": list(heard.retention["gt-ntt"].then)}
        ),
    )
    assert {"title.id", "parties.yks.key", "parties.*.named_users", "delivery.timezone", "breach"} <= set(made.lost)
    assert {"retention.*.keep_months", "retention.dinas-p3a", "delivery.channels"} <= set(made.lost)
    assert not {"title.en", "parties.gt-ntt.key", "parties.*.name", "delivery.due_day"} & set(made.lost)


def test_a_view_of_an_agreement_reads_like_the_agreement() -> None:
    def write(heard: Agreement) -> dict[str, object]:
        return {"from": heard.sender.id, "tier": heard.tier_of("gt-ntt").row_fields, "to": heard.party("io-id").name}

    document = agreement()
    assert export(document, write).document == write(document)


def test_each_vocabulary_holds_what_it_is_for() -> None:
    """What must never be lost, whatever else is."""
    for kept in ("purposes", "parties", "prohibited", "term", "retention", "onward"):
        assert kept not in as_odrl(agreement()).lost
    for kept in ("purposes", "legal_basis", "parties", "retention", "tiers", "security"):
        assert kept not in as_dpv(agreement()).lost
    assert not [each for each in table_schema(agreement()).lost if each.startswith("data.schema")]
