"""The method of a plan, put to work on a table's combinations; its answer is checked before anybody sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.errors import DisclosureError
from exchange.protect.anonymise.checking import broken
from exchange.protect.anonymise.coded import Coded
from exchange.protect.anonymise.loss import CellLoss
from exchange.protect.anonymise.models import Judge
from exchange.protect.anonymise.plan import Protection
from exchange.protect.anonymise.recoded import Recoded

if TYPE_CHECKING:
    from exchange.protect.anonymise.kept import KeptRecoding


def find(coded: Coded, asked: Protection, fixed: KeptRecoding | None = None) -> Recoded | None:
    """The recoding that loses least, as far as the method goes, or the one that was kept of an earlier table; None
    where what is asked cannot be had within the limit of suppressed rows.

    DisclosureError: with the codes of `checking.broken`, a method broke its promise, which is a bug, and nothing
    leaves; `recoding.other_fields`.
    """
    judge, most = Judge(coded, asked), most_suppressed(coded.rows, asked)
    if fixed is None:
        found = _method(coded, judge, asked, most)
    else:
        from exchange.protect.anonymise.kept import repeat

        found = repeat(fixed, coded, judge, most)
    if found is not None:
        DisclosureError.raise_all(broken(coded, found, asked))
    return found


def _method(coded: Coded, judge: Judge, asked: Protection, most: int) -> Recoded | None:
    if asked.method == "full_domain":
        from exchange.protect.anonymise.full_domain.search import full_domain

        return full_domain(coded, judge, asked.loss, most)
    if asked.method == "local_ranges":
        from exchange.protect.anonymise.local_ranges.partitioning import local_ranges

        return local_ranges(coded, judge, CellLoss(coded, asked.loss), most)
    from exchange.protect.anonymise.local_labels.clustering import local_labels

    if asked.method == "local_suppression":
        from exchange.protect.anonymise.local_labels.local_suppression import only_star

        coded = only_star(coded)  # the judge looks at counts and codes, which are the same
    return local_labels(coded, judge, CellLoss(coded, asked.loss), most)


def most_suppressed(rows: int, asked: Protection) -> int:
    """How many rows may be suppressed; what floating point makes of a percentage does not count."""
    return int(rows * asked.max_suppressed_rows_percent / 100 + 1e-9)
