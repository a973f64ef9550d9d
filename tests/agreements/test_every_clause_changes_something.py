"""Every clause is obeyed or refused: each is turned to its opposite, and somebody notices.

For each leaf of the format the example is read with other values there, one at a time. One of two things holds:
what the clause steers comes out differently (`observers.BY_PLACE` says who must notice); or no other value can be
agreed on, because the format or the checks refuse it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice

import pytest
from agreements.example import agreement, changed
from agreements.observers import BY_PLACE, OBSERVERS
from agreements.opposites import all_turned, full, places, with_at
from agreements.opposites import dump as dumped
from pydantic import ValidationError

from exchange.agreements.agreement import Agreement
from exchange.agreements.obeyed import obeyed_by
from exchange.agreements.reading import read_agreement
from exchange.agreements.shape import leaves

LEAVES = leaves(Agreement)
IN_THE_EXAMPLE = {leaf for _path, leaf, _value in places(dumped(agreement()))}
MOST = 24  # variants that are looked at, spread over all places of the leaf
# Clauses that only matter where another one is otherwise than in the example.
WHERE = {
    "impact_assessment.required": ("{required: true, reference: DPIA-2026-02, date: 2026-08-20}", "{required: false}"),
}


@cache
def start(leaf: str) -> Agreement:
    if leaf in WHERE:
        return read_agreement(changed(WHERE[leaf]), "dsa.yaml")
    return agreement() if leaf in IN_THE_EXAMPLE else full()


@cache
def seen(observer: str, document: str) -> str:
    return OBSERVERS[observer](Agreement.model_validate_json(document))


def noticed(observer: str, one: Agreement, other: Agreement) -> bool:
    return seen(observer, as_json(one)) != OBSERVERS[observer](other)


def as_json(document: Agreement) -> str:
    return document.model_dump_json(by_alias=True, exclude_none=True)


def variants(leaf: str) -> Iterator[Agreement]:
    return islice(all_turned(start(leaf), leaf), MOST)


def outcome(leaf: str) -> str:
    """Who notices that the leaf is otherwise: an observer, "refused", "one value", or nobody."""
    others = refused = 0
    observers = BY_PLACE[obeyed_by(leaf) or ""]
    for each in variants(leaf):
        others += 1
        if noticed("checked", start(leaf), each):
            refused += 1
            continue
        for observer in observers:
            if observer != "checked" and noticed(observer, start(leaf), each):
                return observer
    return "refused" if refused else "nobody" if others else "one value"


# No other value that was tried can be agreed on: it would name what is not there, or not hold together with the rest.
REFUSED = {
    "language.prevails", "language.also.*", "term.supersedes.version", "parties.*.id", "parties.*.jurisdiction",
    "parties.*.tier", "purposes.*.id", "purposes.*.recipients.*", "prohibited.*.act", "legal_basis.*.purpose",
    "impact_assessment.required", "impact_assessment.reference", "impact_assessment.date", "consent.fields.status",
    "consent.fields.scope", "consent.fields.given_on", "consent.fields.form", "consent.fields.evidence",
    "consent.fields.adult", "consent.deceased.field", "data.period.field", "data.age.from", "data.age.on",
    "data.household", "data.schema.primaryKey.*", "data.schema.missingValues.*.label", "data.schema.fields.*.name",
    "data.schema.fields.*.x-class", "tiers.*.release.*.for.*", "tiers.*.release.*.rule", "tiers.*.release.*.ladder",
    "tiers.*.match.for.*", "tiers.*.match.strength", "tiers.*.match.via", "parties.*.role",
    "tiers.*.protect.output.*", "tiers.*.protect.method", "tiers.*.protect.if_not_met.*", "tiers.*.protect.tables.from",
    "signatories.*.party", "rights_requests.answered_by",
    "onward.approval_by", "audit.auditors.*.id",
}  # fmt: skip
# The format knows one value, or none that goes with the keys beside it.
ONE_VALUE = {
    "agreement", "term.on_end.stop_sending", "consent.minors.unknown_age", "consent.unknown",
    "consent.withdrawal.personal_data_tiers", "consent.withdrawal.gated_tiers", "consent.withdrawal.certificate",
    "tiers.*.protect.tables.secondary_suppression", "delivery.corrections", "security.at_rest", "security.access",
    "urgent.only", "urgent.released_by", "compelled_disclosure.tell_sender", "compelled_disclosure.give",
    "breach.survivors_told",
    "retention.*.from", "retention.*.then", "onward.default", "onward.publish.only",
}  # fmt: skip


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_clause_that_is_turned_round_is_noticed(leaf: str) -> None:
    found = outcome(leaf)
    assert found != "nobody"
    assert found != "refused" or leaf in REFUSED
    assert (found == "one value") == (leaf in ONE_VALUE)


@pytest.mark.parametrize("leaf", sorted(ONE_VALUE))
def test_a_clause_with_one_value_takes_no_other(leaf: str) -> None:
    document = dumped(start(leaf))
    for path, each, _value in list(places(document)):
        if each == leaf:
            with pytest.raises(ValidationError):
                Agreement.model_validate(with_at(document, path, "another"))


@pytest.mark.parametrize("observer", OBSERVERS)
def test_nobody_notices_what_nobody_obeys(observer: str) -> None:
    """The control: the digest alone, which every change changes, is no outcome; nor is an order that means nothing."""
    other = read_agreement(changed(("may_inspect: [yks, gt-ntt,", "may_inspect: [gt-ntt, yks,")), "dsa.yaml")
    assert other.digest != agreement().digest
    assert not noticed(observer, agreement(), other)


def test_another_party_that_answers_requests_is_noticed() -> None:
    other = read_agreement(changed(("answered_by: yks", "answered_by: gt-ntt")), "dsa.yaml")
    assert not noticed("checked", agreement(), other)
    assert noticed("duties", agreement(), other)


def test_most_clauses_are_seen_at_work() -> None:
    """Figures of the day on which this was written; more is better."""
    assert len(LEAVES) >= 183
    assert len(REFUSED) + len(ONE_VALUE) <= 63
