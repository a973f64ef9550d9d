"""15. What was out of the ordinary: urgent and compelled disclosures, breaches, refusals, what was put aside or given
up, attempts in vain, entries that lost their content, clocks that contradict each other.

Each is told; a finding is made of what was not done as agreed, and of what somebody should ask about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

from exchange.asking.answer import Answer, Asked, joined
from exchange.asking.bound import agreement_id, not_shown
from exchange.asking.clocks_apart import apart
from exchange.asking.deadlines import facts, there, until
from exchange.asking.events import line_about
from exchange.asking.noted import Noted, evidence
from exchange.asking.shown import Shown, SignedText
from exchange.audit.entries import Entry, Kind
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.duties import breach, urgent
from exchange.duties.clock import Clock
from exchange.locale import Said, counted_later, later

_KINDS: tuple[Kind, ...] = (
    "disclosure.urgent",
    "disclosure.reviewed",
    "disclosure.compelled",
    "breach.noticed",
    "bundle.refused",
    "bundle.quarantined",
    "release.rejected",
    "release.taken_back",
    "release.given_up",
    "letter.given_up",
    "opening.erased",
    "log.contradicted",
    "pseudonym.looked_up",
)
_LOOK: dict[Kind, tuple[str, Said]] = {
    "bundle.quarantined": ("audit.quarantined", later("{file} was put aside unopened")),
    "release.given_up": ("audit.given_up", later("{file} was given up")),
    "letter.given_up": ("audit.given_up", later("{file} was given up")),
    "log.contradicted": ("audit.contradicted", later("{party} says that {other}'s log was changed")),
}


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of the party that is asked about, or of all whose logs were shown."""
    logs = [each for each in shown.histories if asked.party in (None, each.party)]
    noted = [each for log in logs for each in Noted.of(log, *_KINDS) if _is_asked(each.entry, asked)]
    noted.sort(key=lambda each: (each.entry.time, each.history.origin, each.number))
    apart_by = [each for each in apart(shown) if _is_asked(each.at.entry, asked) and each.at.history in logs]
    absent = (one for log in logs for one in not_shown(shown, log, asked.agreement) if _has_disclosures(log, asked))
    return Answer(
        "exceptions",
        asked,
        _sentence([each.entry for each in noted]),
        tuple(line_about(each, _file(each.entry)) for each in noted),
        evidence(noted),
        (
            *_unreviewed(shown, noted),
            *_not_told(noted),
            *_breaches(shown, noted),
            *_to_be_asked(noted),
            *(each.at.finding("audit.clock_skew", each.said) for each in apart_by),
            *absent,
        ),
    )


def _is_asked(entry: Entry, asked: Asked) -> bool:
    in_vain = entry.kind != "pseudonym.looked_up" or bool(entry.codes)
    return in_vain and _is_about(entry, asked) and asked.within(entry.time)


def _is_about(entry: Entry, asked: Asked) -> bool:
    """What names no agreement may be about each."""
    return asked.agreement in (None, agreement_id(entry) or asked.agreement)


def _has_disclosures(log: History, asked: Asked) -> bool:
    return any(_is_asked(each, asked) for _number, each in log.of("disclosure.urgent", "breach.noticed"))


# --- disclosures ---


def _unreviewed(shown: Shown, noted: Sequence[Noted]) -> Iterator[Finding]:
    """Somebody else must have looked at an urgent disclosure, within the hours agreed."""
    for each in noted:
        log, entry = each.history, each.entry
        text = shown.agreement(entry.agreement)
        if entry.kind == "disclosure.urgent" and text is not None and text.signed():
            clock = _review(shown, log, text, entry)
            ends = f"{clock.ends:%Y-%m-%d %H:%M}"
            if clock.state(until(log, shown)) in {"overdue", "missed"}:
                what = later("nobody had looked at an urgent disclosure by {ends} UTC", ends=ends)
                yield each.finding("audit.urgent_unreviewed", what)
            elif any(each.person == entry.person for each in _reviews(log, entry)):
                what = later("{person} looked at an urgent disclosure of their own", person=entry.person)
                yield each.finding("audit.urgent_unreviewed", what)


def _reviews(log: History, given: Entry) -> list[Entry]:
    return [each for _number, each in log.of("disclosure.reviewed") if each.letter == given.letter][:1]


def _not_told(noted: Sequence[Noted]) -> Iterator[Finding]:
    """A recipient that was compelled writes to the sender; whether that came, `exchange.audit.letters` judges."""
    for each in noted:
        log, entry = each.history, each.entry
        if entry.kind == "disclosure.compelled" and entry.letter not in _written(log):
            names = {"sender": entry.counterpart, "party": log.party}
            what = later("{party} does not say that it told {sender} of what the law compelled it to give", **names)
            yield each.finding("audit.compelled_untold", what)


