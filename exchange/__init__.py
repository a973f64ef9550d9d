"""Secure data sharing between organisations: an agreement that all signed, and nothing else leaves.

The public names stand here; all else is free to change. They are imported when they are first used.

>>> from exchange import Period
>>> str(Period.read("2026-Q3"))
'2026-Q3'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.agreements.agreement import Agreement as Agreement
    from exchange.agreements.period import Period as Period
    from exchange.agreements.reading import load_agreement as load_agreement
    from exchange.checking import Job as Job
    from exchange.checking import check as check
    from exchange.delivering import deliver as deliver
    from exchange.duties.notices import suspend as suspend
    from exchange.duties.notices import terminate as terminate
    from exchange.duties.withdrawal import withdraw as withdraw
    from exchange.errors import ExchangeError as ExchangeError
    from exchange.errors import Problem as Problem
    from exchange.keyring.identity_file import load_identity as load_identity
    from exchange.merging import merge_received as merge_received
    from exchange.office import Office as Office
    from exchange.receiving import receive as receive
    from exchange.sending import pack as pack
    from exchange.workspace.workspace import Workspace as Workspace

_HOMES = {
    "Agreement": "agreements.agreement",
    "ExchangeError": "errors",
    "Job": "sending",
    "Office": "office",
    "Period": "agreements.period",
    "Problem": "errors",
    "Workspace": "workspace.workspace",
    "check": "sending",
    "deliver": "delivering",
    "load_agreement": "agreements.reading",
    "load_identity": "keyring.identity_file",
    "merge_received": "merging",
    "pack": "sending",
    "receive": "receiving",
    "suspend": "duties.notices",
    "terminate": "duties.notices",
    "withdraw": "duties.withdrawal",
}
__all__ = sorted(_HOMES)  # noqa: PLE0605  # a list, in the order of the alphabet


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"exchange has no public name {name!r}")
    return getattr(import_module(f"exchange.{_HOMES[name]}"), name)
