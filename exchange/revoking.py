"""A machine of ours is lost: what lay on it is revoked, new keys take its place, and partners are told.

    check → write down that it is begun → `renewing.change` (log, identity, card, revocation) → people's own keys → done

Every step may be the last before a crash: whoever says it again goes on from there. Which loss is begun and not done is
written down, and never guessed from what is there: a second machine must not be taken for the first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from exchange.audit.entries import Entry
from exchange.errors import KeyringError, Problem
from exchange.keyring.identity import Identity
from exchange.keyring.loss import BegunLoss, Loss, after_loss
from exchange.keyring.shapes import Person, RevokedKey
from exchange.locale import _
from exchange.office import Office
from exchange.renewing import change, networks
from exchange.workspace.workspace import Workspace

_RESUMED = dt.timedelta(days=1)
"""So long a loss that was interrupted is meant where no time is given; later it may well be another machine."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """What a loss has come to. `identity`: as it is now; `new`: whether anything was revoked that was not before."""

    identity: Identity
    loss: Loss
    new: bool

    @property
    def revoked(self) -> tuple[RevokedKey, ...]:
        """The keys of this loss."""
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
    """The loss that is meant: where no time is given, the one that was interrupted today, else one that is noticed now.

    KeyringError: identity.root_apart (only the root revokes); card.since_later; person.unknown, for all who are none of
    ours and were not dismissed by this loss.
    """
    identity.root  # noqa: B018  # refused where it is not at hand
    begun = workspace.recovery.begun_loss()
    if since is None and begun is not None and now - begun.said < _RESUMED:
        since = begun.since
    loss = Loss(since or now.replace(microsecond=0), people, root)
    if begun is not None and begun.since == loss.since:
        loss = Loss(loss.since, tuple(dict.fromkeys((*begun.people, *people))), begun.root or root)
    if loss.since > now:
        hint = _("say since when it is lost, or leave it out: from now on")
        raise KeyringError(Problem("card.since_later", _("this time has not come yet"), hint=hint))
    _check_people(Office(workspace, identity, now), loss)
    return loss


def lose(workspace: Workspace, identity: Identity, loss: Loss, passphrase: str, now: dt.datetime) -> Revoked:
    """Do it, and keep it. `identity`: ours, its root at hand. One that was begun before and is another is finished
    first. Repeating it changes nothing."""
    begun = workspace.recovery.begun_loss()
    if begun is not None and begun.since != loss.since:
        identity = _lose(workspace, identity, begun.loss, passphrase, now)
    after = _lose(workspace, identity, loss, passphrase, now)
    return Revoked(after, loss, new=begun is not None or after.revoked != identity.revoked)


def _lose(workspace: Workspace, identity: Identity, loss: Loss, passphrase: str, now: dt.datetime) -> Identity:
    said = now.replace(microsecond=0)
    workspace.recovery.begin_loss(BegunLoss(said=said, since=loss.since, people=loss.people, root=loss.root))
    _note_dismissed(workspace, [each for each in identity.people if each.id in loss.people], now)
    after = change(workspace, passphrase, now, lambda ours: after_loss(ours, loss, now.date()), root=identity.root)
    for person in loss.people:
        workspace.people.forget(person)
    workspace.recovery.end_loss()
    return after


def keys_here(workspace: Workspace) -> tuple[str, ...]:
    """Whom our card certifies and whose own key lies in the workspace, as it may have on the machine that is lost."""
    people = workspace.own.card().card.people
    return tuple(each.id for each in people if workspace.people.key_file(each.id).exists())


def _check_people(office: Office, loss: Loss) -> None:
    """Whom this loss dismissed before it was interrupted, or another one long ago, is known from the log."""
    logs = office.workspace.logs.networks()
    gone = (each for network in logs for each in office.entries(network, "person.dismissed"))
    ours = {*(each.id for each in office.identity.people), *(each.person for each in gone)}
    unknown = [each for each in loss.people if each not in ours]
    hint = _("whom our card certifies: exchange card people list")
    what = _("our card certifies nobody of this id")
    KeyringError.raise_all(Problem("person.unknown", what, where=each, hint=hint) for each in unknown)


def _note_dismissed(workspace: Workspace, gone: Sequence[Person], now: dt.datetime) -> None:
    for network in networks(workspace) if gone else ():
        with workspace.logs.open(network) as log:
            for each in gone:
                key = each.verify_key.fingerprint()
                log.append(Entry(time=now, kind="person.dismissed", party=workspace.party, person=each.id, key=key))
