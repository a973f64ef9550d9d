"""What is told later of rows that are here: which are of one person, or their tokens under another epoch's secret."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

from exchange.bundle.metadata import Linking
from exchange.locale import _
from exchange.matching.epochs import follows
from exchange.merge.buried import report_name
from exchange.merge.key_table import Held
from exchange.merge.records import identities_of
from exchange.merge.refusals import epoch_over, foreign, older_round
from exchange.merge.segment import Round, Segment
from exchange.merge.shelf import Shelf
from exchange.protect.protected import RowToken

Links: TypeAlias = Mapping[str, Mapping[str, str]]
"""Bundle → row key → person."""
Tokens: TypeAlias = Mapping[str, Sequence[RowToken]]
"""Bundle → the tokens of its rows."""


def link(shelf: Shelf, sender: str, agreement_id: str, made: Round, links: Links) -> int:
    """As `Store.link`."""
    ours = shelf.under(sender, agreement_id)
    _refuse_foreign(shelf, ours, links)
    segments = {held: shelf.segment(held) for held in ours}
    for segment in segments.values():
        if segment.round is not None and segment.round.made > made.made:
            raise older_round(sender)
        _refuse_strange_rows(shelf, segment, links.get(segment.metadata.bundle, {}))
    told = 0
    for held, segment in segments.items():
        keys = set(segment.row_keys().to_pylist())
        persons = {k: p for k, p in links.get(held.bundle, {}).items() if k in keys}
        shelf.replace(held, segment.linked(made, persons))
        told += len(persons)
    return told


def encode_anew(shelf: Shelf, sender: str, agreement_id: str, ring: Linking, tokens: Tokens) -> dict[bytes, bytes]:
    """As `Store.encode_anew`."""
    moved: dict[bytes, bytes] = {}
    refuse_over(shelf, ring, sender)
    ours = shelf.under(sender, agreement_id)
    _refuse_foreign(shelf, ours, tokens)
    for held in (each for each in ours if each.bundle in tokens):
        segment = shelf.segment(held)
        _refuse_strange_rows(shelf, segment, {each.row_key for each in tokens[held.bundle]})
        keys = set(segment.row_keys().to_pylist())
        mine = [each for each in tokens[held.bundle] if each.row_key in keys]
        anew = segment.encoded_anew(ring.network, ring.epoch, mine)
        before, after = identities_of(segment), identities_of(anew)
        moved |= {before[key]: after[key] for key in keys if before[key] != after[key]}
        shelf.replace(held, anew)
    return moved


def refuse_over(shelf: Shelf, ring: Linking, sender: str) -> None:
    """An epoch is over once tokens of a later one have come from its network. MergeError: match.epoch_over."""
    epochs = [each.epoch for each in shelf.bundles() if each.network == ring.network and each.epoch]
    if any(follows(each, ring.epoch) for each in epochs):
        raise epoch_over(sender, ring.epoch)


def _refuse_foreign(shelf: Shelf, ours: Sequence[Held], named: Collection[str]) -> None:
    others = {each.bundle for each in shelf.bundles()} - {each.bundle for each in ours}
    if others & set(named):
        raise foreign("links.foreign_bundle", _("it names a bundle that came under another agreement"))


def _refuse_strange_rows(shelf: Shelf, segment: Segment, named: Collection[str]) -> None:
    """A row may be named whose person has withdrawn since; no other that is not here."""
    said, keys = segment.metadata, set(segment.row_keys().to_pylist())
    for key in set(named) - keys:
        if not (segment.pseudonymised and shelf.table.buried(*report_name(said.sender.id, said.agreement.id, key))):
            raise foreign("links.foreign_row", _("it names a row that its bundle does not have"))
