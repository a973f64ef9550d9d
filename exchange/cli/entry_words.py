"""The counts of an entry of the log, in the words of a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast, get_args

from exchange.cli.words import held_word
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.audit.entries import Counts, KindCount


def counts_in_words(counts: Counts) -> Iterator[str]:
    """What is counted, each with its number; what is not told is not said. In the order in which it happens."""
    words = {
        "attempts": _("attempts: {count}"),
        "bytes": _("bytes: {count}"),
        "corrections": _("corrections: {count}"),
        "rows_in": _("rows read: {count}"),
        "held_back": _("held back: {count}"),
        "rows_out": _("rows that leave: {count}"),
        "tables": _("tables: {count}"),
        "k_asked": _("k asked: {count}"),
        "k_reached": _("k reached: {count}"),
        "values_withheld": _("values withheld: {count}"),
        "cells_withheld": _("cells of tables withheld: {count}"),
        "cell_asked": _("smallest count asked in tables: {count}"),
        "cell_reached": _("smallest count reached in tables: {count}"),
        "cells_exposed": _("cells of tables singled out by several releases: {count}"),
        "exposed": _("people singled out by several releases: {count}"),
        "marks_masked": _("words masked in case notes: {count}"),
        "marks_kept": _("words kept in case notes: {count}"),
        "reports": _("reports: {count}"),
        "people": _("people: {count}"),
        "pairs": _("pairs: {count}"),
        "withdrawals": _("withdrawals: {count}"),
        "segments": _("segments of the store: {count}"),
        "files": _("files: {count}"),
        "warned": _("warned: {count}"),
        "entry": _("of entry {count}"),
    }
    for name, said in words.items():
        count = getattr(counts, name)
        if count is not None:
            yield said.format(count=count) + (_reasons(counts.reasons) if name == "held_back" else "")
    if counts.masks:
        yield _("masked in case notes: {masks}").format(masks=_masks(counts.masks))


def _reasons(reasons: Iterable[KindCount] | None) -> str:
    said = ", ".join(f"{_reason(each.kind)}: {each.count}" for each in reasons or ())
    return f" ({said})" if said else ""


def _reason(code: str) -> str:
    """Why rows stay, in words; the code of a finding about the extract as it is."""
    from exchange.consent.consented import HeldReason

    return held_word(cast("HeldReason", code)) if code in get_args(HeldReason) else code


def _masks(masks: Iterable[KindCount]) -> str:
    from exchange.bundle.words import mask_kind

    return ", ".join(f"{mask_kind(each.kind)}: {each.count}" for each in masks)
