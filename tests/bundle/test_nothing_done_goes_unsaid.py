"""Whatever the steps did to the data is told by a caveat or a line of the metadata. The accounts are walked, one by
one, and nothing in them may be new to this test."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

import pytest
from agent.county import with_agent
from bundle.months import (
    AGREEMENT,
    DEMO,
    FREE,
    TIERS,
    ByHand,
    by_hand,
    counts,
    described,
    month,
    permit,
    release,
    released,
    spread,
)

from exchange.agreements.period import Period
from exchange.agreements.permit import Permit
from exchange.agreements.reading import read_agreement
from exchange.agreements.tiers import Mask
from exchange.bundle.caveats.kinds import CaveatCode
from exchange.bundle.metadata import Metadata
from exchange.protect.protected import Account, Across, Against, Protected
from exchange.redact.redacted import Change, Masks

# What tells of each figure of the account, where it is not at rest; "" says why nobody outside may know.
TOLD_BY: dict[str, tuple[str, ...]] = {
    "rows_in": (),  # beside rows_out it would count those left out
    "rows_out": (),  # the rows themselves, or caveat no_rows
    "over": ("protection.over",),
    "k_asked": ("protection.k_asked",),
    "k_reached": ("protection.k_reached",),
    "gate": ("no_rows", "k_measured", "protection.k_reached"),
    "cells_withheld": ("cells_withheld", "protection.cells_withheld"),
    "rows_withheld": ("rows_withheld",),
    "unique_rows": ("k_measured",),
    "table_cells_withheld": ("table_cells_withheld", "protection.table_cells_withheld"),
    "before": (),  # the risk among rows that did not leave
    "after": ("protection.k_reached",),
    "against": ("changed_rows", "few_left_out", "protection.against"),
    "across": ("across_releases",),  # behind a gate that it is asked, always; else how many are exposed
}
SAYING = {
    "generalise": "coarser", "round": "coarser", "top_code": "coarser", "bottom_code": "coarser",
    "map": "recoded", "mask": "masked", "row_key": "row_keys",
    "pseudonymise": "pseudonyms", "drop": "fields_not_shared", "scrub": "scrubbed",
}  # fmt: skip


def codes(metadata: Metadata) -> set[str]:
    return {caveat.code for caveat in metadata.caveats}


def text_of(metadata: Metadata, code: str) -> str:
    return next((caveat.text.en for caveat in metadata.caveats if caveat.code == code), "")


def unsaid(protected: Protected, metadata: Metadata) -> list[str]:
    """Everything in the accounts of which the metadata say nothing."""
    fields = [change.field for change in protected.changes if not told(change, protected, metadata)]
    return fields + [name for name, happened, said in figures(protected, metadata) if happened and not said]


def told(change: Change, protected: Protected, metadata: Metadata) -> bool:
    if change.masks is not None:
        masks = [dict(each.masks) for each in metadata.scrubbed if each.field == change.field]
        if masks != [dict(change.masks.by_kind)] or "scrubbed" not in codes(metadata):
            return False
    story = next((field for field in metadata.fields if field.name == change.field), None)
    if story is None or (story.rule, story.level) != (change.rule, change.level):
        return False
    label = protected.permit.agreement.data.field(change.field).label
    return change.rule == "keep" or label in text_of(metadata, SAYING[change.rule])


def figures(protected: Protected, metadata: Metadata) -> Iterator[tuple[str, bool, bool]]:
    """What each figure is called, whether something happened, whether it is said."""
    account, protection, said = protected.account, metadata.protection, codes(metadata)
    rows_agreed = "rows" in protected.permit.tier.protect.output
    for name in ("k_asked", "k_reached", "over"):
        yield name, True, getattr(account, name) == getattr(protection, name)
    yield "cells_withheld", True, dict(account.cells_withheld) == protection.cells_withheld
    yield "cells_withheld", bool(account.cells_withheld), "cells_withheld" in said
    withheld = account.table_cells_withheld
    yield "table_cells_withheld", withheld > 0, str(withheld) in text_of(metadata, "table_cells_withheld")
    yield "rows_withheld", account.rows_withheld > 0, "rows_withheld" in said
    measured = account.gate == "reported" and account.rows_out > 0
    yield "unique_rows", measured, str(account.unique_rows) in text_of(metadata, "k_measured")
    yield "gate", rows_agreed and not account.rows_out, "no_rows" in said
    yield "held_back_total", account.rows_out > 0 and protected.held_back_total > 0, "consent_gap" in said
    yield "late_entries", account.rows_out > 0 and protected.late_entries > 0, "late_entries" in said
    agreed = protected.permit.tier.match
    yield "links", agreed is not None and agreed.via == "agent", metadata.linking is None and "links" in said
    yield "match", protected.match is not None, metadata.linking is not None and "tokens" in said
    yield "late", protected.permit.late, "sent_late" in said
    yield "replaces", protected.permit.replaces is not None, "correction" in said and metadata.replaces is not None
    against = account.against
    yield "against", against is not None, protection.against is not None
    yield "against", against is not None and rows_agreed, "changed_rows" in said
    gated = protected.permit.tier.protect.across_releases == "gate"
    yield "against", against is not None and gated, "few_left_out" in said
    across = account.across
    yield "across", gated, "across_releases" in said
    exposed = across is not None and across.exposed + across.cells > 0
    yield "across", exposed and not gated, str(across and across.exposed) in text_of(metadata, "across_releases")
    yield "left_out", bool(protected.permit.left_out), "months_left_out" in said


def test_every_figure_of_the_account_is_known_to_this_test() -> None:
    assert {field.name for field in dataclasses.fields(Account)} == TOLD_BY.keys()
    assert {field.name for field in dataclasses.fields(Protected)} == {
        "permit", "rows", "tokens", "match", "tables", "account", "changes", "held_back_total", "considered",
        "late_entries", "counted", "shown",
    }  # fmt: skip


@pytest.mark.parametrize("recipient", TIERS)
@pytest.mark.parametrize(("cso", "name"), [("yks", "2026-09"), ("rpk", "2026-10"), ("jkm", "2026-09")])
def test_nothing_of_a_month_of_the_demo_goes_unsaid(recipient: str, cso: str, name: str) -> None:
    protected = released(recipient, cso, name)
    _bundle, metadata = described(protected)
    assert unsaid(protected, metadata) == []


def test_the_agreements_own_caveats_come_first_and_whole() -> None:
    _bundle, metadata = described(released("gt-ntt"))
    assert [(each.code, each.text) for each in metadata.caveats[:3]] == [(c.id, c.text) for c in AGREEMENT.caveats]


def test_every_kind_of_caveat_can_be_provoked() -> None:
    seen = {code for recipient in TIERS for code in codes(described(released(recipient))[1])}
    seen |= codes(described(released("gt-ntt", "jkm", "2026-10"))[1])
    seen |= {code for one in PROVOKED for code in codes(described(one())[1])}
    assert set(CaveatCode.__args__) <= seen  # type: ignore[attr-defined]  # Literal


def rows_left_out() -> Protected:
    made = by_hand(ByHand(FREE, "io-id", spread("io-id", ["a"], FREE)), rows_withheld=3)
    return dataclasses.replace(made, late_entries=2)


def masked_late_and_corrected() -> Protected:
    tier = AGREEMENT.tiers["case-coordination"]
    mask = Mask.model_validate({"rule": "mask", "keep_last": 2, "for": ["coordination"]})
    changed = tier.model_copy(update={"release": {**tier.release, "cas_ReferringOrganisation": mask}})
    agreement = AGREEMENT.model_copy(update={"tiers": {**AGREEMENT.tiers, "case-coordination": changed}})
    leave = permit("io-id", "2026-10", agreement, replaces="0" * 32, late=True)
    return by_hand(ByHand(agreement, "io-id", spread("io-id", ["***x"], agreement)), leave=leave)


def scrubbed_notes() -> Protected:
    made = by_hand(ByHand(FREE, "io-id", spread("io-id", ["a"], FREE)))
    masks = Masks(notes=3, by_kind=(("name", 4), ("word", 1)), kept=2)
    return dataclasses.replace(made, changes=(dataclasses.replace(made.changes[0], masks=masks), *made.changes[1:]))


def quarter_that_began_before_the_agreement() -> Protected:
    leave = Permit(AGREEMENT, AGREEMENT.party("dinas-p3a"), Period.read("2026-Q3"), dt.date(2026, 10, 5))
    table = counts(("x_OriginRegency",), (("53.01",), 7), (("*",), 7))
    return by_hand(ByHand(AGREEMENT, "dinas-p3a", None, (table,)), leave=leave, gate="no_rows_agreed")


def corrected_behind_a_gate() -> Protected:
    leave = permit("gt-ntt", "2026-10", replaces="0" * 32)
    made = by_hand(ByHand(AGREEMENT, "gt-ntt", spread("gt-ntt", ["a"] * 5)), leave=leave, gate="met")
    return dataclasses.replace(made, account=dataclasses.replace(made.account, against=Against(0, 0, 5, 1, 2, 4)))


def exposed_over_months() -> Protected:
    made = by_hand(ByHand(FREE, "io-id", spread("io-id", ["a"] * 5, FREE)))
    across = Across(bundles=3, again=40, few=4, pinned=2, moved=0, exposed=5, cells=0)
    return dataclasses.replace(made, account=dataclasses.replace(made.account, across=across))


def linked_through_an_agent() -> Protected:
    agreement = read_agreement(with_agent((DEMO / "dsa-ntt.yaml").read_text(encoding="utf-8")), "dsa.yaml")
    made = release(month("yks", "2026-09", 20), permit("io-id", "2026-09", agreement))
    assert made.tokens == ()
    return made


PROVOKED = (
    linked_through_an_agent,
    exposed_over_months,
    corrected_behind_a_gate,
    rows_left_out,
    masked_late_and_corrected,
    scrubbed_notes,
    quarter_that_began_before_the_agreement,
)


@pytest.mark.parametrize("make", PROVOKED)
def test_nothing_of_a_release_made_by_hand_goes_unsaid(make) -> None:  # type: ignore[no-untyped-def]  # a function
    protected = make()
    assert unsaid(protected, described(protected)[1]) == []


def test_months_outside_the_agreement_are_named_and_the_days_covered_are_true() -> None:
    _bundle, metadata = described(quarter_that_began_before_the_agreement())
    assert "2026-07, 2026-08" in text_of(metadata, "months_left_out")
    assert (metadata.covers.first, metadata.covers.last) == (dt.date(2026, 9, 1), dt.date(2026, 9, 30))


def test_a_month_in_which_one_was_held_back_says_what_a_month_without_any_says() -> None:
    protected = released("io-id")
    told = [
        text_of(described(dataclasses.replace(protected, held_back_total=held))[1], "consent_gap") for held in (0, 1)
    ]
    assert protected.considered > 20
    assert told[0] == told[1] != ""


def test_those_held_back_are_told_in_a_band_and_never_counted() -> None:
    protected = released("gt-ntt")
    bundle, metadata = described(protected)
    caveat = next(each for each in metadata.caveats if each.code == "consent_gap")
    assert caveat.figure == "a_fifth_to_a_third"
    assert not any(character.isdigit() for character in caveat.text.en + caveat.text.id)
    assert bundle.members
