"""What a tier promises about every group of look-alikes in its rows, in the form in which it can be checked."""

from __future__ import annotations

from dataclasses import dataclass

from exchange.agreements.agreement import Agreement
from exchange.agreements.look_alikes import Households
from exchange.agreements.tiers import Tier


@dataclass(frozen=True, slots=True)
class Diverse:
    """No code of `field` in more than `percent` of a group. `several`: a value is a list of codes joined by ";"."""

    field: str
    percent: float
    several: bool


@dataclass(frozen=True, slots=True)
class Promise:
    """k rows in every group over `over`, no code in too many of them, and k people from enough households.

    A group is the rows that agree in every field of `over` as written: a missing value is a value of its own, and so
    is a suppressed one, which therefore never makes a row look like another that was left as it was. `missing`: the
    written forms that are no codes. `suppressed`: the one that stands for a value withheld here.
    """

    over: tuple[str, ...]
    k: int
    diversity: tuple[Diverse, ...]
    households: Households | None
    missing: frozenset[str]
    suppressed: str

    def codes(self, rule: Diverse, value: str) -> tuple[str, ...]:
        """The codes in a value, each once; none in a missing one."""
        if value in self.missing:
            return ()
        return tuple(dict.fromkeys(value.split(";"))) if rule.several else (value,)


def promise_of(agreement: Agreement, tier: Tier) -> Promise:
    """The tier's promise; `k` is 1 where it asks for none.

    In a gated tier every field of the rows counts that is not under diversity and is not the row key: the recipient
    knows its own cases by any of them. In a personal-data tier those count that the agreement names.
    """
    diverse = tier.protect.l_diversity or {}
    lists = {field.name for field in agreement.data.fields if field.type == "list"}
    return Promise(
        over=_quasi_identifiers(tier, frozenset(diverse)),
        k=tier.protect.k or 1,
        diversity=tuple(
            Diverse(name, rule.no_code_above_percent, name in lists)
            for name, rule in diverse.items()
            if name in tier.row_fields
        ),
        households=tier.protect.households,
        missing=frozenset(agreement.data.missing()),
        suppressed=agreement.data.suppressed(),
    )


def _quasi_identifiers(tier: Tier, diverse: frozenset[str]) -> tuple[str, ...]:
    if tier.gated:
        return tuple(n for n in tier.row_fields if n not in diverse and tier.release[n].rule != "row_key")
    named = frozenset(tier.protect.quasi_identifiers or ())
    return tuple(name for name in tier.row_fields if name in named)
