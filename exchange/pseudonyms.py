"""The sender's register of pseudonyms: by which word each recipient knows which case, as long as it holds the data.

Locked with our identity, apart from the data. It keeps a random pseudonym the same from month to month, holds the words
that people chose, tells a withdrawal what to name, and leads back (`exchange.leading_back`). Every line is noted before
the bundle can leave, and forgotten once its recipient must have certified that it destroyed what it got.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, TypeAdapter

from exchange.agreements.agreement import Agreement
from exchange.agreements.tiers import Pseudonymise
from exchange.errors import DisclosureError, Problem
from exchange.extracts.references import as_compared
from exchange.locale import _
from exchange.office import Office
from exchange.redact.given import Given, StandIn
from exchange.redact.keys import RedactKeys, redact_keys
from exchange.redact.pseudonymise import pseudonym_of
from exchange.registers import case_key
from exchange.remembering import destroyed_before


class Led(BaseModel):
    """One pseudonym, for one recipient under one agreement. `case`: whose it is; "" for a field, such as the household,
    from which nothing leads back. `given`: when last; None for a chosen one that was not given yet. `keyed`: in the
    place of which keyed pseudonym it stands; "" where it is one itself. `chosen`: when the person chose it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agreement: str
    recipient: str
    pseudonym: str
    case: str
    given: dt.datetime | None
    keyed: str = ""
    chosen: dt.datetime | None = None

    def is_for(self, agreement: Agreement, recipient: str) -> bool:
        return (self.agreement, self.recipient) == (agreement.id, recipient)


_REGISTER: TypeAdapter[tuple[Led, ...]] = TypeAdapter(tuple[Led, ...])


def register(office: Office) -> tuple[Led, ...]:
    """Every line, in the order in which they were noted: of two that stand for the same, the later one counts."""
    return _REGISTER.validate_json(office.load_register(office.workspace.pseudonyms_file) or b"[]")


def keep(office: Office, lines: Iterable[Led]) -> None:
    """Keep exactly these."""
    office.save_register(office.workspace.pseudonyms_file, _REGISTER.dump_json(tuple(lines)))


# --- for redacting, and after it ---


def keys_for(office: Office, agreement: Agreement, recipient: str, cases: Iterable[str] = ()) -> RedactKeys:
    """What redacting for one recipient needs, the register's pseudonyms with it where its tier gives any that no key
    makes. DisclosureError `pseudonyms.lost`: one of `cases` was sent before, and the register does not know as what."""
    secret = office.identity.key_for("pseudonyms")
    rules = agreement.tier_of(recipient).release.values()
    if all(rule.kind == "keyed" for rule in rules if isinstance(rule, Pseudonymise)):
        return redact_keys(secret, agreement.id, recipient)
    lines = register(office)
    _refuse_lost(office, agreement, recipient, lines, cases)
    return redact_keys(secret, agreement.id, recipient, _given(lines, agreement, recipient))


def keep_pseudonyms(
    office: Office, agreement: Agreement, recipient: str, cases: Iterable[str], stand_ins: Iterable[StandIn] = ()
) -> None:
    """Note under which pseudonyms these cases go to a recipient, and what else stands in for a value.
    DisclosureError `redact.randomness`, where a random one is another's already."""
    keys = redact_keys(office.identity.key_for("pseudonyms"), agreement.id, recipient)
    lines = {(each.agreement, each.recipient, each.pseudonym): each for each in register(office)}
    for led in _leaving(office, agreement, keys, cases, stand_ins):
        place = (led.agreement, led.recipient, led.pseudonym)
        known = lines.get(place)
        if known is None and led.keyed:
            _refuse_repeated(led, lines.values())
        lines[place] = led if known is None else known.model_copy(update={"given": led.given})
    if key_rule(agreement, recipient) or stand_ins:
        keep(office, (each for each in lines.values() if not _is_over(office, agreement, each)))


