"""14. Which keys and which people were valid when?

From the cards that were shown, which their own root keys have signed, and from what logs say: whom a party certified
and dismissed, which keys it revoked. A pack holds the cards of the day on which it was made; earlier packs hold earlier
ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from exchange.asking.answer import Answer, Asked, Evidence, finding
from exchange.asking.bound import not_theirs
from exchange.asking.keys_used import SIGNING, key_findings, revoked_keys, signature_findings
from exchange.asking.people import People, Spell, cards_of
from exchange.asking.shown import Shown
from exchange.audit.entries import Kind
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.keyring.card import Card
from exchange.locale import Said, counted_later, later

_ABOUT_KEYS: tuple[Kind, ...] = (
    "card.trusted",
    "card.rotated",
    "card.revoked",
    "person.certified",
    "person.dismissed",
    *SIGNING,
)


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of the party that is asked about, or of all of which something was shown; in the days that are asked about."""
    logs = [each for each in shown.histories if asked.party in (None, each.party)]
    parties = sorted({each for each in (*shown.cards, *(log.party for log in logs)) if asked.party in (None, each)})
    lines = [line for party in parties for line in _keys(shown, party, asked)]
    spells = [(log, each) for log in logs for each in _in_days(People.of(shown, log).spells, asked)]
    about = [(log, number) for log in logs for number, each in log.of(*_ABOUT_KEYS) if _until(each.time, asked)]
    return Answer(
        "keys",
        asked,
        _sentence(parties, len({(log.party, each.person) for log, each in spells})),
        (*lines, *(_person(log.party, each) for log, each in spells), *_revocations(shown, asked)),
        tuple(Evidence.of(log, number) for log, number in about),
        tuple(_findings(shown, logs, asked)),
    )


def _findings(shown: Shown, logs: Sequence[History], asked: Asked) -> Iterator[Finding]:
    for log in logs:
        for each in key_findings(shown, log):
            if each.entry is None or asked.within(log.entries[each.entry].time):
                yield each
        yield from signature_findings(shown, log)
        yield from not_theirs(shown, log)
        yield from _without_an_end(log)


def _without_an_end(log: History) -> Iterator[Finding]:
    """Earlier versions of the program did not note until when a certification holds."""
    those = [number for number, each in log.of("person.certified") if each.until is None]
    if those:
        what = counted_later(
            "of {count} certification the log does not tell until when it holds",
            "of {count} certifications the log does not tell until when they hold",
            len(those),
        )
        yield finding(log, "audit.until_untold", what, those[0])


# --- which days ---


def _until(moment: dt.datetime, asked: Asked) -> bool:
    """What began before the days that are asked about may hold in them."""
    return asked.until is None or moment.astimezone(dt.UTC).date() <= asked.until


def _overlaps(first: dt.date, last: dt.date | None, asked: Asked) -> bool:
    return (asked.until is None or first <= asked.until) and (
        last is None or asked.since is None or last >= asked.since
    )


def _in_days(spells: Sequence[Spell], asked: Asked) -> Iterator[Spell]:
    """Each once: where the log tells of it, a card that says the same adds nothing."""
    told = {(each.person, each.key) for each in spells if each.number is not None}
    for each in spells:
        if (each.number is not None or (each.person, each.key) not in told) and _overlaps(
            each.begins.date(), _last(each), asked
        ):
            yield each


def _last(spell: Spell) -> dt.date | None:
    return min(filter(None, (spell.until, spell.dismissed and spell.dismissed.date())), default=None)


# --- what is said of it ---


def _sentence(parties: Sequence[str], people: int) -> Said:
    return counted_later(
        "{count} person was certified in these days; cards or logs were shown of {parties}",
        "{count} people were certified in these days; cards or logs were shown of {parties}",
        people,
        parties=", ".join(parties) or "–",
    )


def _keys(shown: Shown, party: str, asked: Asked) -> Iterator[Said]:
    """Of every card each key once: a key that stays is on card after card."""
    lines: dict[Said, None] = {}
    for card in cards_of(shown, party):
        lines.update(dict.fromkeys(_of_card(card, asked)))
    yield from lines


def _of_card(card: Card, asked: Asked) -> Iterator[Said]:
    party = card.party
    yield later("{party}: root key {key}", party=party, key=card.fingerprint)
    yield later("{party}: key of the log {key}", party=party, key=card.log_verify_key.fingerprint())
    for each in card.signing_keys:
        if _overlaps(each.not_before, each.not_after, asked):
            yield later(
                "{party}: signing key {key}, {first} to {last}",
                party=party,
                key=each.verify_key.fingerprint(),
                first=each.not_before,
                last=each.not_after,
            )
    encrypting = [each for each in card.encryption_keys if _overlaps(each.not_before, each.not_after, asked)]
    if encrypting:
        yield counted_later(
            "{party}: {count} encryption key, {first} to {last}",
            "{party}: {count} encryption keys, {first} to {last}",
            len(encrypting),
            party=party,
            first=min(each.not_before for each in encrypting),
            last=max(each.not_after for each in encrypting),
        )


def _person(party: str, spell: Spell) -> Said:
    return later(
        "{party}: {person} with {key}, {first} to {last} ({roles})",
        party=party,
        person=spell.person,
        key=spell.key,
        first=spell.begins.date(),
        last=_last(spell) or "–",
        roles=", ".join(spell.roles) or "–",
    )


def _revocations(shown: Shown, asked: Asked) -> Iterator[Said]:
    for (party, key), each in sorted(revoked_keys(shown).items()):
        if asked.party in (None, party) and _until(each.since, asked):
            since, noted = (f"{moment:%Y-%m-%d %H:%M}" for moment in (each.since, each.noted))
            yield later(
                "{party}: {key} revoked since {since} UTC, noted {noted}",
                party=party,
                key=key,
                since=since,
                noted=noted,
            )
