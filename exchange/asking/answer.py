"""An answer: a sentence in any language, what it rests on with proofs, what is not in order, what no log can prove."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

from exchange.audit.entries import Entry
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.audit.proofs import entry_proof
from exchange.crypto.canonical import Json
from exchange.locale import LANGUAGES, Said, speaking

_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is about; each question says what it needs. Days are in UTC, the first and the last included."""

    sender: str | None = None
    recipient: str | None = None
    party: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    agreement: str | None = None
    bundle: str | None = None
    """Its id or the digest of the sealed file."""
    led_to: tuple[str, ...] | None = None
    """Ids of bundles and letters to which registers of the sender's own lead; they are nobody else's to know."""

    @property
    def told(self) -> dict[str, str]:
        """What was asked about, by name."""
        told = ((each.name, getattr(self, each.name)) for each in fields(self) if each.name != "led_to")
        return {name: str(value) for name, value in told if value is not None}

    def within(self, moment: dt.datetime) -> bool:
        """Whether something at this moment is asked about."""
        day = moment.astimezone(dt.UTC).date()
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One entry on which an answer rests, and the proof that it is in its log (C2SP tlog-proof)."""

    origin: str
    number: int
    entry: Entry
    proof: bytes

    @classmethod
    def of(cls, history: History, number: int) -> Evidence:
        return cls(history.origin, number, history.entries[number], entry_proof(number, history.head, history.node))


@dataclass(frozen=True, slots=True)
class Answer:
    """`sentence` is the answer; `lines` what it is made of, one thing a line. `findings`: what is not in order, or is
    to be looked at. `attested`: what the logs only attest, since nobody but the party itself saw it; `sample`: ids of
    bundles, or of letters, drawn to be checked on site, because of it."""

    question: str
    asked: Asked
    sentence: Said
    lines: tuple[Said, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Finding, ...] = ()
    attested: Said | None = None
    sample: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    """The parties whose logs were asked."""

    @property
    def drawn(self) -> tuple[Said, ...]:
        """What was drawn, with what one asks for on site: whose it is and of which period, as far as that is told."""
        return tuple(joined((name, *_told_of(name, self.evidence)), ", ") for name in self.sample)

    def as_json(self) -> Json:
        """The answer for programs: sentences in every language, and every entry with its proof."""
        return {
            "question": self.question,
            "asked": dict(self.asked.told),
            "logs": list(self.logs),
            "sentence": _in_each(self.sentence),
            "lines": [_in_each(each) for each in self.lines],
            "evidence": [
                {
                    "log": each.origin,
                    "entry": each.number,
                    **each.entry.model_dump(mode="json", exclude_none=True, exclude_defaults=True),
                    "proof": each.proof.decode(),
                }
                for each in self.evidence
            ],
            "findings": [
                {"code": each.code, "weight": each.weight, "where": each.where, "said": _in_each(each.said)}
                for each in self.findings
            ],
            "attested": None if self.attested is None else _in_each(self.attested),
            "sample": list(self.sample),
        }


def _told_of(name: str, evidence: Iterable[Evidence]) -> tuple[str, ...]:
    """The sender and the period of a bundle, or whose a letter is."""
    for each in evidence:
        entry = each.entry
        if name in {entry.bundle, entry.letter}:
            theirs = entry.kind in {"bundle.received", "bundle.opened", "bundle.accepted"}
            sender = entry.counterpart if theirs else entry.party
            return tuple(one for one in (sender, entry.period) if one)
    return ()


def finding(history: History, code: str, said: Said, number: int | None = None) -> Finding:
    """A finding at an entry of this log."""
    return Finding(code, said, history.pack, history.origin, number)


def grouped(things: Iterable[_Thing], key: Callable[[_Thing], str]) -> tuple[tuple[str, list[_Thing]], ...]:
    """The things of each key, by key: of several that say the same one finding is made."""
    of: dict[str, list[_Thing]] = {}
    for each in things:
        of.setdefault(key(each), []).append(each)
    return tuple(sorted(of.items()))


def drawn(ids: Iterable[str], heads: Sequence[History], count: int = 5) -> tuple[str, ...]:
    """`count` of `ids`, by chance that nobody can choose and everybody can repeat: seeded with the roots of the logs,
    which are fixed before anybody draws."""
    known = sorted(set(ids))
    seed = b"".join(sorted(each.head.checkpoint.root for each in heads))
    chance = random.Random(seed)  # noqa: S311  # to be repeated, not to be secret
    return tuple(sorted(chance.sample(known, min(count, len(known)))))


def joined(parts: Iterable[Said | str], by: str = "; ") -> Said:
    """Sentences as one, at least one of them: each is said in the language that is spoken when it is read."""
    named = {f"part{number}": each for number, each in enumerate(parts)}
    return Said(by.join(f"{{{name}}}" for name in named), tuple(named.items()))


def _in_each(said: Said) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for tongue in LANGUAGES:
        with speaking(tongue):
            found[tongue] = str(said)
    return found
