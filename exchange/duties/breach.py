"""Data were exposed: the other parties are told within hours, and the authority as the law says (UU 27/2022 art. 46).

The breach is recorded first; then everybody is told whom a letter reaches. Recipients of one agreement may not have one
another's cards: whom no letter reaches is called at its `breach_contact`, and that is recorded as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from exchange.agreements.agreement import Agreement
from exchange.agreements.parties import Party
from exchange.audit.entries import Entry
from exchange.bundle.letters import BreachNotice
from exchange.crypto.canonical import digest_of_bytes
from exchange.duties.clock import Clock, Facts
from exchange.duties.correspondence import (
    Draft,
    KeptLetter,
    agreement_under,
    all_plain,
    binding,
    keep_record,
    kept_letter,
    log_of,
    not_later,
)
from exchange.errors import KeyringError, Problem, UsageError
from exchange.keyring.private_files import read_private
from exchange.locale import _
from exchange.office import Office
from exchange.posting import post_letter
from exchange.seal.sealing import SealedBundle

BY_PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told by letters that were just written, and whom no letter reaches."""

    by_letter: tuple[str, ...]
    unreached: tuple[Party, ...]


def must_say(agreement: Agreement) -> tuple[str, ...]:
    """The texts that a notice must hold, by the names of its fields."""
    return agreement.breach.must_say


def asks(agreement: Agreement) -> tuple[str, ...]:
    """What the agreement asks of whoever notices a breach, in sentences."""
    term = agreement.breach
    match term.survivors_told:
        case "via_sender_safe_contact":
            survivors = _(
                "survivors are told by {sender}, through the contact that is safe for them, and by nobody else"
            )
    return (
        _("every party is told within {hours} hours of noticing it").format(hours=term.tell_parties_within_hours),
        _("the authority is told within {hours} hours, as {law} says").format(
            hours=term.law_deadline_hours, law=term.law
        ),
        survivors.format(sender=agreement.sender.id),
    )


def law_deadline(agreement: Agreement, noticed: dt.datetime) -> dt.datetime:
    """By when the law wants the authority to know."""
    return noticed + dt.timedelta(hours=agreement.breach.law_deadline_hours)


def check(office: Office, agreement_id: str, said: Mapping[str, str], noticed: dt.datetime) -> Draft[BreachNotice]:
    """A breach that was noticed at that time, fit to be recorded. `said`: what `must_say` names, no more.

    AgreementError as `binding`; UsageError as `all_plain`, letter.future.
    """
    agreement = binding(office, agreement_id)
    texts = all_plain(must_say(agreement), said)
    body = BreachNotice(
        kind="breach_notice",
        breach=office.new_id(),
        noticed=not_later(office, noticed),
        data_exposed=texts.get("data_exposed"),
        when_and_how=texts.get("when_and_how"),
        handling_and_recovery=texts.get("handling_and_recovery"),
        law_deadline=law_deadline(agreement, noticed),
    )
    return Draft(agreement, body)


def record(office: Office, noticed: Draft[BreachNotice]) -> KeptLetter:
    """Record a breach, under the id that it has in every letter; then `tell` the others."""
    kept = keep_record(office, noticed, office.party, noticed.body.breach)
    entry = partial(office.entry, "breach.noticed", agreement=kept.agreement, letter=kept.id)
    office.note(noticed.agreement.network, entry(since=noticed.body.noticed))
    return kept


def tell(office: Office, breach: KeptLetter) -> Told:
    """Write to each other party that was not told yet. Safe to repeat, as after a crash or when a card has come."""
    agreement = agreement_under(office, breach)
    told = {each.counterpart for each in _told_of(breach, log_of(office, agreement))}
    by_letter, unreached = [], []
    for party in _others(agreement, office.party):
        if party.id in told:
            continue
        try:
            post_letter(
                office,
                party.id,
                breach.body,
                agreement.network,
                breach.agreement,
                noting=partial(_telling, office, breach),
            )
            by_letter.append(party.id)
        except KeyringError as error:
            if not all(code.startswith("card.") for code in error.codes):
                raise
            # no card, none that was confirmed, one that has expired or was revoked
            unreached.append(party)
    return Told(tuple(by_letter), tuple(unreached))


