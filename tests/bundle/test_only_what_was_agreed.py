"""A sender can describe anything in words that agree with each other: what came is compared with the agreement too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from bundle.months import AGREEMENT, TIERS, bundle_of

from exchange.bundle.agreed import check_agreed, check_metadata_agreed
from exchange.bundle.contents import Contents, read_contents
from exchange.bundle.metadata import Metadata, Terms
from exchange.bundle.parcel import Member
from exchange.errors import BundleError
from exchange.protect.protected import Cell, ReleasedTable


def came(recipient: str = "gt-ntt") -> Contents:
    return read_contents(bundle_of(recipient))


def saying(contents: Contents, **other: object) -> Contents:
    return replace(contents, metadata=contents.metadata.model_copy(update=other))


def codes(contents: Contents, recipient: str = "gt-ntt") -> set[str]:
    with pytest.raises(BundleError) as refused:
        check_agreed(contents, AGREEMENT, recipient)
    return set(refused.value.codes)


@pytest.mark.parametrize("recipient", TIERS)
def test_what_was_agreed_is_accepted(recipient: str) -> None:
    check_agreed(came(recipient), AGREEMENT, recipient)


# --- what it says ---

OTHER: dict[str, Any] = {
    "keeping": came().metadata.keeping.model_copy(update={"months_after_receipt": 1200}),
    "country": "SG",
    "passing_on": came().metadata.passing_on.model_copy(update={"min_cell": 2}),
    "recipient": came().metadata.recipient.model_copy(update={"contact": "nobody@example.org"}),
    "dating": came().metadata.dating.model_copy(update={"late_entries_days": 1}),
    "identification": came().metadata.identification.model_copy(update={"tool": "another"}),
    "cross_border": came("io-id").metadata.cross_border,
}


@pytest.mark.parametrize("name", Terms.model_fields)
def test_terms_that_are_not_those_of_the_agreement_are_refused(name: str) -> None:
    was = getattr(came().metadata, name)
    other = OTHER.get(name, () if isinstance(was, tuple) else came().metadata.caveats[0].text)
    assert other != was
    changed = saying(came(), **{name: other})
    assert codes(changed) == {"receive.other_terms"}
    with pytest.raises(BundleError):
        check_metadata_agreed(changed.metadata, AGREEMENT, "gt-ntt")


@pytest.mark.parametrize("at", range(len(AGREEMENT.caveats)))
def test_a_caveat_of_the_agreement_that_is_left_out_or_changed_is_refused(at: int) -> None:
    told = came().metadata.caveats
    softer = told[at].model_copy(update={"text": AGREEMENT.title})
    for other in ((*told[:at], *told[at + 1 :]), (*told[:at], softer, *told[at + 1 :])):
        assert codes(saying(came(), caveats=other)) == {"receive.other_terms"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("rule", "keep"), ("label", "Nama"), ("description", "x"), ("kind", "control"), ("place", "nowhere"),
     ("purposes", ("investigation",))],
)  # fmt: skip
def test_fields_described_otherwise_are_refused(name: str, value: object) -> None:
    told = came().metadata.fields
    at = next(at for at, field in enumerate(told) if field.rule == "generalise")
    changed = (*told[:at], told[at].model_copy(update={name: value}), *told[at + 1 :])
    assert codes(saying(came(), fields=changed)) == {"receive.other_terms"}
    assert codes(saying(came(), fields=told[1:])) == {"receive.other_terms"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("over", ()), ("k_asked", 50), ("k_asked", None), ("treated_as", "statistics"), ("min_cell", 1), ("diversity", {}),
     ("households", 1)],
)  # fmt: skip
def test_another_protection_than_was_agreed_is_refused(name: str, value: object) -> None:
    other = came().metadata.protection.model_copy(update={name: value})
    assert other != came().metadata.protection
    assert "receive.other_terms" in codes(saying(came(), protection=other))


@pytest.mark.parametrize("tongue", ["id", "en"])
def test_a_page_without_a_language_of_the_agreement_is_refused(tongue: str) -> None:
    def without(member: Member) -> Member:
        there = f'<section id="{tongue}"'.encode()
        return replace(member, content=member.content.replace(there, b"<section"))

    contents = came()
    members = tuple(map(without, contents.bundle.members))
    assert codes(replace(contents, bundle=replace(contents.bundle, members=members))) == {"receive.other_terms"}


# --- what it keeps ---


def test_a_row_without_look_alikes_is_refused_whatever_the_metadata_say() -> None:
    """Over no field everybody looks alike: it is the agreement that says over which."""
    contents = came()
    assert contents.rows is not None
    column = contents.rows["prs_Gender"].to_pylist()
    alone = pa.array(["NonConforming", *column[1:]], pa.string()).dictionary_encode()
    at = contents.rows.column_names.index("prs_Gender")
    rows = contents.rows.set_column(at, "prs_Gender", alone)
    assert "protect.group_below_k" in codes(replace(contents, rows=rows))


def test_a_group_in_which_one_code_is_nearly_everybodys_is_refused() -> None:
    contents = came()
    assert contents.rows is not None
    name = next(iter(contents.metadata.protection.diversity))
    at, value = contents.rows.column_names.index(name), contents.rows[name].to_pylist()[0]
    same = pa.array([value] * contents.rows.num_rows, pa.string()).dictionary_encode()
    assert codes(replace(contents, rows=contents.rows.set_column(at, name, same))) == {"protect.group_not_diverse"}


def test_a_count_smaller_than_any_that_was_agreed_is_refused() -> None:
    small = ReleasedTable(("x_OriginProvince",), (Cell(("53",), 1),))
    assert codes(replace(came(), tables=(small,))) == {"receive.count_below_min_cell"}


def test_everything_that_is_wrong_is_told_at_once() -> None:
    said: Metadata = came().metadata
    told = codes(replace(saying(came(), caveats=()), tables=(ReleasedTable(("x",), ()),)))
    assert told == {"receive.other_terms", "receive.fields_not_agreed"}
    assert said.caveats
