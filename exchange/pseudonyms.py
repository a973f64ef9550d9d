"""The sender's register of pseudonyms: by which word each recipient knows which case, as long as it holds the data.

Locked with our identity, apart from the data. It keeps a random pseudonym the same from month to month, holds the words
that people chose, tells a withdrawal what to name, and leads back (`exchange.leading_back`). Every line is noted before
the bundle can leave, and forgotten once its recipient must have certified that it destroyed what it got.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel, ConfigDict, TypeAdapter

from exchange.agreements.agreement import Agreement
from exchange.agreements.tiers import Pseudonymise
from exchange.errors import DisclosureError, Problem
from exchange.extracts.references import as_compared
from exchange.locale import _
from exchange.office import Office
from exchange.protect.releases.releases import Release
from exchange.redact.given import Given, StandIn
from exchange.redact.keys import RedactKeys, redact_keys
from exchange.redact.pseudonymise import pseudonym_of
from exchange.registers import case_key
from exchange.remembering import destroyed_before, is_lost


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
    return _REGISTER.validate_json(office.load_register(office.workspace.registers.pseudonyms_file) or b"[]")


def keep(office: Office, lines: Iterable[Led]) -> None:
    """Keep exactly these."""
    office.save_register(office.workspace.registers.pseudonyms_file, _REGISTER.dump_json(tuple(lines)))


# --- for redacting, and after it ---


def keys_for(office: Office, agreement: Agreement, recipient: str, cases: Iterable[str] = ()) -> RedactKeys:
    """What redacting for one recipient needs, the register's pseudonyms with it where its tier gives any that no key
    makes. DisclosureError `pseudonyms.lost`: one of `cases` was sent before, and the register does not know as what."""
    secret = office.identity.key_for("pseudonyms")
    if not _needs_register(agreement, recipient):
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
    known_lines = register(office)
    _refuse_repeated(known_lines, agreement, [(recipient, stand_ins)])
    lines = {(each.agreement, each.recipient, each.pseudonym): each for each in known_lines}
    for led in _leaving(office, agreement, keys, cases, stand_ins):
        place = (led.agreement, led.recipient, led.pseudonym)
        known = lines.get(place)
        lines[place] = led if known is None else known.model_copy(update={"given": led.given})
    if key_rule(agreement, recipient) or _needs_register(agreement, recipient):
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


def refuse_repeated(office: Office, agreement: Agreement, stand_ins: Iterable[tuple[str, Iterable[StandIn]]]) -> None:
    """DisclosureError `redact.randomness` where what was drawn for one of these recipients is another's already, or
    another's among them: each was drawn before any was noted."""
    _refuse_repeated(register(office), agreement, stand_ins)


