"""Parties, keys, signatories, purposes, legal bases: does everyone who is named exist, and has each what it needs?"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.agreements.agreement import Agreement
from exchange.agreements.check_open import OPEN_KEY
from exchange.agreements.contradiction import Contradiction, absent, repeated
from exchange.agreements.shape import Path
from exchange.locale import _


def check_parties(agreement: Agreement) -> Iterator[Contradiction]:
    yield from _names(agreement)
    yield from _sender(agreement)
    yield from _keys(agreement)
    yield from _tiers(agreement)
    yield from _safeguards(agreement)
    yield from _signatories(agreement)
    yield from _named_parties(agreement)
    yield from _purposes(agreement)
    yield from _each_recipient(agreement)


def _names(agreement: Agreement) -> Iterator[Contradiction]:
    yield from repeated(
        [(party.id, ("parties", index, "id")) for index, party in enumerate(agreement.parties)]
        + [(each.id, ("audit", "auditors", index, "id")) for index, each in enumerate(agreement.audit.auditors)]
    )
    yield from repeated((each.id, ("purposes", index, "id")) for index, each in enumerate(agreement.purposes))
    yield from repeated((each.id, ("caveats", index, "id")) for index, each in enumerate(agreement.caveats))
    yield from repeated((each.act, ("prohibited", index, "act")) for index, each in enumerate(agreement.prohibited))


def _sender(agreement: Agreement) -> Iterator[Contradiction]:
    senders = sum(party.role == "sender" for party in agreement.parties)
    if senders != 1:
        hint = _("one agreement per sender")
        yield Contradiction("one_sender", ("parties",), _("there must be exactly one sender"), hint)


def _keys(agreement: Agreement) -> Iterator[Contradiction]:
    keys: list[tuple[str, Path]] = [
        *((party.key, ("parties", index, "key")) for index, party in enumerate(agreement.parties)),
        *((each.key, ("audit", "auditors", index, "key")) for index, each in enumerate(agreement.audit.auditors)),
    ]
    for index, (key, path) in enumerate(keys):
        if key == OPEN_KEY:
            hint = _("put the fingerprint that exchange card show prints")
            yield Contradiction("placeholder_key", path, _("the fingerprint is still to be filled in"), hint)
        elif key in (earlier for earlier, _path in keys[:index]):
            yield Contradiction("shared_key", path, _("another party has the same key"))


def _tiers(agreement: Agreement) -> Iterator[Contradiction]:
    named: list[tuple[str, Path]] = [
        (party.tier, ("parties", index, "tier")) for index, party in enumerate(agreement.parties) if party.tier
    ]
    yield from absent("unknown_tier", named, agreement.tiers, _("there is no tier {name}"))
    used = {tier for tier, _path in named}
    for tier in agreement.tiers:
        if tier not in used:
            yield Contradiction("unused_tier", ("tiers", tier), _("no recipient has this tier"))


def _safeguards(agreement: Agreement) -> Iterator[Contradiction]:
    """Data cross a border where the recipient is under another country's law, or under none: an international
    organisation has offices anywhere."""
    homes = {party.country for party in agreement.parties if party.role == "sender"}
    for index, party in enumerate(agreement.parties):
        path: Path = ("parties", index)
        abroad = party.country not in homes
        if party.role == "sender":
            if party.cross_border is not None:
                what = _("the sender receives nothing that could cross a border")
                yield Contradiction("sender_crosses_no_border", (*path, "cross_border"), what, _("leave it away"))
        elif party.cross_border is not None:
            yield from _safeguard(agreement, index, abroad=abroad)
        elif abroad:
            what = _("{party} is in another country, and no safeguard is named").format(party=party.id)
            yield Contradiction("no_safeguard", path, what, _("add cross_border"))
        elif party.kind == "international-organisation":
            what = _("{party} is an international organisation, and no safeguard is named").format(party=party.id)
            yield Contradiction("no_safeguard", path, what, _("add cross_border"))


def _safeguard(agreement: Agreement, index: int, *, abroad: bool) -> Iterator[Contradiction]:
    party, path = agreement.parties[index], ("parties", index, "cross_border")
    rule = party.cross_border
    if rule is None:
        return
    if abroad and party.country not in rule.countries:
        what = _("{party} is in {country}, and the data may not go there").format(party=party.id, country=party.country)
        yield Contradiction("own_country_not_named", (*path, "countries"), what, _("add its own country"))
    mine = {purpose.id for purpose in agreement.purposes if party.id in purpose.recipients}
    if party.role == "agent":  # it serves the purposes for which rows are linked
        mine = {name for tier in agreement.tiers.values() if tier.match is not None for name in tier.match.purposes}
    others = [each.purpose for each in agreement.legal_basis if each.purpose in mine and each.dpv != "Consent"]
    if rule.safeguard == "consent" and others:
        what = _("consent safeguards the data, but these purposes do not rest on consent: {purposes}")
        hint = _("name another safeguard, or rest them on consent")
        yield Contradiction(
            "safeguard_without_consent", (*path, "safeguard"), what.format(purposes=", ".join(others)), hint
        )


def _signatories(agreement: Agreement) -> Iterator[Contradiction]:
    named: list[tuple[str, Path]] = [
        (each.party, ("signatories", index, "party")) for index, each in enumerate(agreement.signatories)
    ]
    yield from repeated(named)
    yield from absent("unknown_party", named, _parties(agreement), _("there is no party {name}"))
    for party in agreement.parties:
        if party.id not in (name for name, _path in named):
            what = _("nobody signs for {party}").format(party=party.id)
            yield Contradiction("no_signatory", ("signatories",), what)


def _named_parties(agreement: Agreement) -> Iterator[Contradiction]:
    what = _("there is no party {name}")
    inspectors = (*_parties(agreement), *(each.id for each in agreement.audit.auditors))
    may_inspect = [(name, ("audit", "may_inspect", index)) for index, name in enumerate(agreement.audit.may_inspect)]
    yield from absent("unknown_party", may_inspect, inspectors, what)
    answering: list[tuple[str, Path]] = [
        (agreement.onward.approval_by, ("onward", "approval_by")),
        (agreement.rights_requests.answered_by, ("rights_requests", "answered_by")),
    ]
    yield from absent("unknown_party", answering, _parties(agreement), what)
    recipients = tuple(party.id for party in agreement.recipients)
    yield from absent("not_a_recipient", _recipients_named(agreement), recipients, _("{name} is no recipient"))


def _recipients_named(agreement: Agreement) -> Iterator[tuple[str, Path]]:
    for at, purpose in enumerate(agreement.purposes):
        yield from ((name, ("purposes", at, "recipients", index)) for index, name in enumerate(purpose.recipients))
    for at, prohibition in enumerate(agreement.prohibited):
        yield from ((name, ("prohibited", at, "except", name)) for name in prohibition.exception or {})
    yield from ((name, ("consent", "scope", name)) for name in agreement.consent.scope)
    yield from ((name, ("retention", name)) for name in agreement.retention)
    yield from ((name, ("feedback", "from", index)) for index, name in enumerate(agreement.feedback.senders))


def _purposes(agreement: Agreement) -> Iterator[Contradiction]:
    """One legal basis for every purpose."""
    purposes = [purpose.id for purpose in agreement.purposes]
    named: list[tuple[str, Path]] = [
        (basis.purpose, ("legal_basis", index, "purpose")) for index, basis in enumerate(agreement.legal_basis)
    ]
    yield from absent("unknown_purpose", named, purposes, _("there is no purpose {name}"))
    yield from repeated(named)
    for index, purpose in enumerate(purposes):
        if purpose not in (name for name, _path in named):
            what = _("the purpose {purpose} has no legal basis").format(purpose=purpose)
            yield Contradiction("no_legal_basis", ("purposes", index), what, _("add it under legal_basis"))


def _each_recipient(agreement: Agreement) -> Iterator[Contradiction]:
    served = {name for purpose in agreement.purposes for name in purpose.recipients}
    for index, party in enumerate(agreement.parties):
        if party.role != "recipient":
            continue
        if party.id not in served:
            what = _("{party} has no purpose").format(party=party.id)
            yield Contradiction("no_purpose", ("parties", index), what, _("name it under purposes"))
        if party.id not in agreement.consent.scope:
            what = _("no consent scope is said for {party}").format(party=party.id)
            yield Contradiction("no_consent_scope", ("consent", "scope"), what)
        if party.id not in agreement.retention:
            what = _("it is not said how long {party} keeps the data").format(party=party.id)
            yield Contradiction("no_retention", ("retention",), what)


def _parties(agreement: Agreement) -> tuple[str, ...]:
    return tuple(party.id for party in agreement.parties)
