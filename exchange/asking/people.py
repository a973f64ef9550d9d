"""Who was certified by a party, when: by its own log, and by its cards that were shown.

A log tells every certification and dismissal since it knows its people (`told_since`): the first entry that says until
when a certification holds was written by a program that notes whoever is certified. Before that, and where entries have
lost their content, somebody of whom nothing is told may have been certified all the same. A card leaves out whose time
is over: it proves that somebody was certified, and never that nobody was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from exchange.asking.shown import Shown
from exchange.audit.history import History
from exchange.keyring.card import Card

Standing = Literal["certified", "not_certified", "not_told"]


@dataclass(frozen=True, slots=True)
class Spell:
    """One person, certified with one key (its fingerprint) from `begins` on, up to and with the day `until`, unless
    dismissed before. `until`: None where it is not told. `roles`: () where they are not told. `number`: the entry that
    says so, None for a card."""

    person: str
    key: str
    begins: dt.datetime
    until: dt.date | None
    dismissed: dt.datetime | None
    roles: tuple[str, ...]
    number: int | None

    def covers(self, moment: dt.datetime) -> bool:
        return self.begins <= moment and not self.over(moment)

    def over(self, moment: dt.datetime) -> bool:
        ended = self.until is not None and self.until < moment.date()
        return ended or (self.dismissed is not None and self.dismissed < moment)


@dataclass(frozen=True, slots=True)
class People:
    """Everybody of whom it is told that the party of one log certified them."""

    spells: tuple[Spell, ...]
    told_since: dt.datetime | None

    @classmethod
    def of(cls, shown: Shown, history: History) -> People:
        return cls((*_of_log(history), *_of_cards(shown, history)), _told_since(history))

    def standing(self, person: str, moment: dt.datetime, role: str | None = None) -> Standing:
        """Whether the person was certified at that moment; in this role, where the log tells roles."""
        theirs = [each for each in self.spells if each.person == person]
        covering = [each for each in theirs if each.covers(moment)]
        if covering:
            may = role is None or any(not each.roles or role in each.roles for each in covering)
            return "certified" if may or any(each.number is None for each in covering) else "not_certified"
        over = any(each.number is not None and each.over(moment) for each in theirs)
        return "not_certified" if self.knows(moment) or over else "not_told"

    def keys(self, person: str | None, moment: dt.datetime) -> frozenset[str]:
        """The keys that the person had at that moment, by the log or by a card: both may tell of one day."""
        return frozenset(each.key for each in self.spells if each.person == person and each.covers(moment))

    def knows(self, moment: dt.datetime) -> bool:
        """Whether whoever was certified at that moment would be told of."""
        return self.told_since is not None and self.told_since <= moment


def roots_of(shown: Shown, party: str) -> frozenset[str | None]:
    """The roots of a party by its own account; where its log was not shown, by what the others acted under and all have
    signed."""
    own = shown.history(party)
    if own is not None:
        return shown.roots(own)
    named = {each for acted in shown.acted.values() for each in acted}
    texts = (each for each in shown.agreements.values() if each.reference in named and each.signed())
    return frozenset(each.key for text in texts for each in text.agreement.parties if each.id == party)


def cards_of(shown: Shown, party: str) -> tuple[Card, ...]:
    """The cards of a party by its roots; all of them where nothing tells of one."""
    roots = roots_of(shown, party)
    cards = (each.card for each in shown.cards.get(party, ()))
    return tuple(each for each in cards if not roots or each.fingerprint in roots)


def _of_log(history: History) -> Iterator[Spell]:
    noted = list(history.of("person.certified", "person.dismissed"))
    for place, (number, each) in enumerate(noted):
        if each.kind == "person.certified":
            later = (one for _number, one in noted[place + 1 :] if one.person == each.person)
            end = next(later, None)
            # Certified anew, the earlier certification counts no more either.
            ended = end.happened if end is not None else None
            until, roles = each.until, each.codes
            yield Spell(each.person or "", each.key or "", each.happened, until, ended, roles, number)


def _of_cards(shown: Shown, history: History) -> Iterator[Spell]:
    dismissed = [each for _number, each in history.of("person.dismissed")]
    for card in cards_of(shown, history.party):
        for each in card.people:
            gone = (one.happened for one in dismissed if one.person == each.id and one.time.date() >= card.issued)
            begins = dt.datetime.combine(each.not_before, dt.time(), dt.UTC)
            key = each.verify_key.fingerprint()
            yield Spell(each.id, key, begins, each.not_after, min(gone, default=None), each.roles, None)


def _told_since(history: History) -> dt.datetime | None:
    if len(history.entries) < history.head.checkpoint.size:
        return None
    return next((each.time for _number, each in history.of("person.certified") if each.until is not None), None)
