"""`exchange agreement new`: an agreement is written by asking, from a file of answers, or as a workbook to fill in."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.agreement_workbook import put, refuse_to_replace
from exchange.errors import AgreementError, Problem, UsageError, WorkspaceError
from exchange.locale import _, ngettext

if TYPE_CHECKING:
    from exchange.agreements.agreement import Agreement
    from exchange.agreements.answers import Answers
    from exchange.agreements.interview_parties import Known
    from exchange.agreements.questions import Question

_BACK = "<"


@click.command(
    name="new",
    help=_(
        "Write a new agreement into OUT.yaml. At a terminal it asks, with defaults from an example, our own card "
        "and the confirmed cards of others; answers are kept in OUT.yaml.draft until the agreement is written. With "
        "--to-xlsx nothing is asked: what is not known is left open (…), and an officer fills it in."
    ),
    epilog=desk.example(
        "exchange agreement new dsa.yaml",
        "exchange agreement new dsa.yaml --answers answers.yaml",
        "exchange agreement new dsa.yaml --to-xlsx dsa.xlsx",
    ),
)
@click.argument("out", type=desk.a_path(), metavar="OUT.yaml")
@click.option("--answers", type=desk.a_path(), metavar="FILE", help=_("take the answers from a YAML or JSON file"))
@click.option(
    "--to-xlsx", type=desk.a_path(), metavar="OUT.xlsx", help=_("write the workbook as well, and ask nothing")
)
@desk.dry_run_option()
def new(out: Path, answers: Path | None, to_xlsx: Path | None, *, dry_run: bool) -> None:
    from exchange.agreements.crosschecks import check_agreement
    from exchange.agreements.drafting import draft_yaml
    from exchange.agreements.reading import read_agreement_with_places
    from exchange.agreements.workbook import workbook

    for file in (out, to_xlsx):
        if file is not None:
            refuse_to_replace(file)
    draft = None if dry_run else out.with_name(f"{out.name}.draft")
    given = _answers(answers, draft, ask=to_xlsx is None)
    text = draft_yaml(given, _template_text())
    made, places = read_agreement_with_places(text, out.name)
    left = check_agreement(made, places)
    book = workbook(made) if to_xlsx else b""
    desk.end_dry_run(dry_run)
    put(out, text.encode())
    if to_xlsx:
        put(to_xlsx, book)
    if draft and answers is None and to_xlsx is None:
        draft.unlink(missing_ok=True)
    files = [out.name, *([to_xlsx.name] if to_xlsx else [])]
    document = {"id": made.id, "version": made.version, "digest": made.digest, "files": files}
    console.answer(
        {**document, "open": console.problem_documents(left)}, [str(out), *([str(to_xlsx)] if to_xlsx else [])]
    )
    _say_what_next(out, to_xlsx, len(left))


def _answers(file: Path | None, draft: Path | None, *, ask: bool) -> Answers:
    from exchange.agreements.interview import interview
    from exchange.agreements.questions import conduct, unasked
    from exchange.agreements.reading import read_agreement

    template = read_agreement(_template_text(), "")
    if file is not None:
        return _from_file(file, template)
    today = desk.now().date()
    if not ask:
        return conduct(interview(_known(today), template, today), unasked)
    if not console.interactive():
        hint = _("give the answers with --answers FILE, or leave them open with --to-xlsx FILE")
        raise UsageError(Problem("usage.nobody_to_ask", _("there is nobody to ask"), hint=hint))
    return _asked(template, today, _Notebook.begun(draft))


def _from_file(file: Path, template: Agreement) -> Answers:
    from exchange.agreements.answers import Answers
    from exchange.agreements.drafting import check_answers
    from exchange.agreements.strict_yaml import read_with_places
    from exchange.agreements.text_file import load_text

    found, places = read_with_places(load_text(file, AgreementError), Answers, file.name, AgreementError)
    AgreementError.raise_all(check_answers(found, template, places))
    return found


def _template_text() -> str:
    from importlib.resources import files

    return files("exchange.demo").joinpath("dsa-ntt.yaml").read_text(encoding="utf-8")


def _known(today: dt.date) -> Known:
    """What our workspace knows; nothing where there is none."""
    from exchange.agreements.interview_parties import Known

    try:
        workspace = desk.here()
    except WorkspaceError as error:
        if error.codes != ("workspace.none",):
            raise
        return Known()
    networks = [each.agreement.network for each in workspace.agreements.all()]
    others = tuple(each.card for each in workspace.cards.all() if each.believed(today))
    return Known(workspace.own.card().card, others, networks[-1] if networks else "")


def _say_what_next(out: Path, book: Path | None, left: int) -> None:
    console.say(_("a draft is written; its thresholds and law are for the parties and their counsel to settle"))
    if left:
        console.say(
            ngettext(
                "{count} thing is still to be settled; it is listed with its line by: exchange agreement check {file}",
                "{count} things are still to be settled; they are listed with their lines by: "
                "exchange agreement check {file}",
                left,
            ).format(count=left, file=out.name)
        )
    if book:
        hint = _("when the workbook is filled in: exchange agreement from-xlsx {book} OUT.yaml --base {file}")
        console.say(hint.format(book=book.name, file=out.name))
    else:
        console.say(
            _("for officers and lawyers, in Excel: exchange agreement to-xlsx {file} OUT.xlsx").format(file=out.name)
        )
    console.say(_("when all agree: exchange agreement add {file} --mapping mapping.yaml").format(file=out.name))


# --- asking ---


class _Back(Exception):  # noqa: N818  # no failure: a person wants the question before
    pass


@dataclass
class _Notebook:
    """The replies so far, by question, in a private file beside the agreement that is being written."""

    file: Path | None
    replies: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begun(cls, file: Path | None) -> _Notebook:
        """The one that an earlier run has left, if the person wants to go on with it."""
        if file is None or not file.exists():
            return cls(file)
        replies = _read_replies(file)
        said = _("{count} answers of an earlier run are in {file}; go on with them").format(
            count=len(replies), file=file.name
        )
        return cls(file, replies if click.confirm(said, default=True, err=True) else {})

    def keep(self, key: str, reply: str) -> None:
        self.replies[key] = reply
        self._write()

    def drop_last(self) -> None:
        if self.replies:
            self.replies.popitem()
            self._write()

    def _write(self) -> None:
        from exchange.keyring.private_files import write_private

        if self.file:
            write_private(self.file, json.dumps(self.replies, ensure_ascii=False, indent=1).encode("utf-8"))


def _read_replies(file: Path) -> dict[str, str]:
    from exchange.keyring.private_files import read_private

    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(read_private(file))
        if isinstance(found, dict) and all(isinstance(each, str) for each in found.values()):
            return found
    what, hint = _("the answers of an earlier run cannot be read"), _("delete the file to begin again")
    raise UsageError(Problem("usage.draft_damaged", what, file.name, hint))


def _asked(template: Agreement, today: dt.date, notebook: _Notebook) -> Answers:
    """The whole conversation; going back begins it again and repeats what was said before."""
    from exchange.agreements.interview import interview
    from exchange.agreements.questions import conduct

    known = _known(today)
    console.say(_("return takes what stands in brackets; ... leaves a text open; < goes back by one question"))
    if notebook.file:
        console.say(_("answers are kept in {file}: stop whenever you like").format(file=notebook.file.name))
    while True:
        with contextlib.suppress(_Back):
            return conduct(interview(known, template, today), lambda question: _reply(question, notebook))
        notebook.drop_last()


def _reply(question: Question, notebook: _Notebook) -> Any:
    from exchange.agreements.questions import kept

    if question.key in notebook.replies:
        with contextlib.suppress(ValueError):  # what the answer leaned on has changed: ask again
            return question.answer(notebook.replies[question.key])
    for line in question.before:
        console.say(line)
    how = f" ({question.how})" if question.how else ""
    while True:
        said = click.prompt(f"{question.text}{how}", default=question.default or None, err=True)
        if said.strip() == _BACK:
            raise _Back
        try:
            answer = question.answer(said)
        except ValueError as reason:
            console.say(f"  {reason}")
            continue
        notebook.keep(question.key, kept(answer))
        return answer
