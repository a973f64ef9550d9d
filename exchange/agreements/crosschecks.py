"""What a schema cannot hold: whether the clauses of an agreement agree with each other and can be carried out.

Each part of the agreement has its checks in a module of its own: `check_parties`, `check_dictionary`, `check_tiers`,
`check_protection`, `check_linking`, `check_duties`; `check_open` finds what is still to be filled in. An agreement with
a single contradiction is neither signed nor obeyed.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.agreements.agreement import Agreement
from exchange.agreements.check_dictionary import check_dictionary
from exchange.agreements.check_duties import check_duties
from exchange.agreements.check_linking import check_linking
from exchange.agreements.check_open import check_open
from exchange.agreements.check_parties import check_parties
from exchange.agreements.check_protection import check_protection
from exchange.agreements.check_tiers import check_tiers
from exchange.agreements.contradiction import Contradiction
from exchange.agreements.strict_yaml import Places, written
from exchange.errors import Problem

_CHECKS = (check_parties, check_dictionary, check_tiers, check_protection, check_linking, check_duties, check_open)


def contradictions(agreement: Agreement) -> Iterator[Contradiction]:
    """The same as `check_agreement`, by path."""
    return (each for check in _CHECKS for each in check(agreement))


def check_agreement(agreement: Agreement, places: Places | None = None) -> tuple[Problem, ...]:
    """Everything in the agreement that contradicts itself; empty for one that can be signed.

    `places`, from `read_agreement_with_places`, puts file, line and column into each problem, and the problems into the
    order of the file.
    """
    found = list(contradictions(agreement))
    if places is not None:
        found.sort(key=lambda each: places.place(each.path))
    return tuple(
        Problem(
            f"agreement.{each.code}",
            each.what,
            written(each.path) if places is None else places.where(each.path),
            each.hint,
        )
        for each in found
    )
