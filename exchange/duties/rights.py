"""A person asks for her rights (UU 27/2022 art. 6-11): the request is recorded, and goes to the one who answers.

The agreement says who answers (`rights_requests.answered_by`). Every other party that is asked forwards the request by
letter, within `forward_within_hours`; whoever answers has the three days that the law gives (art. 30, 32).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import partial

from exchange.agreements.agreement import Agreement
from exchange.agreements.check_duties import LAW_HOURS
from exchange.bundle.letters import PSEUDONYM, Right, RightsRequest
from exchange.duties.clock import Clock, Facts
from exchange.duties.correspondence import (
    Draft,
    KeptLetter,
    agreement_under,
    binding,
    keep_record,
    kept_letter,
    log_of,
    not_later,
    plain,
)
from exchange.duties.withdrawal import who_got
from exchange.errors import Problem, UsageError
from exchange.extracts.references import as_compared
from exchange.locale import _
from exchange.office import Office
from exchange.posting import post_letter
from exchange.pseudonyms import known_as, register
from exchange.redact.opaque import is_opaque

_PSEUDONYM = re.compile(PSEUDONYM)


def check(
    office: Office,
    agreement_id: str,
    right: Right,
    text: str,
    *,
    asked: dt.datetime,
    case: str | None = None,
    pseudonym: str | None = None,
) -> Draft[RightsRequest]:
    """What a person asked for, fit to be recorded.

    `case`: the number of a case of ours, which stays here; `pseudonym`: by which a recipient knows the person.
    AgreementError as `binding`; UsageError: letter.text, letter.future, rights.case, rights.pseudonym.
    """
    agreement = binding(office, agreement_id)
    answers = agreement.rights_requests.answered_by
    _check_person(office, agreement, case, pseudonym)
    body = RightsRequest(
        kind="rights_request",
        right=right,
        pseudonym=pseudonym or _known_as(office, agreement, answers, case),
        text=plain("text", text),
        asked=not_later(office, asked),
    )
    return Draft(agreement, body, case)


def record(office: Office, asked: Draft[RightsRequest]) -> KeptLetter:
    """Record the request; its clock runs from when the person asked. Where another party answers, `forward` it then."""
    answers = asked.agreement.rights_requests.answered_by
    kept = keep_record(office, asked, answers, office.new_id())
    note = partial(office.entry, "rights.requested", agreement=kept.agreement, letter=kept.id, since=asked.body.asked)
    office.note(asked.agreement.network, note(counterpart=None if answers == office.party else answers))
    return kept


def forward(office: Office, request: KeptLetter) -> bool:
    """Send a recorded request to the one who answers, once; whether it had to be. KeyringError where that one's card
    is not confirmed: the request stays recorded, its clock runs, and forwarding can be done again."""
    agreement = agreement_under(office, request)
    sent = (each.letter for each in log_of(office, agreement) if each.kind == "letter.sent")
    if request.recipient == office.party or request.id in sent:
        return False
    post_letter(office, request.recipient, request.body, agreement.network, request.agreement, letter_id=request.id)
    return True


def answered(office: Office, letter: KeptLetter) -> None:
    """A request was answered: its clock stops. Repeating it changes nothing."""
    agreement = agreement_under(office, letter)
    done = {each.letter for each in log_of(office, agreement) if each.kind == "rights.answered"}
    if letter.id not in done:
        office.note(agreement.network, office.entry("rights.answered", agreement=letter.agreement, letter=letter.id))


def ours_to_answer(office: Office, letter_id: str) -> KeptLetter:
    """The request of this id that we answer. UsageError as `rights_request`, rights.not_ours."""
    letter = rights_request(office, letter_id)
    if letter.recipient != office.party:
        what = _("{party} answers this request, and not we").format(party=letter.recipient)
        raise UsageError(Problem("rights.not_ours", what, where=letter.id))
    return letter


def rights_request(office: Office, letter_id: str) -> KeptLetter:
    """The request of this id. UsageError: letter.unknown, rights.not_ours where the letter is of another kind."""
    letter = kept_letter(office, letter_id)
    if not isinstance(letter.body, RightsRequest):
        raise UsageError(Problem("rights.not_ours", _("this letter asks for no rights"), where=letter.id))
    return letter


def holders(office: Office, request: KeptLetter) -> tuple[str, ...]:
    """The recipients of personal data that got the person of our own case; () where no case is known."""
    agreement = agreement_under(office, request)
    if office.party != agreement.sender.id or request.case is None:
        return ()
    return tuple(party for party in who_got(office, agreement, request.case) if not agreement.tier_of(party).gated)


def clocks(facts: Facts) -> Iterator[Clock]:
    """Forwarding, where we were asked and another answers; answering, where we do."""
    term = facts.agreement.rights_requests
    sent = {each.letter: facts.left(each) for each in facts.of("letter.sent", "rights_request")}
    answers = {each.letter: each.happened for each in facts.of("rights.answered")}
    clock = partial(_clock, facts)
    for asked in facts.of("rights.requested"):
        if asked.counterpart is None:
            yield clock("rights.answer", "answered_by", asked.letter, asked.happened, LAW_HOURS, answers)
        else:
            hours = term.forward_within_hours
            yield clock("rights.forward", "forward_within_hours", asked.letter, asked.happened, hours, sent)
    if facts.party == term.answered_by:
        for came in facts.of("letter.received", "rights_request"):
            yield clock("rights.answer", "answered_by", came.letter, came.time, LAW_HOURS, answers)


def _clock(
    facts: Facts,
    code: str,
    clause: str,
    letter: str | None,
    began: dt.datetime,
    hours: int,
    stopped: dict[str | None, dt.datetime | None] | dict[str | None, dt.datetime],
) -> Clock:
    ends = began + dt.timedelta(hours=hours)
    where = f"rights_requests.{clause}"
    return Clock(code, where, facts.reference, facts.party, letter or "", began, ends, stopped.get(letter))


def _check_person(office: Office, agreement: Agreement, case: str | None, pseudonym: str | None) -> None:
    if case is not None and (office.party != agreement.sender.id or not case or case != case.strip()):
        what, hint = _("this is no case number of ours"), _("write it as in the workbook; only the sender has cases")
        raise UsageError(Problem("rights.case", what, hint=hint))
    if pseudonym is not None and not _is_pseudonym(office, agreement, pseudonym):
        raise UsageError(Problem("rights.pseudonym", _("this is no pseudonym"), hint=_("copy it from the merged view")))


def _is_pseudonym(office: Office, agreement: Agreement, pseudonym: str) -> bool:
    """One that a key or chance made; or a word, of which the sender can tell whether it was chosen, or is somebody's
    name."""
    if not _PSEUDONYM.fullmatch(pseudonym):
        return False
    if office.party != agreement.sender.id or is_opaque("p", pseudonym):
        return True
    chosen = (each for each in register(office) if each.agreement == agreement.id and each.chosen is not None)
    return any(as_compared(each.pseudonym) == as_compared(pseudonym) for each in chosen)


def _known_as(office: Office, agreement: Agreement, answers: str, case: str | None) -> str | None:
    """The pseudonym by which a recipient of personal data that answers knows the person of our case."""
    if case is None or answers == office.party or agreement.tier_of(answers).gated:
        return None
    return known_as(office, agreement, answers, case)[0]
