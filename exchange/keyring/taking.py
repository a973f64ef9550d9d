"""Taking a directory of cards into the book: what of it may be believed, and what is an alarm.

    trust_coordinator(book, "gt-ntt", "ntt", on)          once, after the coordinator's own safety words were read
    weighed = weigh(book, signed, ours, on)               refuses, or says what would be believed; changes nothing
    keep(book, weighed, on)                               now these parties are vouched for, and no others

A directory never replaces a root that is known. What contradicts what we know is left out, each with its reason; the
rest of the directory counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import ValidationError

from exchange.errors import KeyringError, Problem
from exchange.keyring.card import Card, SignedCard
from exchange.keyring.card_book import CardBook
from exchange.keyring.directory import Directory, SignedDirectory
from exchange.keyring.known_card import KnownCard
from exchange.keyring.refusals import misshapen, refused
from exchange.keyring.succession import check_succession
from exchange.keyring.vouching import Root, Taken, Vouching
from exchange.locale import _

_SKEW = timedelta(days=1)  # how far a coordinator's clock may run ahead


@dataclass(frozen=True, slots=True)
class Weighed:
    """What of a directory may be believed. `cards`: those to be put into the book. `fresh`: the parties that nobody had
    reason to believe until now. `dropped`: those for whom it vouches no longer. `problems`:
    why cards in it are not believed."""

    signed: SignedDirectory
    vouching: Vouching
    cards: tuple[SignedCard, ...]
    fresh: tuple[Root, ...]
    dropped: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def parties(self) -> tuple[str, ...]:
        """For whom it vouches."""
        return tuple(each.party for each in self.vouching.taken.vouched) if self.vouching.taken else ()


def trust_coordinator(book: CardBook, coordinator: str, network: str, on: date) -> Vouching:
    """From now on the coordinator vouches for the cards of a network. Not kept yet: `CardBook.keep_vouching` does.

    KeyringError: card.unknown, card.revoked, card.unconfirmed: its own safety words must have been read;
    directory.other_coordinator where another one is trusted for this network; directory.malformed for a network that is
    no name of one.
    """
    card = book.confirmed(coordinator).card
    before = book.vouching(network)
    if before and (before.coordinator, before.root) == (coordinator, card.fingerprint):
        # Nobody is vouched for before a directory is taken again, but an older one than before cannot be.
        return _vouching_for_nobody(before) if before.ended_on else before
    if before and before.ended_on is None:
        hint = _("take that back first: exchange card directory distrust --network {network}").format(network=network)
        what = _("{party} vouches for this network already").format(party=before.coordinator)
        raise refused("directory.other_coordinator", what, where=network, hint=hint)
    try:
        counted = before.counted if before else ()
        return Vouching(network=network, coordinator=coordinator, root=card.fingerprint, trusted_on=on, before=counted)
    except ValidationError as error:
        raise misshapen("directory.malformed", error) from None


def distrust_coordinator(book: CardBook, network: str, on: date) -> Vouching:
    """From now on nobody vouches for the cards of a network. Not kept yet: `CardBook.keep_vouching` does. KeyringError
    (directory.not_trusted) where nobody did."""
    return _trusted(book, network).model_copy(update={"ended_on": on})


def weigh(book: CardBook, signed: SignedDirectory, ours: Card, on: date) -> Weighed:
    """What of this directory may be believed on that day, `ours` being our own card.

    KeyringError, and nothing of it is: directory.not_trusted, directory.other_coordinator, card.unknown, card.revoked,
    card.unconfirmed (the coordinator's), directory.expired, directory.not_yet, directory.rolled_back, directory.forked.
    """
    directory = signed.directory
    vouching = _trusted(book, directory.network)
    _check_coordinator(book, vouching, directory)
    _check_time(directory, on)
    _check_version(vouching, signed)
    known = {each.signed.party: each for each in book.all()}
    others = [each for each in signed.cards if not _is_ours(each, ours)]
    objections = {each.party: (*_damage(book, each.party, known), *_objections(each, known, ours)) for each in others}
    believed = [each for each in others if not objections[each.party]]
    roots = tuple(Root(party=each.party, root=each.card.fingerprint) for each in believed)
    before = vouching.taken.vouched if vouching.taken else ()
    taken = Taken(
        version=directory.version,
        digest=signed.digest,
        issued=directory.issued,
        expires=directory.expires,
        vouched=roots,
    )
    return Weighed(
        signed=signed,
        vouching=vouching.model_copy(update={"taken": taken}),
        cards=tuple(each for each in believed if _is_news(each, known.get(each.party))),
        fresh=tuple(each for each in roots if each.party not in known or not known[each.party].believed(on)),
        dropped=tuple(each.party for each in before if each not in roots),
        problems=tuple(problem for problems in objections.values() for problem in problems),
    )


def keep(book: CardBook, weighed: Weighed, on: date) -> None:
    """Put its cards into the book; then, in one step, its parties are those who are vouched for. After a crash between
    the two the cards are there and unconfirmed; the directory can be taken again."""
    for signed in weighed.cards:
        book.add(signed, on)
    book.keep_vouching(weighed.vouching)


def _vouching_for_nobody(before: Vouching) -> Vouching:
    taken = before.taken.model_copy(update={"vouched": ()}) if before.taken else None
    return before.model_copy(update={"ended_on": None, "taken": taken})


def _trusted(book: CardBook, network: str) -> Vouching:
    found = book.vouching(network)
    if found is None or found.ended_on:
        hint = _("if its coordinator may: exchange card directory trust COORDINATOR --network {network}")
        what = _("nobody has said who vouches for the cards of this network")
        raise refused("directory.not_trusted", what, where=network, hint=hint.format(network=network))
    return found


def _check_coordinator(book: CardBook, vouching: Vouching, directory: Directory) -> None:
    known = book.confirmed(vouching.coordinator)
    names = (directory.coordinator, directory.root_key.fingerprint())
    if not names == (vouching.coordinator, vouching.root) == (known.card.party, known.card.fingerprint):
        hint = _("only {party} vouches for this network; call it on a number that you know")
        what = _("this directory is not of the coordinator that is trusted, under the root key that was confirmed")
        raise refused(
            "directory.other_coordinator", what, where=directory.network, hint=hint.format(party=vouching.coordinator)
        )


def _check_time(directory: Directory, on: date) -> None:
    if on > directory.expires:
        hint = _("ask {party} for a newer one").format(party=directory.coordinator)
        what = _("this directory of cards has expired on {day}").format(day=directory.expires)
        raise refused("directory.expired", what, where=directory.network, hint=hint)
    if directory.issued > on + _SKEW:
        what, hint = _("this directory of cards is of a day to come"), _("look at the date on both machines")
        raise refused("directory.not_yet", what, where=directory.network, hint=hint)


def _check_version(vouching: Vouching, signed: SignedDirectory) -> None:
    version, taken = signed.directory.version, vouching.newest
    if taken is None or version > taken.version:
        return
    if version < taken.version:
        hint = _("ask {party} for the newest one").format(party=vouching.coordinator)
        what = _("number {newer} was taken before; number {older} is older").format(newer=taken.version, older=version)
        raise refused("directory.rolled_back", what, where=vouching.network, hint=hint)
    if signed.digest != taken.digest:
        hint = _("keep this file; ask {party} on a number that you know, and ask others which one they have")
        what = _("another directory with the number {number} was taken before: its coordinator says two things")
        raise refused(
            "directory.forked",
            what.format(number=version),
            where=vouching.network,
            hint=hint.format(party=vouching.coordinator),
        )


def _damage(book: CardBook, party: str, known: Collection[str]) -> tuple[Problem, ...]:
    """Why nobody can say what we know of the party: then no directory says it either."""
    try:
        if party not in known:
            book.find(party)
    except KeyringError as error:
        return error.problems
    return ()


def _is_ours(signed: SignedCard, ours: Card) -> bool:
    return (signed.party, signed.card.root) == (ours.party, ours.root)


def _objections(signed: SignedCard, known: dict[str, KnownCard], ours: Card) -> Iterator[Problem]:
    """Why this card is not believed, whoever vouches for it."""
    party, root, before = signed.party, signed.card.root, known.get(signed.party)
    same = next((each.signed.party for each in known.values() if each.card.root == root), party)
    if ours.party == party or ours.root == root:
        hint = _("somebody may be posing as us: call the coordinator on a number that you know")
        yield Problem("directory.not_us", _("the directory has another card for us than our own"), party, hint)
    elif same != party:
        what = _("the directory gives it the root key of {party}").format(party=same)
        yield Problem("card.other_root", what, party, _("call the coordinator on a number that you know"))
    elif before and before.trust.revoked_on:
        what = _("the card has been revoked here, and no directory brings it back")
        yield Problem("card.revoked", what, where=party)
    elif before and not _is_older(signed, before):
        try:
            check_succession(before.signed, signed)
        except KeyringError as error:
            yield from error.problems


def _is_older(signed: SignedCard, before: KnownCard | None) -> bool:
    """Than the card of the same root that we have: then ours stays."""
    return before is not None and before.card.root == signed.card.root and signed.card.serial < before.card.serial


def _is_news(signed: SignedCard, before: KnownCard | None) -> bool:
    return before is None or signed.card.serial > before.card.serial
