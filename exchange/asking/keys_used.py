"""Was everything signed with a key that counted then? By what cards, logs and signed agreements tell of keys.

What was signed before anybody knew that a key was lost is in doubt, and not wrong: a loss is dated back. A person's key
of which nothing is told is wrong only where the log knows all its people: a card leaves out whose time is over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exchange.agreements.signatures import Signatures, signed_by
from exchange.asking.answer import finding
from exchange.asking.people import People, cards_of, roots_of
from exchange.asking.shown import Shown
from exchange.audit.entries import Entry, Kind
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.audit.notes import ED25519
from exchange.crypto import sshsig
from exchange.locale import later

SIGNING: tuple[Kind, ...] = ("agreement.signed", "release.approved", "disclosure.urgent")
"""What somebody signs with a key of their own."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """A key (its fingerprint) that is not to be believed from `since` on, as its party said at `noted`."""

    key: str
    since: dt.datetime
    noted: dt.datetime


_Revoked = Mapping[tuple[str, str], Revoked]


def revoked_keys(shown: Shown) -> dict[tuple[str, str], Revoked]:
    """By party and key, as the party itself noted it: nobody else can revoke its keys."""
    found: dict[tuple[str, str], Revoked] = {}
    for log in shown.histories:
        for _number, each in log.of("card.revoked"):
            if each.key and each.counterpart in (None, log.party):
                found.setdefault((log.party, each.key), Revoked(each.key, each.happened, each.time))
    return found


def revoked_elsewhere(shown: Shown, log: History) -> Iterator[Finding]:
    """A finding at each entry of a log that says that another party has revoked a key with which that party signs, and
    of which nothing of its own says so."""
    own = revoked_keys(shown)
    for number, each in log.of("card.revoked"):
        party, key = each.counterpart, each.key
        if party is None or party == log.party or not key or (party, key) in own:
            continue
        if any(_uses(shown, log, party, key, each.happened)):
            told = {"party": log.party, "other": party, "key": key}
            what = later("{party} says that {key} of {other} was revoked, and {other} signs with it", **told)
            yield finding(log, "audit.key_revoked_elsewhere", what, number)


def _uses(shown: Shown, log: History, party: str, key: str, since: dt.datetime) -> Iterator[bool]:
    """Whether the party, as it says itself or this log says, signed with a key that was not to be believed any more."""
    other = shown.history(party)
    for one in (log,) if other is None else (log, other):
        for _number, each in one.of(*SIGNING):
            of_another = each.kind == "agreement.signed" and each.counterpart
            signer = each.counterpart if of_another else one.party
            yield signer == party and each.key == key and each.happened >= since


def key_findings(shown: Shown, log: History) -> Iterator[Finding]:
    """Of one log: the key that signed it, and the keys with which its entries say that somebody signed."""
    revoked, people = revoked_keys(shown), People.of(shown, log)
    yield from _head(shown, log)
    yield from revoked_elsewhere(shown, log)
    for number, entry in log.of(*SIGNING):
        signer = entry.counterpart if entry.kind == "agreement.signed" and entry.counterpart else log.party
        yield from _used(shown, log, number, signer, people if signer == log.party else People((), None), revoked)


def signature_findings(shown: Shown, log: History) -> Iterator[Finding]:
    """Of a party: its signatures under the agreements that were shown."""
    revoked = revoked_keys(shown)
    for text in shown.agreements.values():
        for each in text.signatures.entries:
            if each.party == log.party and signed_by(text.agreement, Signatures.of(each)):
                key, day = sshsig.claimed_signer(each.sshsig).fingerprint(), each.statement.signed_on
                lost = revoked.get((log.party, key))
                names = {"agreement": str(text.reference), "key": key, "day": day}
                if lost is not None and lost.noted.date() < day:
                    what = later("{agreement} was signed on {day} with {key}, which had been revoked", **names)
                    yield finding(log, "audit.key_revoked_used", what)
                elif lost is not None and lost.since.date() <= day:
                    what = later("{agreement} was signed on {day} with {key}, which was lost then", **names)
                    yield finding(log, "audit.key_in_doubt", what)


def _head(shown: Shown, log: History) -> Iterator[Finding]:
    cards, note = cards_of(shown, log.party), log.head.note
    if not cards:
        yield finding(log, "audit.key_untold", later("no card of {party} was shown", party=log.party))
    elif not any(note.by(log.origin, ED25519, card.log_verify_key.raw) for card in cards):
        what = later("no card of {party} that was shown has the key that signed this log", party=log.party)
        yield finding(log, "audit.key_unknown", what)


# --- what entries say ---


def _used(shown: Shown, log: History, number: int, signer: str, people: People, revoked: _Revoked) -> Iterator[Finding]:
    entry = log.entries[number]
    key = entry.key or _key_of(people, entry)
    if key is None:
        return
    lost, names = revoked.get((signer, key)), {"party": signer, "key": key}
    if lost is not None and lost.noted < entry.happened:
        what = later("{party} signed with {key} after it had been revoked", **names)
        yield finding(log, "audit.key_revoked_used", what, number)
    elif lost is not None and lost.since <= entry.happened:
        what = later("{party} signed with {key} before it was known that it was lost", **names)
        yield finding(log, "audit.key_in_doubt", what, number)
    elif entry.key and not _is_known(shown, signer, people, entry):
        told = people.knows(entry.time) if entry.person else bool(roots_of(shown, signer))
        what = later("{party} signed with {key}, and nothing that was shown certifies it on that day", **names)
        yield finding(log, "audit.key_unknown" if told else "audit.key_untold", what, number)


def _key_of(people: People, entry: Entry) -> str | None:
    """With which the person acted: that of the last certification that had begun."""
    begun = [each for each in people.spells if each.person == entry.person and each.begins <= entry.happened]
    return max(begun, key=lambda each: each.begins).key if begun else None


def _is_known(shown: Shown, signer: str, people: People, entry: Entry) -> bool:
    of_the_party = {each.fingerprint() for card in cards_of(shown, signer) for each in card.signers}
    if entry.key in of_the_party | roots_of(shown, signer) | _certified_beside(shown, signer):
        return True
    return any(each.key == entry.key and not each.over(entry.happened) for each in people.spells)


def _certified_beside(shown: Shown, party: str) -> set[str]:
    """The keys of people whose signature under an agreement counts: their certification lies beside it."""
    return {
        each.certification.person.verify_key.fingerprint()
        for text in shown.agreements.values()
        for each in text.signatures.entries
        if each.certification is not None and each.party == party and signed_by(text.agreement, Signatures.of(each))
    }
