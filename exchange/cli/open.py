"""`exchange open`: a sealed bundle into a folder, verified and its notices acknowledged before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk, notices
from exchange.errors import Problem, SealError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.acknowledging import Described
    from exchange.office import Office
    from exchange.seal.envelope import Envelope


@click.command(
    name="open",
    help=_(
        "Open the sealed bundle FILE into a new folder, for a person to read whom the agreement names. It is verified "
        "whole, and what must be known of the data is shown and acknowledged, before anything is written; the sender "
        "is told who acknowledged it. Nothing is taken into the store: that is exchange receive. Delete the folder "
        "after use."
    ),
    epilog=desk.example(
        "exchange open 4f1c….age --out september --as data.officer.1",
        "exchange open 4f1c….age --out september --as data.officer.1 --acknowledge",
    ),
)
@click.argument("file", type=desk.a_path())
@click.option("--out", type=desk.a_path(), required=True, metavar="FOLDER", help=_("a folder that is not there yet"))
@notices.acknowledge_option()
@desk.as_option()
@desk.dry_run_option()
def open_(file: Path, out: Path, person_id: str | None, *, acknowledge: bool, dry_run: bool) -> None:
    from exchange.acknowledging import told_by
    from exchange.duties.leftovers import remember
    from exchange.seal.opening import unpack_sealed
    from exchange.taking_in import opening_facts

    office = desk.office()
    acting = desk.acting(office.workspace, "open", person_id, office.now.date())
    who = acting.person
    facts = replace(opening_facts(office, office.now), reading_again=True)
    allow = partial(_check_envelope, office, who.id)
    with file.open("rb") as source:
        envelope, told = told_by(source, office, facts, allow)
        notices.show([told])
        if dry_run:
            console.answer(_document(envelope, told), _lines(envelope))
            desk.say_nothing_changed()
            return
        with office.workspace.turn("receiving"):  # else a receipt being written might not know of it
            notices.acknowledged(office, [told], acting, given=acknowledge, shown=True)
        source.seek(0)
        cards = office.workspace.cards
        unpacked = unpack_sealed(source, office.identity, cards, facts, out, allow=allow, known_as=told.ciphertext)
    remember(office, "opened", out, [out / path for path in unpacked.paths])
    _note(office, told, who.id)
    document = {"folder": str(out), "files": unpacked.paths, **_document(envelope, told)}
    console.answer(document, [str(out / path) for path in unpacked.paths])
    for line in _lines(envelope):
        console.say(line)


def _document(envelope: Envelope, told: Described) -> dict[str, Any]:
    return {"envelope": envelope.model_dump(mode="json"), "metadata": told.metadata.model_dump(mode="json")}


def _check_envelope(office: Office, person: str, envelope: Envelope) -> None:
    """A letter may hold a network's secret, which no folder shall show; a bundle is for the people named for it."""
    from exchange.named_users import check_named_user

    if envelope.kind != "bundle" or envelope.agreement is None:
        what, hint = _("this is a letter, not a bundle"), _("letters are read by: exchange receive")
        raise SealError(Problem("open.letter", what, where=envelope.sender, hint=hint))
    check_named_user(office, person, [envelope.agreement])


def _note(office: Office, told: Described, person: str) -> None:
    """Every opening is in the log."""
    entry = office.entry(
        "bundle.opened",
        counterpart=told.metadata.sender.id,
        agreement=told.metadata.agreement,
        period=told.metadata.period,
        bundle=told.metadata.bundle,
        ciphertext=told.ciphertext,
        person=person,
    )
    office.note(told.agreement.network, entry)


def _lines(envelope: Envelope) -> Iterator[str]:
    yield _("{kind} from {sender}, {period}, under {agreement}").format(
        kind=envelope.kind,
        sender=envelope.sender,
        period=envelope.period or "–",
        agreement=envelope.agreement or "–",
    )
