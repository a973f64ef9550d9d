"""How a caveat names a field, and a value that is withheld."""

from __future__ import annotations

from exchange.agreements.dictionary import Data
from exchange.protect.protected import Protected


def label(protected: Protected, name: str) -> str:
    """The field's label in the agreement's dictionary."""
    return _data(protected).field(name).label


def mark(protected: Protected) -> str:
    """What stands where a value is withheld."""
    return _data(protected).suppressed()


def _data(protected: Protected) -> Data:
    return protected.permit.agreement.data
