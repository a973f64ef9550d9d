"""What a kept letter says to a person, line by line.

What its writer wrote is data: it stands behind a mark at the beginning of every line, so that it looks like nothing
else, and whatever could move a terminal's cursor is written out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from exchange.agreements.agreement import Agreement
from exchange.bundle.letters import (
    BreachNotice,
    CompelledDisclosure,
    Feedback,
    RightsRequest,
    UrgentDisclosure,
)
from exchange.duties import breach, compelled
from exchange.duties.correspondence import KeptLetter
from exchange.duties.feedback_text import figure_lines
from exchange.locale import _

MARK = "  | "


def text_name(name: str) -> str:
    """A text of a letter by the name of its field, as it is asked for and shown."""
    words = {
        "text": _("what the letter says"),
        "data_exposed": _("which data were exposed"),
        "when_and_how": _("when and how it happened"),
        "handling_and_recovery": _("what was done about it, and how it is put right"),
        "authority": _("the court or authority that compels"),
        "law": _("by which law or order"),
        "asked": _("what it asks for"),
        "given": _("what is given"),
        "not_told_before": _("why the sender was not told before"),
        "data_quality": _("the quality of the data"),
        "results": _("what came of the data"),
    }
    return words[name]


def right_word(right: str) -> str:
    """What a person asks for."""
    words = {
        "access": _("to see the data about them"),
        "correction": _("to have the data corrected"),
        "erasure": _("to have the data erased"),
        "restriction": _("to have the use of the data restricted"),
        "objection": _("to object to the use of the data"),
    }
    return words[right]


def lines(letter: KeptLetter, agreement: Agreement) -> Iterator[str]:
    """The letter as a person reads it, with what the agreement asks of whoever has it."""
    body = letter.body
    match body:
        case RightsRequest():
            yield _("a person asks {right}; asked on {when}").format(
                right=right_word(body.right), when=_time(body.asked)
            )
            if letter.case is not None:
                yield _("about our case:")
                yield from quoted(letter.case)
            if body.pseudonym is not None:
                yield _("known to the recipient as: {pseudonym}").format(pseudonym=body.pseudonym)
                if letter.case is None and letter.recipient == agreement.sender.id != letter.sender:
                    said = _("who it is tells: exchange lookup {pseudonym} --agreement {id} --to {party}")
                    yield said.format(pseudonym=body.pseudonym, id=agreement.id, party=letter.sender)
            yield from _texts(letter, "text")
            yield _("{party} answers it").format(party=agreement.rights_requests.answered_by)
        case UrgentDisclosure():
            yield _("a life is at risk; released by {person} on {when}").format(
                person=body.released_by, when=_time(body.released)
            )
            yield _("somebody else reviews it until {when}").format(when=_time(body.review_by))
            yield from _texts(letter, "text")
        case CompelledDisclosure():
            yield _given(body)
            yield from _texts(letter, "authority", "law", "asked", "given", "not_told_before")
            yield from compelled.asks(agreement)
        case BreachNotice():
            yield _("data were exposed; noticed on {when}").format(when=_time(body.noticed))
            yield from _texts(letter, "data_exposed", "when_and_how", "handling_and_recovery")
            yield _("by law ({law}) the authority hears of it until {when}").format(
                law=agreement.breach.law, when=_time(body.law_deadline)
            )
            yield from breach.asks(agreement)
        case Feedback():
            yield _("feedback for {period}").format(period=body.period)
            yield from () if body.figures is None else figure_lines(body.figures)
            yield from _texts(letter, "data_quality", "results")


def quoted(text: str) -> Iterator[str]:
    """What somebody wrote, marked on each line, with nothing in it that a terminal would act on."""
    for line in text.split("\n"):
        yield MARK + "".join(each if each.isprintable() else f"\\u{{{ord(each):x}}}" for each in line)


def _texts(letter: KeptLetter, *names: str) -> Iterator[str]:
    said = letter.body.model_dump()
    for name in names:
        if said[name] is not None:
            yield f"{text_name(name)}:"
            yield from quoted(said[name])


def _given(body: CompelledDisclosure) -> str:
    if body.given_on is None:
        return _("a recipient is compelled to disclose; nothing was given yet")
    return _("a recipient was compelled to disclose; it gave on {day}").format(day=body.given_on)


def _time(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
