"""`exchange scrub`: a person decides on the words in case notes that may tell who someone is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from exchange.cli import console, desk
from exchange.errors import Problem, UsageError
from exchange.locale import _, ngettext

if TYPE_CHECKING:
    from exchange.keyring.people import Acting
    from exchange.office import Office
    from exchange.redact.notes.decisions import MarkId, Verdict
    from exchange.redact.notes.marks import Mark
    from exchange.reviewing import Review

Answer = Literal["mask", "keep", "later", "stop"]


@click.command(
    help=_(
        "Look at each word in the case notes that nobody can be sure of, in its sentences, and decide for all like it: "
        "mask it, now and in every month, or keep it, in this extract and for this recipient alone. What is certain "
        "is masked without asking. Nothing leaves with a word that is open. The screen shows what is in case notes: "
        "see that nobody else looks at it."
    ),
    epilog=desk.example(
        "exchange scrub cases.xlsx --agreement DSA-NTT-2026-004 --period 2026-10 --to io-id --as caseworker.1",
        "exchange scrub cases.xlsx -a DSA-NTT-2026-004 -p 2026-10 --to io-id --as caseworker.1 --decisions FILE",
    ),
)
@click.argument("extract", type=desk.a_path())
@desk.agreement_option()
@desk.period_option()
@click.option("--to", required=True, metavar="PARTY", help=_("the recipient whose case notes are looked at"))
@desk.mapping_option()
@desk.corrects_option()
@desk.as_option()
@click.option(
    "--list", "list_", is_flag=True, help=_("give every doubtful word with its sentences, and decide nothing")
)
@click.option(
    "--decisions",
    type=desk.a_path(),
    metavar="FILE",
    help=_('a private file of decisions, {"ID": "mask"} or {"ID": "keep"}, by the ids that --list gives'),
)
@desk.dry_run_option()
def scrub(
    *,
    extract: Path,
    agreement_id: str,
    period: str,
    to: str,
    mapping: Path | None,
    corrects: bool,
    person_id: str | None,
    list_: bool,
    decisions: Path | None,
    dry_run: bool,
) -> None:
    from exchange.agreements.period import Period
    from exchange.checking import Job
    from exchange.reviewing import decided, finished, refuse_unknown, review, settle_before

    job = Job(extract, agreement_id, Period.read(period), to=(to,), corrects=corrects, mapping=mapping)
    office = desk.office()
    acting = desk.acting(office.workspace, "review", person_id, office.now.date())
    given = _read(decisions) if decisions else {}
    changes = not (list_ or dry_run)
    if changes:
        settle_before(office, agreement_id)
    looked = review(office, job)
    refuse_unknown(looked, given)
    if not changes:
        console.answer(_document(looked, sentences=list_), _lines(looked.marks if list_ else ()))
        _say(looked)
        if dry_run:
            desk.say_nothing_changed()
        return
    if decisions:
        decided(office, looked, acting, given)
    else:
        _ask_all(office, looked, acting)
    after = finished(office, looked)
    console.answer(_document(after, sentences=False), ())
    _say(after)


def _read(file: Path) -> Mapping[MarkId, Verdict]:
    """UsageError (usage.decisions) where it is none; what it holds is not repeated."""
    from pydantic import TypeAdapter, ValidationError

    from exchange.keyring.private_files import read_private
    from exchange.redact.notes.decisions import MarkId, Verdict

    try:
        return TypeAdapter(dict[MarkId, Verdict]).validate_python(json.loads(read_private(file)))
    except (ValidationError, ValueError, RecursionError):
        what = _("this is no file of decisions")
        hint = _('write {"ID": "mask", "ID": "keep"}, by the ids that --list gives')
        raise UsageError(Problem("usage.decisions", what, file.name, hint)) from None


def _ask_all(office: Office, looked: Review, acting: Acting) -> None:
    """Each decision is kept before the next is asked for: whoever is interrupted goes on from there."""
    from exchange.reviewing import decided

    waiting = looked.open
    if waiting and not console.interactive():
        what, hint = (
            _("there is nobody to ask"),
            _("take the doubtful words with --list, give decisions with --decisions FILE"),
        )
        raise UsageError(Problem("usage.nobody_to_ask", what, hint=hint))
    for number, mark in enumerate(waiting, 1):
        console.say()
        for line in _lines((mark,)):
            console.say(line)
        answer = _ask(acting, number, len(waiting))
        if answer == "stop":
            return
        if answer != "later":
            decided(office, looked, acting, {mark.id: answer})


def _ask(acting: Acting, number: int, of: int) -> Answer:
    """The answer, by its whole word or its beginning."""
    words: dict[Answer, str] = {"mask": _("mask"), "keep": _("keep"), "later": _("later"), "stop": _("stop")}
    question = f"{number}/{of}, {acting.person.name}: {', '.join(words.values())}?"
    while True:
        said = str(click.prompt(question, prompt_suffix=" ", err=True)).strip().casefold()
        found = [answer for answer, word in words.items() if said and word.startswith(said)]
        if len(found) == 1:
            return found[0]


def _lines(marks: tuple[Mark, ...]) -> Iterator[str]:
    for mark in marks:
        stands = ngettext("in {count} note", "in {count} notes", mark.notes).format(count=mark.notes)
        yield f"«{mark.word}»  {stands}  {mark.id}{_verdict(mark)}"
        for each in mark.sentences:
            yield f"  {each.before}«{each.word}»{each.after}"


def _verdict(mark: Mark) -> str:
    words = {"mask": _("masked"), "keep": _("kept"), None: ""}
    return f"  {words[mark.verdict]}" if mark.verdict else ""


def _document(looked: Review, *, sentences: bool) -> dict[str, Any]:
    counted = {
        "recipient": looked.permit.recipient.id,
        "period": str(looked.permit.period),
        "marks": len(looked.marks),
        "open": len(looked.open),
    }
    if not sentences:
        return counted
    return {
        **counted,
        "words": [
            {
                "id": mark.id,
                "word": mark.word,
                "notes": mark.notes,
                "verdict": mark.verdict,
                "sentences": [[each.before, each.word, each.after] for each in mark.sentences],
            }
            for mark in looked.marks
        ],
    }


def _say(looked: Review) -> None:
    left = len(looked.open)
    if left:
        said = ngettext("{count} word is still open", "{count} words are still open", left).format(count=left)
        console.say(said)
    else:
        console.say(_("no word is open: the case notes can leave"))