def _refuse_repeated(
    lines: Iterable[Led], agreement: Agreement, stand_ins: Iterable[tuple[str, Iterable[StandIn]]]
) -> None:
    whose = {each.pseudonym: (each.agreement, each.recipient) for each in lines}
    for recipient, made in stand_ins:
        owner = (agreement.id, recipient)
        if any(whose.setdefault(each.pseudonym, owner) != owner for each in made):
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
    withdrawal, and each would count twice. What went out before pseudonyms were agreed has none, rightly. Where only
    another field has them, as the household, no line tells of whom: then the register must at least be there."""
    latest = _latest(each for each in lines if each.is_for(agreement, recipient))
    absent = not office.workspace.registers.pseudonyms_file.exists()
    went = tuple(dict.fromkeys(cases))
    for version, release in _still_held(office, agreement, recipient):
        if key_rule(version, recipient):
            nameless = [case for case in went if _is_missing(latest, case, release)]
        else:
            nameless = list(went) if absent and _needs_register(version, recipient) else []
        marks = (case_key(office, agreement.id, recipient, case) for case in nameless)
        if office.workspace.releases.holds_any(release.bundle, marks):
            raise _lost(recipient)


def _still_held(office: Office, agreement: Agreement, recipient: str) -> Iterator[tuple[Agreement, Release]]:
    """The releases that a recipient need not have destroyed yet, replaced ones too, each with the agreement as it was
    then."""
    since = destroyed_before(office, agreement, recipient)
    for release in office.workspace.releases.all_to(agreement.id, recipient):
        version = office.workspace.agreements.find(release.agreement)
        if version is not None and release.created >= since:
            yield version.agreement, release


def _latest(lines: Iterable[Led]) -> dict[str, dt.datetime]:
    """When each case was last given under a pseudonym that the register holds."""
    latest: dict[str, dt.datetime] = {}
    for each in lines:
        if each.given is not None and each.case:
            same = as_compared(each.case)
            latest[same] = max(each.given, latest.get(same, each.given))
    return latest


def _is_missing(latest: Mapping[str, dt.datetime], case: str, release: Release) -> bool:
    """Whether the register, should the release have held the case, does not know as what: no line, or those of an old
    copy. Every release brings the lines of its cases up to its own moment."""
    given = latest.get(as_compared(case))
    return given is None or given < release.created


def _lost(recipient: str) -> DisclosureError:
    what = _("cases went to this recipient under pseudonyms that the register does not hold any more")
    hint = _("restore pseudonyms.box from a copy; without it nothing may leave")
    return DisclosureError(Problem("pseudonyms.lost", what, where=recipient, hint=hint))


# --- who knows whom as what ---


def key_rule(agreement: Agreement, recipient: str) -> Pseudonymise | None:
    """How the recipient knows cases by a pseudonym; None where it does not."""
    if recipient not in {party.id for party in agreement.recipients}:
        return None
    rule = agreement.tier_of(recipient).release.get(agreement.data.key)
    return rule if isinstance(rule, Pseudonymise) else None


def _needs_register(agreement: Agreement, recipient: str) -> bool:
    """Whether it gets any pseudonym, of a case or of anything else, that no key makes."""
    if recipient not in {party.id for party in agreement.recipients}:
        return False
    rules = agreement.tier_of(recipient).release.values()
    return any(rule.kind != "keyed" for rule in rules if isinstance(rule, Pseudonymise))


def known_as(office: Office, agreement: Agreement, recipient: str, case: str) -> tuple[str, ...]:
    """Every pseudonym by which a recipient knows a case: today's first, then earlier ones, the newest first.

    DisclosureError `pseudonyms.lost`: it may know her by one that neither the register holds nor a key makes. To name
    another would have it certify that it erased her, and it would hold her still."""
    same = as_compared(case)
    lines = [each for each in register(office) if each.is_for(agreement, recipient) and as_compared(each.case) == same]
    given = [(each.given, at, each.pseudonym) for at, each in enumerate(lines) if each.given is not None]
    names = [name for _given, _at, name in sorted(given, reverse=True)]
    rule = key_rule(agreement, recipient)
    if _is_nameless(office, agreement, recipient, case, lines):
        raise _lost(recipient)
    if rule is None or rule.kind == "keyed" or not names:
        keys = redact_keys(office.identity.key_for("pseudonyms"), agreement.id, recipient)
        names.insert(0, pseudonym_of(keys, agreement.data.key, case, rule.epoch if rule else "1"))
    return tuple(dict.fromkeys(names))


def _is_nameless(office: Office, agreement: Agreement, recipient: str, case: str, lines: Iterable[Led]) -> bool:
    """Whether a case went, or may have gone where the memory of releases is not whole, under a pseudonym that is not
    in its `lines`, and is not the keyed one that is made today."""
    rule, latest = key_rule(agreement, recipient), _latest(lines)
    if not latest and rule and rule.kind != "keyed" and is_lost(office, agreement, recipient):
        return True
    mark = case_key(office, agreement.id, recipient, case)
    for version, release in _still_held(office, agreement, recipient):
        then = key_rule(version, recipient)
        if then is None or (then.kind == "keyed" and rule and (rule.kind, rule.epoch) == (then.kind, then.epoch)):
            continue
        if _is_missing(latest, case, release) and office.workspace.releases.holds_any(release.bundle, [mark]):
            return True
    return False


def _is_over(office: Office, agreement: Agreement, led: Led) -> bool:
    """Another agreement's are left alone: its own packing forgets them. A word that she chose and nobody was given yet
    waits for her next release, however long that takes."""
    if led.agreement != agreement.id or led.recipient not in agreement.retention or led.given is None:
        return False
    return led.given < destroyed_before(office, agreement, led.recipient)
