"""`exchange open`: one sealed bundle into a folder, verified whole before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.errors import Problem, SealError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.office import Office
    from exchange.seal.envelope import Envelope


@click.command(
    name="open",
    help=_(
        "Open the sealed bundle FILE into a new folder, for a person to read whom the agreement names. It is verified "
        "whole before anything is written. Nothing is taken into the store: that is exchange receive. Delete the "
        "folder after use."
    ),
    epilog=desk.example("exchange open 4f1c….age --out september --as data.officer.1"),
)
@click.argument("file", type=desk.a_path())
@click.option("--out", type=desk.a_path(), required=True, metavar="FOLDER", help=_("a folder that is not there yet"))
@desk.as_option()
@desk.dry_run_option()
def open_(file: Path, out: Path, person_id: str | None, *, dry_run: bool) -> None:
    from exchange.receiving import opening_facts
    from exchange.seal.opening import open_sealed, unpack_sealed

    office = desk.office()
    who = desk.acting(office.workspace, "open", person_id, office.now.date()).person
    facts = replace(opening_facts(office, office.now), reading_again=True)
    allow = partial(_check_envelope, office, who.id)
    with file.open("rb") as source:
        if dry_run:
            envelope = open_sealed(source, office.identity, office.workspace.cards, facts).envelope
            allow(envelope)
            console.answer(envelope.model_dump(mode="json"), _lines(envelope))
            desk.say_nothing_changed()
            return
        unpacked = unpack_sealed(source, office.identity, office.workspace.cards, facts, out, allow=allow)
    _note(office, unpacked.envelope, f"sha256:{unpacked.ciphertext_sha256}", who.id)
    document = {"folder": str(out), "envelope": unpacked.envelope.model_dump(mode="json"), "files": unpacked.paths}
    console.answer(document, [str(out / path) for path in unpacked.paths])
    for line in _lines(unpacked.envelope):
        console.say(line)


def _check_envelope(office: Office, person: str, envelope: Envelope) -> None:
    """A letter may hold a network's secret, which no folder shall show; a bundle is for the people named for it."""
    from exchange.named_users import check_named_user

    if envelope.kind != "bundle" or envelope.agreement is None:
        what, hint = _("this is a letter, not a bundle"), _("letters are read by: exchange receive")
        raise SealError(Problem("open.letter", what, where=envelope.sender, hint=hint))
    check_named_user(office, person, [envelope.agreement])


def _note(office: Office, envelope: Envelope, ciphertext: str, person: str) -> None:
    """Every opening is in the log."""
    known = office.workspace.by_reference(envelope.agreement) if envelope.agreement else None
    if known is None:
        return
    entry = office.entry(
        "bundle.opened",
        counterpart=envelope.sender,
        agreement=envelope.agreement,
        period=envelope.period,
        bundle=envelope.id,
        ciphertext=ciphertext,
        person=person,
    )
    office.note(known.agreement.network, entry)


def _lines(envelope: Envelope) -> Iterator[str]:
    yield _("{kind} from {sender}, {period}, under {agreement}").format(
        kind=envelope.kind,
        sender=envelope.sender,
        period=envelope.period or "–",
        agreement=envelope.agreement or "–",
    )
