"""`exchange agreement signatures …`: signatures travel by e-mail or stick, and join those that lie here."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.cli.groups import Group
from exchange.errors import AgreementError, KeyringError, Problem
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.agreements.signatures import Signature, Signatures
    from exchange.keyring.shapes import Person
    from exchange.workspace.workspace import Workspace


@click.group(
    cls=Group,
    help=_("Hand round the signatures under an agreement, by e-mail or on a stick."),
    epilog=desk.example("exchange agreement signatures export DSA-NTT-2026-004 signatures.json"),
)
def signatures() -> None:
    pass


@signatures.command(
    help=_("Write all signatures that lie under the agreement ID into FILE."),
    epilog=desk.example("exchange agreement signatures export DSA-NTT-2026-004 signatures.json"),
)
@click.argument("agreement_id", metavar="ID")
@click.argument("file", type=desk.a_path())
def export(agreement_id: str, file: Path) -> None:
    kept = desk.here().agreements.newest(agreement_id)
    file.write_bytes(kept.signatures.to_json())
    parties = sorted({each.party for each in kept.signatures.entries})
    console.answer({"file": str(file), "parties": parties}, [str(file)])


@signatures.command(
    name="import",
    help=_("Keep the valid signatures of FILE beside their agreements. What is not valid is said and left out."),
    epilog=desk.example("exchange agreement signatures import signatures.json"),
)
@click.argument("file", type=desk.a_path())
@desk.dry_run_option()
def import_(file: Path, *, dry_run: bool) -> None:
    workspace, now = desk.here(), desk.now()
    today = now.date()
    judged = [(each, _objection(workspace, each, today)) for each in _read(file).entries]
    good = [each for each, objection in judged if objection is None]
    desk.end_dry_run(dry_run)
    for each in good:
        _keep(workspace, each, now)
    console.answer_partly(
        {"kept": [{"agreement": str(each.statement.reference), "party": each.party} for each in good]},
        [f"{each.statement.reference} {each.party}" for each in good],
        AgreementError,
        dict.fromkeys(objection for _each, objection in judged if objection is not None),
    )


def _read(file: Path) -> Signatures:
    from exchange.agreements.signatures import Signatures

    return Signatures.from_json(file.read_bytes(), file.name)


def _objection(workspace: Workspace, signature: Signature, today: dt.date) -> Problem | None:
    """Why the signature is not kept."""
    from exchange.agreements.signatures import Signatures, revoked_for, signed_by

    reference = signature.statement.reference
    where = f"{reference} {signature.party}"
    kept = workspace.agreements.find(reference)
    if kept is None:
        hint = _("ask for the agreement's file, then: exchange agreement add FILE")
        return Problem("agreement.unknown", _("exactly this text is not here"), where, hint)
    if signature.party not in signed_by(kept.agreement, Signatures.of(signature)):
        hint = _("ask {party} to sign version {version}").format(party=signature.party, version=reference.version)
        return Problem("agreement.bad_signature", _("the signature is not valid"), where, hint)
    if signature in kept.signatures.entries:
        return None
    if revoked_for(signature, workspace.revoked_keys(signature.party)):
        what = _("{party} has revoked the key that made this signature").format(party=signature.party)
        return Problem("agreement.signer_revoked", what, where, _("let somebody else sign for it"))
    if signature.certification is not None:
        return _objection_to_the_person(workspace, signature.party, signature.certification.person, where, today)
    return None


def _objection_to_the_person(
    workspace: Workspace, party: str, person: Person, where: str, today: dt.date
) -> Problem | None:
    """Whoever is dismissed could still sign with an earlier day. So a new signature must be of a person whom the newest
    card that we believe certifies today as it did; what was kept before stays."""
    try:
        card = (
            workspace.own.card() if party == workspace.party else workspace.cards.believed(party, today).signed
        ).card
    except KeyringError as error:
        return replace(error.problems[0], where=where)
    for each in card.people:
        if (each.id, each.key) == (person.id, person.key) and "sign" in each.roles:
            return None
    what = _("the card of {party} does not certify {person} to sign").format(party=party, person=person.id)
    hint = _("take the newest card of {party}, or ask for a signature by somebody whom it certifies")
    return Problem("agreement.signer_dismissed", what, where, hint.format(party=party))


def _keep(workspace: Workspace, signature: Signature, now: dt.datetime) -> None:
    from exchange.agreements.signatures import Signatures
    from exchange.noting import note_agreement

    kept = workspace.agreements.find(signature.statement.reference)
    if kept is not None:
        note_agreement(workspace, workspace.agreements.add_signatures(kept, Signatures.of(signature)), now)
