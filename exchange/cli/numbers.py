"""`exchange card numbers`: how far two organisations have counted, so that one whose ledger was lost can go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.seal.ledger import Last
    from exchange.workspace.workspace import Workspace


@click.command(
    help=_(
        "Show how far we and PARTY have counted what goes between us; nothing secret. A party whose ledger was lost, "
        "or restored from an old copy, takes such a list from each partner, compares it over the phone and goes on "
        "from there. Otherwise partners refuse what it sends, and it waits for ever for what was sent to it. A list is "
        "PARTY's word alone: one that got more than it says would get the same people again, in a form that compares. "
        "So after a recovery bundles for it wait until somebody here says that nothing more was sent."
    ),
    epilog=desk.example(
        "exchange --json card numbers yks > numbers.json", "exchange card numbers gt-ntt --take numbers.json"
    ),
)
@click.argument("party")
@click.option(
    "--take", type=desk.a_path(), metavar="FILE", help=_("go on from what PARTY has, as in this file of theirs")
)
@click.option("--yes", is_flag=True, help=_("the numbers were compared over the phone"))
@click.option(
    "--nothing-more-was-sent",
    "answered_for",
    is_flag=True,
    help=_("we know from our own people and papers, not from PARTY, that it got no more bundles than this"),
)
@desk.dry_run_option()
def numbers(party: str, *, take: Path | None, yes: bool, answered_for: bool, dry_run: bool) -> None:
    workspace = desk.here()
    workspace.cards.known(party)
    if take is None:
        found = workspace.ledger.last(party)
        console.answer(
            {"of": workspace.party, "with": party, "last": [_document(each) for each in found]}, _table(found)
        )
        return
    theirs = _read(take, workspace, party)
    for line in _table(theirs):
        console.say(line)
    desk.end_dry_run(dry_run)
    if not yes:
        _ask_whether_compared(party)
    taken = [each for each in theirs if workspace.ledger.resume(each, as_sender=each.series.sender == workspace.party)]
    if not workspace.recovery.numbers_unknown(party) or answered_for or _answers_for(party):
        workspace.recovery.note_compared(party)
    else:
        console.warn(_only_their_word(party))
    console.answer({"with": party, "taken": [_document(each) for each in taken]}, _table(taken))


def _ask_whether_compared(party: str) -> None:
    if not console.interactive():
        hint = _("compare the numbers with {party} over the phone, then say so: --yes").format(party=party)
        raise UsageError(Problem("usage.nobody_to_ask", _("there is nobody to ask"), hint=hint))
    click.confirm(_("did {party} read these numbers to you over the phone?").format(party=party), abort=True, err=True)


def _answers_for(party: str) -> bool:
    if not console.interactive():
        return False
    question = _(
        "do you know from your own people and papers, not from {party}, that it got no more bundles than this?"
    )
    return click.confirm(question.format(party=party), default=False, err=True)


def _only_their_word(party: str) -> Problem:
    what = _("the numbers are taken, but bundles for {party} wait: that it got no more is its own word alone")
    hint = _("ask those who approved and carried them, and the auditor; then once more with --nothing-more-was-sent")
    return Problem("numbers.their_word", what.format(party=party), where=party, hint=hint)


def _document(last: Last) -> dict[str, object]:
    series = last.series
    between = {"sender": series.sender, "recipient": series.recipient, "agreement": series.agreement}
    return {**between, "kind": series.kind, "sequence": last.sequence, "envelope": last.envelope_digest}


def _table(found: Sequence[Last]) -> list[str]:
    head = (_("sender"), _("recipient"), _("agreement"), _("kind"), _("number"), _("envelope"))
    rows = [
        (s.sender, s.recipient, s.agreement or "–", _kind(s.kind), str(each.sequence), each.envelope_digest[:19])
        for each in found
        for s in (each.series,)
    ]
    return console.table(head, rows)


def _kind(kind: str) -> str:
    return _("bundles") if kind == "bundle" else _("letters")


def _read(file: Path, workspace: Workspace, party: str) -> list[Last]:
    """What `party` has, each between it and us."""
    from exchange.keyring.private_files import MAX_SIZE
    from exchange.seal.counted import Counted

    with file.open("rb") as source:
        counted = Counted.read(source.read(MAX_SIZE))
    if counted is None or (counted.of, counted.with_) != (party, workspace.party):
        what = _("the file does not hold how far {party} and we have counted").format(party=party)
        hint = _("there: exchange card numbers {us} --json > numbers.json").format(us=workspace.party)
        raise UsageError(Problem("usage.numbers", what, where=file.name, hint=hint))
    return counted.lasts()