def _leaving(
    office: Office, agreement: Agreement, keys: RedactKeys, cases: Iterable[str], stand_ins: Iterable[StandIn]
) -> Iterable[Led]:
    def led(pseudonym: str, case: str, keyed: str = "") -> Led:
        return Led(
            agreement=agreement.id,
            recipient=keys.recipient,
            pseudonym=pseudonym,
            case=case,
            given=office.now,
            keyed=keyed,
        )

    others = {each.keyed: each for each in stand_ins}
    rule = key_rule(agreement, keys.recipient)
    for case in cases if rule else ():
        keyed = pseudonym_of(keys, agreement.data.key, case, rule.epoch if rule else "")
        other = others.pop(keyed, None)
        yield led(keyed, case) if other is None else led(other.pseudonym, case, keyed)
    for each in others.values():
        if each.field != agreement.data.key:
            yield led(each.pseudonym, "", each.keyed)


def _refuse_repeated(new: Led, lines: Iterable[Led]) -> None:
    if any(each.pseudonym == new.pseudonym for each in lines):
        raise DisclosureError(Problem("redact.randomness", _("the system's random numbers repeat")))


def _given(lines: Iterable[Led], agreement: Agreement, recipient: str) -> Given:
    every = tuple(lines)
    ours = [each for each in every if each.is_for(agreement, recipient) and each.keyed]
    return Given(
        random={each.keyed: each.pseudonym for each in ours if each.chosen is None},
        chosen={each.keyed: each.pseudonym for each in ours if each.chosen is not None},
        taken=frozenset(each.pseudonym for each in every),
    )


def _refuse_lost(
    office: Office, agreement: Agreement, recipient: str, lines: Iterable[Led], cases: Iterable[str]
) -> None:
    """A register that was lost would give everybody a second pseudonym: nobody could be named any more in a
    withdrawal, and each would count twice. What went out before pseudonyms were agreed has none, rightly."""
    known = {as_compared(each.case) for each in lines if each.is_for(agreement, recipient)}
    marks = [case_key(office, agreement.id, recipient, case) for case in cases if as_compared(case) not in known]
    since = destroyed_before(office, agreement, recipient)
    for release in office.workspace.releases.current(agreement.id, recipient):
        version = office.workspace.by_reference(release.agreement)
        gave = version is not None and key_rule(version.agreement, recipient) is not None
        if gave and release.created >= since and office.workspace.releases.holds_any(release.bundle, marks):
            what = _("cases went to this recipient under pseudonyms that the register does not hold any more")
            hint = _("restore pseudonyms.box from a copy; without it nothing may leave")
            raise DisclosureError(Problem("pseudonyms.lost", what, where=recipient, hint=hint))


# --- who knows whom as what ---


def key_rule(agreement: Agreement, recipient: str) -> Pseudonymise | None:
    """How the recipient knows cases by a pseudonym; None where it does not."""
    if recipient not in {party.id for party in agreement.recipients}:
        return None
    rule = agreement.tier_of(recipient).release.get(agreement.data.key)
    return rule if isinstance(rule, Pseudonymise) else None


def known_as(office: Office, agreement: Agreement, recipient: str, case: str) -> tuple[str, ...]:
    """Every pseudonym by which a recipient knows a case: today's first, then earlier ones, the newest first."""
    same = as_compared(case)
    lines = [each for each in register(office) if each.is_for(agreement, recipient) and as_compared(each.case) == same]
    given = [(each.given, at, each.pseudonym) for at, each in enumerate(lines) if each.given is not None]
    names = [name for _given, _at, name in sorted(given, reverse=True)]
    rule = key_rule(agreement, recipient)
    if rule is None or rule.kind == "keyed" or not names:
        keys = redact_keys(office.identity.key_for("pseudonyms"), agreement.id, recipient)
        names.insert(0, pseudonym_of(keys, agreement.data.key, case, rule.epoch if rule else "1"))
    return tuple(dict.fromkeys(names))


def _is_over(office: Office, agreement: Agreement, led: Led) -> bool:
    """Another agreement's are left alone: its own packing forgets them."""
    if led.agreement != agreement.id or led.recipient not in agreement.retention:
        return False
    last = led.given or led.chosen
    return last is not None and last < destroyed_before(office, agreement, led.recipient)
