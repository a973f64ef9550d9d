"""Somebody compels a recipient to disclose what it received: it tells the sender before, where the law lets it.

`give: the_least` is a promise of people; the letter says what is given, so that it can be compared with what was asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from exchange.agreements.agreement import Agreement
from exchange.bundle.letters import CompelledDisclosure
from exchange.duties.clock import Clock, Facts
from exchange.duties.correspondence import Draft, KeptLetter, all_plain, binding, send_letter
from exchange.errors import AgreementError, Problem, UsageError
from exchange.locale import _
from exchange.office import Office

AT_ONCE = dt.timedelta(hours=24)
"""The agreement says before, and names no hours: a day after it was written, the letter must have left."""


def must_say(*, already_given: bool) -> tuple[str, ...]:
    """The texts that the letter must hold, by the names of its fields."""
    names = ("authority", "law", "asked", "given")
    return (*names, "not_told_before") if already_given else names


def asks(agreement: Agreement) -> tuple[str, ...]:
    """What the agreement asks of a recipient that is compelled, in sentences."""
    term = agreement.compelled_disclosure
    match term.tell_sender:
        case "before_where_lawful":
            before = _("the sender is told before anything is given, wherever the law allows it")
    match term.give:
        case "the_least":
            least = _("what is given is the least that the law asks for")
    return before, least


def check(
    office: Office, agreement_id: str, said: Mapping[str, str], given_on: dt.date | None = None
) -> Draft[CompelledDisclosure]:
    """What the sender is told. `given_on`: None where nothing was given yet; else the text `not_told_before` says why.

    AgreementError as `binding`, compelled.no_recipient; UsageError as `all_plain`, compelled.future.
    """
    agreement = binding(office, agreement_id)
    if office.party not in {party.id for party in agreement.recipients}:
        what = _("only a recipient is compelled to give what it received")
        raise AgreementError(Problem("compelled.no_recipient", what, where=agreement_id))
    if given_on is not None and given_on > office.today(agreement):
        hint = _("where nothing was given yet, leave --already-given out")
        raise UsageError(Problem("compelled.future", _("this day has not come yet"), str(given_on), hint))
    texts = all_plain(must_say(already_given=given_on is not None), said)
    body = CompelledDisclosure(
        kind="compelled_disclosure",
        authority=texts["authority"],
        law=texts["law"],
        asked=texts["asked"],
        given=texts["given"],
        given_on=given_on,
        not_told_before=texts.get("not_told_before"),
    )
    return Draft(agreement, body)


def tell(office: Office, told: Draft[CompelledDisclosure]) -> KeptLetter:
    """Tell the sender."""
    sender = told.agreement.sender.id
    return send_letter(
        office,
        told,
        sender,
        noting=lambda sealed: (
            office.entry(
                "disclosure.compelled",
                counterpart=sender,
                agreement=sealed.envelope.agreement,
                ciphertext=sealed.ciphertext,
                letter=sealed.envelope.id,
            ),
        ),
    )


def clocks(facts: Facts) -> Iterator[Clock]:
    """Of each letter of ours that tells the sender: that it leaves at once."""
    for told in facts.of("disclosure.compelled"):
        yield Clock(
            code="compelled.tell",
            clause="compelled_disclosure.tell_sender",
            agreement=facts.reference,
            party=facts.party,
            about=told.letter or "",
            began=told.time,
            ends=told.time + AT_ONCE,
            stopped=facts.left(told),
        )
