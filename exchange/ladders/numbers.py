"""Edges of bands and intervals: what both age bands and number intervals ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from exchange.errors import AgreementError, Problem
from exchange.locale import _


def checked_edges(name: str, edges: Sequence[float]) -> None:
    """AgreementError `ladder.edges` unless there is an edge and they rise."""
    if not edges or any(low >= high for low, high in pairwise(edges)):
        raise AgreementError(
            Problem("ladder.edges", _("the edges of a ladder rise, each once"), where=name, hint=_("e.g. [0, 18, 30]"))
        )
