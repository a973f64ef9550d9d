"""3. Was the agreement in force at both ends, on the day, by each side's own clock?

Each side is judged by what its own log had told when it sent or accepted: a suspension counts from the entry that notes
it, there. What was sent while all was well and lapsed on the way is no fault of its recipient, and is to be looked at.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from exchange.agreements.state import Notice, State, state, supersession
from exchange.asking.answer import Answer, Asked
from exchange.asking.noted import Noted, evidence
from exchange.asking.sendings import Sending, name_of, sendings, unshown, without_recipients, without_senders
from exchange.asking.shown import Shown, SignedText
from exchange.audit.entries import Entry, Kind
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.duties.notices import noted
from exchange.locale import Said, counted_later, later

_STATES: dict[State, Said] = {
    "draft": later("signed by nobody"),
    "part-signed": later("not signed by all"),
    "signed": later("not yet in effect"),
    "active": later("in force"),
    "suspended": later("suspended"),
    "expired": later("expired"),
    "superseded": later("replaced by a newer version"),
    "terminated": later("ended"),
}


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a bundle's way: what was done there, and how the agreement stood there then. `lapsed`: it was in force
    there when the bundle set out, or nobody showed when that was."""

    sending: Sending
    at: Noted
    stood: State
    lapsed: bool = False


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of each delivery and each acceptance that is told. Versions whose text was not shown are named, not judged."""
    found = sendings(shown, asked)
    told = _Told.by(shown)
    ends = [end for each in found for end in _ends(shown, told, each)]
    return Answer(
        "in-force",
        asked,
        _sentence(found, ends),
        tuple(_line(each) for each in ends),
        evidence(each.at for each in ends),
        (
            *(_finding(each) for each in ends if each.stood != "active"),
            *unshown(shown, ((at.entry.agreement, at) for each in found for at in _named(each))),
            *without_senders(found),
            *without_recipients(found),
        ),
    )


# --- how it stood ---


@dataclass(frozen=True, slots=True)
class _Told:
    """What changes how agreements stand: what each log tells of it, and the versions that others have replaced."""

    of_log: Mapping[str, tuple[tuple[int, Entry], ...]]
    replaced: tuple[Notice, ...]

    @classmethod
    def by(cls, shown: Shown) -> _Told:
        kinds: tuple[Kind, ...] = ("agreement.suspended", "agreement.resumed", "agreement.ended")
        told = {each.origin: tuple(each.of(*kinds)) for each in shown.histories}
        return cls(told, tuple(notice for each in shown.agreements.values() for notice in _replaced(shown, each)))

    def before(self, at: Noted) -> Iterator[Entry]:
        """What its log had told by an entry."""
        return (each for number, each in self.of_log[at.history.origin] if number < at.number)

    def by_then(self, log: History, moment: dt.datetime) -> Iterator[Entry]:
        """What a log had told by a moment."""
        return (each for _number, each in self.of_log[log.origin] if each.time <= moment)

    def stood(self, text: SignedText, told: Iterable[Entry], moment: dt.datetime) -> State:
        notices = (*noted(text.agreement, told), *self.replaced)
        return state(text.agreement, text.signatures, text.agreement.day(moment), notices)


def _replaced(shown: Shown, newer: SignedText) -> Iterator[Notice]:
    """The notice to the version that a newer one replaces, as of the day from which it does: in effect, and signed by
    those who are the parties of that version."""
    signed = sorted({each.statement.signed_on for each in newer.signatures.entries})
    day = next((max(each, newer.agreement.term.effective) for each in signed if newer.signed(each)), None)
    notice = None if day is None else supersession(newer.agreement, newer.signatures, day)
    older = None if notice is None else shown.agreements.get(notice.agreement)
    if notice is not None and day is not None and older is not None and _by_the_same(shown, older, newer):
        yield replace(notice, on=day)


def _by_the_same(shown: Shown, older: SignedText, newer: SignedText) -> bool:
    """Whether each party of both versions has one root in them, or says itself that the newer one is its own."""
    before = {each.id: each.key for each in older.agreement.parties}
    logs = {each.party: each for each in shown.histories if each.network == newer.agreement.network}
    others = [each.id for each in newer.agreement.parties if before.get(each.id, each.key) != each.key]
    return all(each in logs and shown.binds(newer, logs[each]) for each in others)


def _ends(shown: Shown, told: _Told, sending: Sending) -> Iterator[_End]:
    left, packed = sending.delivered, next(sending.by_sender("bundle.packed"), None)
    text = None if left is None else shown.agreement(left.entry.agreement)
    if text is not None and left is not None:
        stood = told.stood(text, told.before(left), left.entry.time)
        was = None if packed is None else told.stood(text, told.before(packed), packed.entry.time)
        # It is packed under the version of the day, and may leave on the first day of the next.
        yield _End(sending, left, stood, lapsed=(stood, was) == ("superseded", "active"))
    accepted = next(sending.by_recipient("bundle.accepted"), None)
    text = None if accepted is None else shown.agreement(accepted.entry.agreement)
    if text is not None and accepted is not None:
        stood = told.stood(text, told.before(accepted), accepted.entry.time)
        yield _End(sending, accepted, stood, lapsed=left is None or _was_in_force(told, text, accepted, left))


def _was_in_force(told: _Told, text: SignedText, accepted: Noted, left: Noted) -> bool:
    """Whether it was in force at the recipient when the bundle left."""
    moment = left.entry.time
    return told.stood(text, told.by_then(accepted.history, moment), moment) == "active"


def _named(sending: Sending) -> Iterator[Noted]:
    """What is judged by an agreement."""
    yield from sending.by_sender("bundle.delivered")
    yield from sending.by_recipient("bundle.accepted")


# --- what is said of it ---


def _finding(end: _End) -> Finding:
    sending, day = end.sending, f"{end.at.entry.time:%Y-%m-%d}"
    names = {"bundle": sending.bundle, "day": day, "agreement": name_of(sending.agreement), "state": _STATES[end.stood]}
    if end.at.history is sending.sent:
        what = later("{bundle} was sent on {day}, and {agreement} was {state}", **names)
    else:
        what = later("{bundle} was accepted on {day}, and {agreement} was {state}", **names)
    return end.at.finding(_code(end), what)


def _code(end: _End) -> str:
    if end.stood in ("draft", "part-signed"):
        return "audit.agreement_unsigned"
    return "audit.lapsed_on_the_way" if end.lapsed else "audit.not_in_force"


def _sentence(found: Sequence[Sending], ends: Sequence[_End]) -> Said:
    ends_of = Counter(_name(each) for each in ends)
    wrong = {_name(each) for each in ends if each.stood != "active"}
    both = {name for name, count in ends_of.items() if count > 1} - wrong
    return counted_later(
        "{count} bundle: in force at both ends for {both}, at the one end shown for {one}, not in force for {none}",
        "{count} bundles: in force at both ends for {both}, at the one end shown for {one}, not in force for {none}",
        len(found),
        both=len(both),
        one=len(ends_of.keys() - wrong - both),
        none=len(wrong),
    )


def _name(end: _End) -> tuple[str, str, str]:
    return end.sending.ciphertext, end.sending.sender, end.sending.recipient


def _line(end: _End) -> Said:
    return later(
        "{day}, {party}: {bundle}, {agreement} {state}",
        day=f"{end.at.entry.time:%Y-%m-%d}",
        party=end.at.history.party,
        bundle=end.sending.bundle,
        agreement=name_of(end.at.entry.agreement),
        state=_STATES[end.stood],
    )
