"""By which keys an auditor judges: those given, then the confirmed cards of the workspace, if there is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import desk
from exchange.errors import CryptoError, Problem, UsageError, WorkspaceError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.crypto.signing import VerifyKey
    from exchange.workspace.workspace import Workspace


def key_option() -> desk.Options:
    what = _("a party's key as you know it: its card, or its public key file (may be repeated)")
    return click.option("--key", "keys", multiple=True, metavar="PARTY=FILE", help=what)


def known_keys(packs: Iterable[Path], given: Iterable[str]) -> dict[str, VerifyKey]:
    """Each log's key, by its origin. A pack is asked only for the network's name, never for its key."""
    from exchange.audit.checkpoint import log_origin

    by_party = {**dict(_of_cards()), **dict(map(_read_given, given))}
    return {log_origin(party, name): key for name in _networks(packs) for party, key in by_party.items()}


def seen_here() -> tuple[bytes, ...]:
    """The heads of logs that this workspace has seen, if there is one: witnessed, or kept though we could not."""
    workspace = _workspace()
    found: list[bytes] = []
    if workspace is not None:
        for network in workspace.witnesses.networks():
            with workspace.witnesses.open(network) as witness:
                found += (*witness.held(), *(each.shown for each in witness.contradictions()))
                found += (note for each in witness.unproved() for note in each.notes)
        for network in sorted({*workspace.witnesses.networks(), *workspace.logs.networks()}):
            found += workspace.witnesses.held_checkpoints(network)
    return tuple(dict.fromkeys(found))


def _networks(packs: Iterable[Path]) -> frozenset[str]:
    from pydantic import ValidationError

    from exchange.audit.checkpoint import network_of
    from exchange.audit.pack import MANIFEST, Manifest
    from exchange.audit.unpack import PackFiles
    from exchange.errors import AuditError

    found = set()
    for pack in packs:
        with PackFiles(pack) as files:
            try:
                found.add(network_of(Manifest.model_validate_json(files.read(MANIFEST) or b"").origin))
            except (ValidationError, AuditError):
                continue  # a finding of `verify`
    return frozenset(found)


def _workspace() -> Workspace | None:
    from exchange.workspace.workspace import Workspace

    try:
        return Workspace.open(click.get_current_context().obj.workspace)
    except WorkspaceError as error:
        if error.codes == ("workspace.none",):  # an auditor needs none
            return None
        raise


def _of_cards() -> Iterator[tuple[str, VerifyKey]]:
    workspace = _workspace()
    if workspace is None:
        return
    yield workspace.party, workspace.own.card().card.log_verify_key
    today = desk.now().date()
    for known in workspace.cards.all():
        if known.believed(today):
            yield known.signed.party, known.card.log_verify_key


def _read_given(text: str) -> tuple[str, VerifyKey]:
    from exchange.crypto.signing import VerifyKey
    from exchange.keyring.card import MAX_CARD, read_card

    party, equals, name = text.partition("=")
    if not (party and equals and name):
        raise UsageError(Problem("usage.key", _("a key is given as PARTY=FILE"), where=party))
    file = Path(name)
    with file.open("rb") as source:
        content = source.read(MAX_CARD + 1)
    try:
        if content.lstrip().startswith(b"{"):
            card = read_card(content).card
            if card.party != party:
                raise UsageError(Problem("usage.key", _("the card is of another party"), where=f"{party}={file.name}"))
            return party, card.log_verify_key
        return party, VerifyKey.from_openssh(" ".join(content.decode("ascii").split()[:2]))
    except (CryptoError, UnicodeDecodeError):
        hint = _("give a card, or a public key file as ssh-keygen writes it")
        raise UsageError(Problem("usage.key", _("the file holds no key"), where=file.name, hint=hint)) from None
