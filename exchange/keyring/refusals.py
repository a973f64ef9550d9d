"""How this room says no."""

from __future__ import annotations

from pydantic import ValidationError

from exchange.errors import KeyringError, Problem
from exchange.locale import _


def refused(code: str, what: str, *, where: str = "", hint: str = "") -> KeyringError:
    """A KeyringError with one problem."""
    return KeyringError(Problem(code, what, where=where, hint=hint))


def misshapen(code: str, error: ValidationError) -> KeyringError:
    """Every part that is not as the format says, by its place. Values are left out: one may be a secret."""
    places = [".".join(str(step) for step in each["loc"]) for each in error.errors(include_input=False)]
    what = _("this part is missing, unknown or not as the format says")
    return KeyringError(*(Problem(code, what, where=place) for place in places))