def _written(log: History) -> set[str | None]:
    """The letters that were written, and not given up."""
    given_up = {each.ciphertext for _number, each in log.of("letter.given_up")}
    return {each.letter for _number, each in log.of("letter.sent") if each.ciphertext not in given_up}


def _review(shown: Shown, log: History, text: SignedText, entry: Entry) -> Clock:
    told = facts(shown, log, text.agreement, there(shown))
    return next(each for each in urgent.clocks(told) if (each.code, each.about) == ("urgent.review", entry.letter))


# --- breaches ---


def _breaches(shown: Shown, noted: Sequence[Noted]) -> Iterator[Finding]:
    """Within the hours agreed all other parties are told, and the authority. When a letter was there no log tells: what
    was written in time is taken as told in time."""
    for each in noted:
        log, entry = each.history, each.entry
        text = shown.agreement(entry.agreement)
        if entry.kind != "breach.noticed" or text is None or not text.signed():
            continue
        now = until(log, shown)
        for clock in breach.clocks(facts(shown, log, text.agreement, there(shown))):
            if clock.about == entry.letter:
                done = replace(clock, stopped=_done(log, text, clock))
                if done.state(now) in {"overdue", "missed"}:
                    yield each.finding("audit.breach_untold", _what_was_not_done(done))


def _done(log: History, text: SignedText, clock: Clock) -> dt.datetime | None:
    """When the last party that must be told was, or when the authority was."""
    of_it = [each for _number, each in log.of("breach.told", "breach.reported") if each.letter == clock.about]
    if clock.code == "breach.report":
        return min((each.happened for each in of_it if each.kind == "breach.reported"), default=None)
    first: dict[str | None, dt.datetime] = {}
    for each in of_it:
        if each.kind == "breach.told":
            first.setdefault(each.counterpart, each.happened)
    others = {party.id for party in text.agreement.parties if party.id != log.party}
    return max((first[each] for each in others), default=None) if others <= first.keys() else None


def _what_was_not_done(clock: Clock) -> Said:
    names = {"letter": clock.about, "ends": f"{clock.ends:%Y-%m-%d %H:%M}"}
    if clock.code == "breach.report":
        return later("the authority had not been told of breach {letter} by {ends} UTC", **names)
    return later("not every party had been told of breach {letter} by {ends} UTC", **names)


# --- to be asked about ---


def _to_be_asked(noted: Sequence[Noted]) -> Iterator[Finding]:
    """Both sides note a refusal: it is told once, as whoever noted it last has it."""
    last = {each.entry.ciphertext: each for each in noted if each.entry.kind == "bundle.refused"}
    for each in noted:
        log, entry = each.history, each.entry
        file: str | Said = _file(entry) or later("a file")
        if entry.kind == "bundle.refused" and last[entry.ciphertext] is each:
            yield each.finding("audit.refused", _why(later("{file} was refused", file=file), entry))
        elif entry.kind in _LOOK:
            code, said = _LOOK[entry.kind]
            told = {"file": file, "party": log.party, "other": entry.counterpart}
            yield each.finding(code, _why(replace(said, names=tuple(told.items())), entry))


def _why(said: Said, entry: Entry) -> Said:
    """With the codes of the reasons, where the entry tells them."""
    return joined((said, ", ".join(entry.codes)), ": ") if entry.codes else said


def _file(entry: Entry) -> str | Said:
    if entry.kind == "opening.erased" and entry.counts is not None:
        return later("entry {number}", number=entry.counts.entry)
    return entry.bundle or entry.letter or entry.ciphertext or ""


# --- what is said of it ---


def _sentence(entries: Sequence[Entry]) -> Said:
    def count(*kinds: Kind) -> int:
        return sum(each.kind in kinds for each in entries)

    return counted_later(
        "{count} thing out of the ordinary; urgent: {urgent}, compelled: {compelled}, breaches: {breaches}, "
        "refused: {refused}, put aside: {aside}, given up: {given_up}, looked up in vain: {in_vain}",
        "{count} things out of the ordinary; urgent: {urgent}, compelled: {compelled}, breaches: {breaches}, "
        "refused: {refused}, put aside: {aside}, given up: {given_up}, looked up in vain: {in_vain}",
        len(entries),
        urgent=count("disclosure.urgent"),
        compelled=count("disclosure.compelled"),
        breaches=count("breach.noticed"),
        refused=len({each.ciphertext for each in entries if each.kind == "bundle.refused"}),
        aside=count("bundle.quarantined"),
        given_up=count("release.given_up", "letter.given_up"),
        in_vain=count("pseudonym.looked_up"),
    )
