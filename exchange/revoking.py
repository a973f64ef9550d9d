"""A machine of ours is lost: what lay on it is revoked, new keys take its place, and partners are told.

    check → note in the logs → identity → revocation → card → the people's own keys → letters

Every step may be the last before a crash: whoever says it again goes on from there, and nothing is revoked twice. The
log comes first, so that no partner is ever left untold; the identity before the card, so that nobody encrypts for a key
that we do not keep.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from exchange.audit.entries import Entry
from exchange.errors import KeyringError, Problem
from exchange.keyring.card import SignedCard, issue_card
from exchange.keyring.identity import Identity, with_root
from exchange.keyring.identity_file import load_identity, save_identity
from exchange.keyring.loss import Loss, after_loss, lost_since
from exchange.keyring.revocation import issue_revocation
from exchange.keyring.shapes import RevokedKey
from exchange.locale import _
from exchange.office import Office
from exchange.renewing import networks, to_be_told
from exchange.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Revoked:
    """What a loss has come to. `identity`: as it is now; `revoked`: the keys of this loss."""

    identity: Identity
    loss: Loss

    @property
    def revoked(self) -> tuple[RevokedKey, ...]:
        return tuple(each for each in self.identity.revoked if each.since == self.loss.since)


def the_loss(
    workspace: Workspace,
    identity: Identity,
    since: dt.datetime | None,
    people: tuple[str, ...],
    *,
    root: bool,
    now: dt.datetime,
) -> Loss:
    """The loss that is meant: where no time is given, the one that was interrupted, else one that is noticed now.

    KeyringError: identity.root_apart (only the root revokes); card.since_later; person.unknown, for all who are none of
    ours and were not dismissed by this loss.
    """
    identity.root  # noqa: B018  # refused where it is not at hand
    begun = None if _is_finished(workspace, identity, now.date()) else lost_since(identity)
    loss = Loss(since or begun or now.replace(microsecond=0), people, root)
    if loss.since > now:
        hint = _("say since when it is lost, or leave it out: from now on")
        raise KeyringError(Problem("card.since_later", _("this time has not come yet"), hint=hint))
    _check_people(Office(workspace, identity, now), loss)
    return loss


def lose(workspace: Workspace, identity: Identity, loss: Loss, passphrase: str, now: dt.datetime) -> Revoked:
    """Do it, and keep it. `identity`: ours, its root at hand. Repeating it changes nothing."""
    with workspace.turn("renewing"):
        before = with_root(load_identity(workspace.identity_file, passphrase), identity.root)
        after = after_loss(before, loss, now.date())
        if after != before or not _is_finished(workspace, after, now.date()):
            _note(workspace, before, after, now)
            save_identity(after, workspace.identity_file, passphrase)
            workspace.save_own_revocation(issue_revocation(after, now))
            if not after.root_revoked:
                workspace.save_own_card(_card(workspace, after, now.date()))
        for person in loss.people:
            for kept in ("age", "json"):
                (workspace.people_folder / f"{person}.{kept}").unlink(missing_ok=True)
    return Revoked(after, loss)


def keys_here(workspace: Workspace) -> tuple[str, ...]:
    """Whom our card certifies and whose own key lies in the workspace, as it may have on the machine that is lost."""
    people = workspace.own_card().card.people
    return tuple(each.id for each in people if (workspace.people_folder / f"{each.id}.age").exists())


def _check_people(office: Office, loss: Loss) -> None:
    """Whom this loss dismissed before it was interrupted, or another one long ago, is known from the log."""
    logs = office.workspace.networks()
    gone = (each for network in logs for each in office.entries(network, "person.dismissed"))
    ours = {*(each.id for each in office.identity.people), *(each.person for each in gone)}
    unknown = [each for each in loss.people if each not in ours]
    hint = _("whom our card certifies: exchange card people list")
    what = _("our card certifies nobody of this id")
    KeyringError.raise_all(Problem("person.unknown", what, where=each, hint=hint) for each in unknown)


def _is_finished(workspace: Workspace, identity: Identity, on: dt.date) -> bool:
    """Whether revocation and card say what the identity says."""
    own = workspace.own_revocation()
    if (own.revocation.keys if own else ()) != identity.revoked:
        return False
    if identity.root_revoked:
        return True
    before = workspace.own_card().card
    after = _card(workspace, identity, on).card
    return after == before.model_copy(update={"issued": after.issued, "serial": after.serial})


def _card(workspace: Workspace, identity: Identity, on: dt.date) -> SignedCard:
    before = workspace.own_card()
    return issue_card(identity, on, sftp=before.card.sftp, previous=before)


def _note(workspace: Workspace, before: Identity, after: Identity, now: dt.datetime) -> None:
    """In every network: each key that is revoked now, and that our card changes; who is dismissed."""
    new = tuple(each for each in after.revoked if each not in before.revoked)
    # After a crash nothing is new any more; then what this loss revoked is noted once more.
    of_loss = new or tuple(each for each in after.revoked if each.since == lost_since(after))
    to_be_told(workspace, after, now, of_loss)
    gone = [each for each in before.people if each not in after.people]
    for network in networks(workspace) if gone else ():
        with workspace.open_log(network) as log:
            for each in gone:
                key = each.verify_key.fingerprint()
                log.append(Entry(time=now, kind="person.dismissed", party=after.party, person=each.id, key=key))
