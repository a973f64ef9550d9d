"""What the rules for numbers share: each value as an exact number. What is none is never guessed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from exchange.errors import DisclosureError, Problem
from exchange.ladders.numbers import number_of
from exchange.locale import _
from exchange.redact.column import Column


def each_number(column: Column, change: Callable[[Decimal], str | None], settled: str = "") -> Column:
    """Every number through `change`, where None leaves it as it is written; `settled`: a text that stays.

    DisclosureError `redact.not_a_number` for any other text.
    """

    def rewrite(text: str) -> str:
        if text == settled:
            return text
        number = number_of(text)
        if number is None:
            raise _not_a_number(column)
        changed = change(number)
        return text if changed is None else changed

    return column.rewritten(rewrite)


def _not_a_number(column: Column) -> DisclosureError:
    return DisclosureError(
        Problem(
            "redact.not_a_number",
            _("a value is not a number"),
            where=column.field.name,
            hint=_("run `exchange check` on the extract: it names the cell"),
        )
    )
