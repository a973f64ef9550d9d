"""What only our own identity opens: the networks' secrets, who withdrew consent, which notices were given."""

from __future__ import annotations

import json

from pydantic import TypeAdapter

from exchange.agreements.state import Notice
from exchange.crypto.hashing import keyed
from exchange.errors import Problem, WorkspaceError
from exchange.extracts.references import as_compared
from exchange.locale import _
from exchange.matching.secret import NetworkSecret
from exchange.office import Office

_NOTICES: TypeAdapter[tuple[Notice, ...]] = TypeAdapter(tuple[Notice, ...])


def network_secret(office: Office, network: str) -> NetworkSecret | None:
    """The newest secret of a network that is here; None where none is."""
    found = [secret for secret in _secrets(office) if secret.network == network]
    return found[-1] if found else None


def keep_network_secret(office: Office, secret: NetworkSecret) -> None:
    """Keep a secret, as its network's newest. WorkspaceError (network.other_secret) if its epoch has another one."""
    known = [each for each in _secrets(office) if (each.network, each.epoch) == (secret.network, secret.epoch)]
    if known and known != [secret]:
        raise WorkspaceError(
            Problem(
                "network.other_secret",
                _("another secret of this network and epoch is here already"),
                where=f"{secret.network} {secret.epoch}",
                hint=_("two coordinators? agree on one, and let it begin a new epoch"),
            )
        )
    if not known:
        texts = [each.to_json() for each in (*_secrets(office), secret)]
        office.save_register(office.workspace.network_file, json.dumps(texts).encode("utf-8"))


def withdrawals(office: Office, agreement: str) -> frozenset[str]:
    """The case numbers of those who withdrew under an agreement."""
    return frozenset(_withdrawn(office).get(agreement, ()))


def withdrew(office: Office, agreement: str, case: str) -> None:
    """Keep that the person of this case withdrew. It is never taken back: consent that is given anew is a new case."""
    known = _withdrawn(office)
    known[agreement] = sorted({*known.get(agreement, ()), case})
    office.save_register(office.workspace.withdrawn_file, json.dumps(known).encode("utf-8"))


def notices(office: Office) -> tuple[Notice, ...]:
    """Every notice that we gave or got, in the order in which they were kept."""
    content = office.load_register(office.workspace.notices_file)
    return _NOTICES.validate_json(content or b"[]")


def keep_notice(office: Office, notice: Notice) -> None:
    """Keep a notice about an agreement. Repeating it changes nothing."""
    known = notices(office)
    if notice not in known:
        office.save_register(office.workspace.notices_file, _NOTICES.dump_json((*known, notice)))


def _secrets(office: Office) -> tuple[NetworkSecret, ...]:
    content = office.load_register(office.workspace.network_file)
    return tuple(NetworkSecret.from_json(text) for text in json.loads(content or b"[]"))


def _withdrawn(office: Office) -> dict[str, list[str]]:
    content = office.load_register(office.workspace.withdrawn_file)
    known: dict[str, list[str]] = json.loads(content or b"{}")
    return known


def case_key(office: Office, agreement: str, recipient: str, case: str) -> bytes:
    """By what the memory of releases knows a case that went to a recipient: nobody else can make or test it."""
    return keyed(office.identity.key_for("releases"), agreement, recipient, as_compared(case))
