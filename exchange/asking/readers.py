"""11. Who opened, looked up, exported or read data; were they certified on that day, and named by the agreement?

A recipient lets those look whom its agreement names, in the newest version that was in effect; a sender lets those look
up a pseudonym whom it has certified for it. What a program did by itself, to accept a bundle, is no reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exchange.agreements.access import objections_to_opening
from exchange.agreements.agreement import Agreement
from exchange.agreements.clause import numbers
from exchange.asking.answer import Answer, Asked
from exchange.asking.bound import agreement_id, bound, not_shown
from exchange.asking.noted import Noted, evidence
from exchange.asking.people import People
from exchange.asking.shown import Shown
from exchange.audit.entries import AgreementRef, Entry, Kind
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.locale import Said, counted_later, later

_ROLE: dict[Kind, str | None] = {
    "bundle.opened": "open",
    "store.exported": "open",
    "store.read": None,
    "store.reviewed": None,
    "pseudonym.looked_up": "look_up",
    "pseudonym.listed": "look_up",
    "pseudonym.chosen": "look_up",
}
"""What a person must be certified for, where it is always the same."""


def answer(shown: Shown, asked: Asked) -> Answer:
    """From the logs of all, or of the party that is asked about. Attempts that failed are told, too."""
    logs = [each for each in shown.histories if asked.party in (None, each.party)]
    found: list[Noted] = []
    findings: list[Finding] = []
    for log in logs:
        readings = [each for each in _readings(log) if _is_asked(each.entry, asked)]
        found += readings
        findings += _judged(shown, log, [each for each in readings if not _in_vain(each)])
        findings += not_shown(shown, log, asked.agreement) if readings else ()
    return Answer(
        "readers",
        asked,
        _sentence(found),
        tuple(_line(each) for each in found),
        evidence(found),
        tuple(findings),
        later(
            "a log tells what was done with the program; on site, look at what lies beside it, on screens and on paper"
        ),
    )


def _readings(log: History) -> Iterator[Noted]:
    return (each for each in Noted.of(log, *_ROLE) if each.entry.kind != "bundle.opened" or each.entry.person)


def _in_vain(reading: Noted) -> bool:
    """Of what a person decides on pairs, `codes` tell the decision; of the register, why nothing was shown."""
    return reading.entry.kind.startswith("pseudonym.") and bool(reading.entry.codes)


def _is_asked(entry: Entry, asked: Asked) -> bool:
    """What names no agreement, since a store holds what came under all of them, is about each."""
    return asked.agreement in (None, agreement_id(entry) or asked.agreement) and asked.within(entry.time)


# --- who may ---


@dataclass(frozen=True, slots=True)
class _Doors:
    """Whom agreements let look at what a recipient holds. `versions`: those that were shown, of each agreement; `told`:
    every version that its log names, and since which entry."""

    party: str
    versions: Mapping[str, Sequence[Agreement]]
    told: Mapping[AgreementRef, int]

    @classmethod
    def of(cls, shown: Shown, log: History) -> _Doors:
        told: dict[AgreementRef, int] = {}
        for number, each in sorted(log.entries.items()):
            if each.agreement is not None:
                told.setdefault(each.agreement, number)
        return cls(log.party, bound(shown, log), told)

    def closed(self, reading: Noted) -> bool:
        """Whether it follows from the agreements that were shown that they do not let this person look: the one that is
        named, else all under which something may have come."""
        named = agreement_id(reading.entry)
        those = {named} if named else {each.id for each, since in self.told.items() if since < reading.number}
        governing = [self._in_effect(each, reading.entry) for each in sorted(those)]
        known = [each for each in governing if each is not None]
        barred = (any(objections_to_opening(each, self.party, reading.entry.person or "")) for each in known)
        return bool(known) and len(known) == len(governing) and all(barred)

    def _in_effect(self, agreement: str, entry: Entry) -> Agreement | None:
        """The newest version that had begun on that day; None where the log names a newer one that was not shown."""
        versions = self.versions.get(agreement, ())
        begun = [each for each in versions if each.term.effective <= each.day(entry.time)]
        shown = {each.digest for each in versions}
        hidden = (each.version for each in self.told if each.id == agreement and each.digest not in shown)
        if not begun or any(numbers(each) > numbers(begun[-1].version) for each in hidden):
            return None
        return begun[-1]


def _judged(shown: Shown, log: History, readings: Sequence[Noted]) -> Iterator[Finding]:
    people, doors, untold = People.of(shown, log), _Doors.of(shown, log), dict[str, Noted]()
    for each in readings:
        person, what = each.entry.person or "–", _what(each.entry)
        standing = people.standing(person, each.entry.time, _ROLE[each.entry.kind])
        if standing == "not_certified":
            said = later("{person} was not certified for this on that day: {what}", person=person, what=what)
            yield each.finding("audit.reader_unnamed", said)
        elif not each.entry.kind.startswith("pseudonym.") and doors.closed(each):
            said = later("no agreement names {person} among those who may: {what}", person=person, what=what)
            yield each.finding("audit.reader_unnamed", said)
        elif standing == "not_told":
            untold.setdefault(person, each)
    for person, first in untold.items():
        said = later("neither the log nor a card that was shown tells whether {person} was certified", person=person)
        yield first.finding("audit.reader_untold", said)


# --- what is said of it ---


def _sentence(found: Sequence[Noted]) -> Said:
    people = {(each.history.party, each.entry.person) for each in found if each.entry.person}
    return counted_later(
        "{count} time somebody opened, looked up, exported or read data; people: {people}; in vain: {failed}",
        "{count} times somebody opened, looked up, exported or read data; people: {people}; in vain: {failed}",
        sum(not _in_vain(each) for each in found),
        people=len(people),
        failed=sum(_in_vain(each) for each in found),
    )


def _line(reading: Noted) -> Said:
    entry = reading.entry
    names = {"moment": f"{entry.time:%Y-%m-%d %H:%M}", "party": entry.party, "person": entry.person or "–"}
    if _in_vain(reading):
        codes = ", ".join(entry.codes)
        return later(
            "{moment} UTC, {party}: {person}, in vain: {what} ({codes})", **names, what=_what(entry), codes=codes
        )
    return later("{moment} UTC, {party}: {person}: {what}", **names, what=_what(entry))


def _what(entry: Entry) -> Said:
    match entry.kind:
        case "bundle.opened":
            return later("opened {bundle}", bundle=entry.bundle or entry.ciphertext)
        case "store.exported" if entry.note:
            return later("exported from the store ({note})", note=entry.note)
        case "store.exported":
            return later("exported from the store")
        case "store.read":
            return later("read in the store")
        case "store.reviewed":
            return later("decided on pairs in the store")
        case "pseudonym.looked_up":
            return later("looked up who is behind a pseudonym")
        case "pseudonym.listed":
            return later("saw which cases have chosen pseudonyms")
        case _:
            return later("noted which pseudonym a person chose")
