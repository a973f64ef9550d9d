"""`exchange open`: one sealed bundle into a folder, verified whole before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from exchange.cli import console, desk
from exchange.errors import Problem, SealError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.office import Office
    from exchange.seal.envelope import Envelope
    from exchange.seal.facts import OpeningFacts

LETTERS = 1 << 20  # bytes; letters are far smaller


@click.command(
    name="open",
    help=_(
        "Open the sealed bundle FILE into a new folder, for a person to read. It is verified whole before anything is "
        "written. Nothing is taken into the store: that is exchange receive. Delete the folder after use."
    ),
    epilog=desk.example("exchange open 4f1c….age --out september"),
)
@click.argument("file", type=desk.a_path())
@click.option("--out", type=desk.a_path(), required=True, metavar="FOLDER", help=_("a folder that is not there yet"))
@desk.dry_run_option()
def open_(file: Path, out: Path, *, dry_run: bool) -> None:
    from exchange.receiving import opening_facts
    from exchange.seal.opening import open_sealed, unpack_sealed

    office = desk.office()
    facts = replace(opening_facts(office, office.now), reading_again=True)
    with file.open("rb") as source:
        if dry_run:
            envelope = open_sealed(source, office.identity, office.workspace.cards, facts).envelope
            console.answer(envelope.model_dump(mode="json"), _lines(envelope))
            desk.say_nothing_changed()
            return
        _refuse_letters(office, source, facts)
        source.seek(0)
        unpacked = unpack_sealed(source, office.identity, office.workspace.cards, facts, out)
    _note(office, unpacked.envelope, f"sha256:{unpacked.ciphertext_sha256}")
    document = {"folder": str(out), "envelope": unpacked.envelope.model_dump(mode="json"), "files": unpacked.paths}
    console.answer(document, [str(out / path) for path in unpacked.paths])
    for line in _lines(unpacked.envelope):
        console.say(line)


def _refuse_letters(office: Office, source: BinaryIO, facts: OpeningFacts) -> None:
    """A letter may hold a network's secret, which no folder shall show."""
    from exchange.seal.opening import open_sealed

    size = source.seek(0, 2)
    source.seek(0)
    if size <= LETTERS:
        envelope = open_sealed(source, office.identity, office.workspace.cards, facts).envelope
        if envelope.kind != "bundle":
            what, hint = _("this is a letter, not a bundle"), _("letters are read by: exchange receive")
            raise SealError(Problem("open.letter", what, where=envelope.sender, hint=hint))


def _note(office: Office, envelope: Envelope, ciphertext: str) -> None:
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
    )
    office.note(known.agreement.network, entry)


def _lines(envelope: Envelope) -> Iterator[str]:
    yield _("{kind} from {sender}, {period}, under {agreement}").format(
        kind=envelope.kind,
        sender=envelope.sender,
        period=envelope.period or "–",
        agreement=envelope.agreement or "–",
    )
