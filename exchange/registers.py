"""What only our own identity opens: the networks' secrets, who withdrew consent, which notices were given."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pydantic import TypeAdapter

from exchange.agreements.state import Notice
from exchange.crypto.hashing import keyed
from exchange.errors import Problem, WorkspaceError
from exchange.extracts.references import as_compared
from exchange.locale import _
from exchange.matching.epochs import follows
from exchange.matching.secret import NetworkSecret
from exchange.office import Office


@dataclass(frozen=True, slots=True)
class _Kept:
    """A network's secret, as `NetworkSecret.to_json` writes it, and the party from which the next one is taken."""

    secret: str
    giver: str

    def opened(self) -> NetworkSecret:
        return NetworkSecret.from_json(self.secret)


_SECRETS: TypeAdapter[tuple[_Kept, ...]] = TypeAdapter(tuple[_Kept, ...])
_NOTICES: TypeAdapter[tuple[Notice, ...]] = TypeAdapter(tuple[Notice, ...])


def network_secret(office: Office, network: str) -> NetworkSecret | None:
    """The newest secret of a network that is here; None where none is."""
    found = _newest(_secrets(office), network)
    return found.opened() if found else None


def secrets_of(office: Office, network: str) -> tuple[NetworkSecret, ...]:
    """Every secret of a network that is here, the newest last."""
    return tuple(secret for each in _secrets(office) if (secret := each.opened()).network == network)


def forget_secret(office: Office, network: str, epoch: str) -> None:
    """Keep the secret of an epoch no longer."""
    kept = ((each, each.opened()) for each in _secrets(office))
    _save_secrets(office, tuple(each for each, one in kept if (one.network, one.epoch) != (network, epoch)))


def secret_giver(office: Office, network: str) -> str | None:
    """From whom a newer secret of the network is taken: who gave the newest that is here; None where none is."""
    found = _newest(_secrets(office), network)
    return found.giver if found else None


def has_secret(office: Office, secret: NetworkSecret) -> bool:
    return any(each.opened() == secret for each in _secrets(office))


def keep_network_secret(office: Office, secret: NetworkSecret, giver: str | None = None) -> None:
    """Keep a secret, as its network's newest; `giver` sent it, or we made it. WorkspaceError: network.other_secret if
    its epoch has another one; network.epoch_over if a later epoch's is here."""
    kept = _secrets(office)
    same_epoch = [one for each in kept if _same_epoch(one := each.opened(), secret)]
    if same_epoch and same_epoch != [secret]:
        raise WorkspaceError(
            Problem(
                "network.other_secret",
                _("another secret of this network and epoch is here already"),
                where=f"{secret.network} {secret.epoch}",
                hint=_("two coordinators? agree on one, and let it begin a new epoch"),
            )
        )
    newest = _newest(kept, secret.network)
    if not same_epoch and newest is not None and not follows(secret.epoch, newest.opened().epoch):
        what, hint = _("this epoch is before the one whose secret is here"), _("give the new epoch a later name")
        raise WorkspaceError(Problem("network.epoch_over", what, f"{secret.network} {secret.epoch}", hint))
    if not same_epoch:
        _save_secrets(office, (*kept, _Kept(secret.to_json(), giver or office.party)))


def take_secrets_from(office: Office, network: str, giver: str) -> None:
    """From now on a newer secret of the network is taken from this party. A person decides that."""
    kept = _secrets(office)
    newest = _newest(kept, network)
    _save_secrets(office, tuple(_Kept(each.secret, giver) if each is newest else each for each in kept))


def _same_epoch(one: NetworkSecret, other: NetworkSecret) -> bool:
    return (one.network, one.epoch) == (other.network, other.epoch)


def _newest(kept: tuple[_Kept, ...], network: str) -> _Kept | None:
    return next((each for each in reversed(kept) if each.opened().network == network), None)


def withdrawals(office: Office, agreement: str) -> frozenset[str]:
    """The case numbers of those who withdrew under an agreement."""
    return frozenset(_withdrawn(office).get(agreement, ()))


def withdrew(office: Office, agreement: str, case: str) -> None:
    """Keep that the person of this case withdrew. It is never taken back: consent that is given anew is a new case."""
    known = _withdrawn(office)
    known[agreement] = sorted({*known.get(agreement, ()), case})
    office.save_register(office.workspace.registers.withdrawn_file, json.dumps(known).encode("utf-8"))


def notices(office: Office) -> tuple[Notice, ...]:
    """Every notice that we gave or got, in the order in which they were kept."""
    content = office.load_register(office.workspace.registers.notices_file)
    return _NOTICES.validate_json(content or b"[]")


def keep_notice(office: Office, notice: Notice) -> None:
    """Keep a notice about an agreement. Repeating it changes nothing."""
    known = notices(office)
    if notice not in known:
        office.save_register(office.workspace.registers.notices_file, _NOTICES.dump_json((*known, notice)))


def _secrets(office: Office) -> tuple[_Kept, ...]:
    return _SECRETS.validate_json(office.load_register(office.workspace.registers.network_file) or b"[]")


def _save_secrets(office: Office, kept: tuple[_Kept, ...]) -> None:
    office.save_register(office.workspace.registers.network_file, _SECRETS.dump_json(kept))


def _withdrawn(office: Office) -> dict[str, list[str]]:
    content = office.load_register(office.workspace.registers.withdrawn_file)
    known: dict[str, list[str]] = json.loads(content or b"{}")
    return known


def case_key(office: Office, agreement: str, recipient: str, case: str) -> bytes:
    """By what the memory of releases knows a case that went to a recipient: nobody else can make or test it."""
    return keyed(office.identity.key_for("releases"), agreement, recipient, as_compared(case))