def told_by_phone(office: Office, breach: KeptLetter, party: str, when: dt.datetime) -> None:
    """A party heard of it over the phone at that time. UsageError as `check_party`."""
    check_party(office, breach, party)
    entry = partial(office.entry, "breach.told", counterpart=party, agreement=breach.agreement, letter=breach.id)
    office.note(agreement_under(office, breach).network, entry(note=BY_PHONE, since=when))


def check_party(office: Office, breach: KeptLetter, party: str) -> None:
    """UsageError (breach.no_such_party) for whom nobody has to tell."""
    agreement = agreement_under(office, breach)
    if party not in {each.id for each in _others(agreement, office.party)}:
        raise UsageError(
            Problem("breach.no_such_party", _("this is no other party of the agreement"), where=agreement.id)
        )


def reported(office: Office, breach: KeptLetter, when: dt.datetime, notice: bytes | None = None) -> None:
    """The authority was told at that time: the law's clock stops. `notice`: what was sent, kept as only our identity
    opens it; the log has the digest of that, which confirms no guess at what it says."""
    network, kept = agreement_under(office, breach).network, None
    if notice is not None:
        file = office.workspace.registers.reported_file(breach.id)
        office.save_register(file, notice)
        kept = digest_of_bytes(read_private(file))
    entry = partial(office.entry, "breach.reported", agreement=breach.agreement, letter=breach.id)
    office.note(network, entry(since=when, page=kept))


def our_breach(office: Office, letter_id: str) -> KeptLetter:
    """The breach that we recorded under this id. UsageError: letter.unknown, breach.not_ours."""
    letter = kept_letter(office, letter_id)
    if not isinstance(letter.body, BreachNotice) or letter.sender != office.party:
        raise UsageError(Problem("breach.not_ours", _("this is no breach that we recorded"), where=letter.id))
    return letter


def clocks(facts: Facts) -> Iterator[Clock]:
    """Of each breach that we noticed: telling all other parties, and the authority. Others' breaches give us none."""
    term, told = facts.agreement.breach, tuple(facts.of("breach.told"))
    others = {party.id for party in _others(facts.agreement, facts.party)}
    for noticed in facts.of("breach.noticed"):
        heard = {
            each.counterpart: moment
            for each in reversed(told)
            if each.letter == noticed.letter and (moment := facts.left(each)) is not None
        }
        last = max(heard.values()) if others and others <= heard.keys() else None
        reports = (each.happened for each in facts.of("breach.reported") if each.letter == noticed.letter)
        clock = partial(_clock, facts, noticed)
        yield clock("breach.tell", "tell_parties_within_hours", term.tell_parties_within_hours, last)
        yield clock("breach.report", "law_deadline_hours", term.law_deadline_hours, next(reports, None))


def _clock(facts: Facts, noticed: Entry, code: str, clause: str, hours: int, stopped: dt.datetime | None) -> Clock:
    ends = noticed.happened + dt.timedelta(hours=hours)
    about = noticed.letter or ""
    return Clock(code, f"breach.{clause}", facts.reference, facts.party, about, noticed.happened, ends, stopped)


def _others(agreement: Agreement, us: str) -> tuple[Party, ...]:
    return tuple(party for party in agreement.parties if party.id != us)


def _told_of(breach: KeptLetter, entries: tuple[Entry, ...]) -> Iterator[Entry]:
    return (each for each in entries if each.kind == "breach.told" and each.letter == breach.id)


def _telling(office: Office, breach: KeptLetter, sealed: SealedBundle) -> tuple[Entry, ...]:
    told = partial(office.entry, "breach.told", agreement=breach.agreement, letter=breach.id)
    return (told(counterpart=sealed.envelope.recipient, ciphertext=sealed.ciphertext),)
