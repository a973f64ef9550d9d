"""All reports of a store side by side: where each came from, what it says, and its tokens.

Agreements and tiers differ in their fields: a report has null in a field that its release did not hold. No value is
ever changed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.bundle.metadata import CaveatLine
from exchange.crypto.hashing import sha256
from exchange.matching.epochs import rank
from exchange.merge.segment import Segment

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Records:
    """Three tables and what they share. A report's number is its row in `reports` and `values`.

    `reports`: source, agreement, release (the bundle's id), period, row_key, received, created (UTC timestamps), case
    (text that is the same for two reports of one case, else null), identity (16 bytes that a report keeps when it is
    sent again in a correction), person_key (text that is the same for two reports that a linking agent says are of one
    person, "agent/round/key", else null).
    `values`: one `dictionary<int32, string>` column per field, in the order in which fields are first met.
    `tokens`: report (int32), ring (the network and epoch under whose key a token was made), kind, token.
    `levels`: (release, field) → how coarse the field's values are; values of two levels are not comparable.
    `missing`: the written forms of "not known"; `lists`: fields of several codes.
    """

    reports: pa.Table
    values: pa.Table
    tokens: pa.Table
    levels: dict[tuple[str, str], str]
    missing: frozenset[str]
    lists: frozenset[str]
    caveats: tuple[CaveatLine, ...]

    def __len__(self) -> int:
        return int(self.reports.num_rows)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.values.column_names)


def records_of(segments: Sequence[Segment]) -> Records:
    """The records of `segments`, in their order."""
    with_rows = [each for each in segments if each.rows is not None]
    schemas = [each.schema for each in with_rows if each.schema is not None]
    return Records(
        reports=_reports(with_rows),
        values=_values(with_rows),
        tokens=_tokens(with_rows),
        levels={(s.metadata.bundle, f.name): f"{f.rule} {f.level}" for s in with_rows for f in s.metadata.fields},
        missing=frozenset(form for schema in schemas for form in schema.missing),
        lists=frozenset(name for schema in schemas for name in schema.lists),
        caveats=_caveats(segments),
    )


def _reports(segments: Sequence[Segment]) -> pa.Table:
    import pyarrow as pa

    text, time = pa.string(), pa.timestamp("us", tz="UTC")
    columns = [
        ("source", text),
        ("agreement", text),
        ("release", text),
        ("period", text),
        ("row_key", text),
        ("received", time),
        ("created", time),
        ("case", text),
        ("identity", pa.binary(16)),
        ("person_key", text),
    ]
    rows = [row for segment in segments for row in _report_rows(segment)]
    by_column = zip(*rows, strict=True) if rows else ([] for _ in columns)
    return pa.table({name: pa.array(values, kind) for (name, kind), values in zip(columns, by_column, strict=True)})


def _report_rows(segment: Segment) -> Iterator[tuple[object, ...]]:
    said = segment.metadata
    source, agreement = said.sender.id, said.agreement.id
    came = (segment.received, said.created)
    identities = identities_of(segment)
    for key in segment.row_keys():
        case = _case(segment, key)
        yield source, agreement, said.bundle, said.period, key, *came, case, identities[key], _person(segment, key)


def identities_of(segment: Segment) -> dict[str, bytes]:
    """For each row key what `Records.reports` has as its identity."""
    tokens = _tokens_by_row(segment)
    return {key: _identity(segment, key, _case(segment, key), tokens.get(key, [])) for key in segment.row_keys()}


def _case(segment: Segment, key: str) -> str | None:
    said = segment.metadata
    return f"{said.sender.id} {said.agreement.id} {key}" if segment.pseudonymised else None


def _person(segment: Segment, key: str) -> str | None:
    if segment.round is None or key not in segment.persons:
        return None
    return f"{segment.round.agent}/{segment.round.id}/{segment.persons[key]}"


def _tokens_by_row(segment: Segment) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in segment.tokens:
        found.setdefault(each.row_key, []).append(f"{each.kind} {each.token}")
    return found


def _identity(segment: Segment, key: str, case: str | None, tokens: list[str]) -> bytes:
    """The case where there is a pseudonym; else all tokens together, which a correction repeats; else this very row."""
    said = segment.metadata
    place = (said.sender.id, said.agreement.id)
    named = (case,) if case else (*place, said.period, *sorted(tokens)) if tokens else (*place, said.bundle, key)
    return sha256("\n".join(named).encode())[:16]


def _values(segments: Sequence[Segment]) -> pa.Table:
    import pyarrow as pa

    names = dict.fromkeys(name for each in segments for name in each.rows.column_names)  # type: ignore[union-attr]  # only segments with rows come here
    kind = pa.dictionary(pa.int32(), pa.string())
    parts = [
        pa.table({name: _column(each, name).cast(kind) for name in names}, schema=pa.schema(dict.fromkeys(names, kind)))
        for each in segments
    ]
    joined = pa.concat_tables(parts) if parts else pa.table({})
    return joined.unify_dictionaries()


def _column(segment: Segment, name: str) -> pa.ChunkedArray:
    import pyarrow as pa

    if segment.rows is not None and name in segment.rows.column_names:
        return segment.rows.column(name)
    return pa.chunked_array([pa.nulls(segment.row_count, pa.dictionary(pa.int32(), pa.string()))])


def _tokens(segments: Sequence[Segment]) -> pa.Table:
    import pyarrow as pa

    found: list[tuple[int, str, str, str]] = []
    first = 0
    for segment in segments:
        place = {key: first + number for number, key in enumerate(segment.row_keys())}
        linking = segment.metadata.linking
        ring = f"{linking.network}/{linking.epoch}" if linking is not None else ""
        found += ((place[each.row_key], ring, each.kind, each.token) for each in segment.tokens)
        first += segment.row_count
    columns = zip(*found, strict=True) if found else ([], [], [], [])
    kinds = (pa.int32(), pa.string(), pa.string(), pa.string())
    names = ("report", "ring", "kind", "token")
    return pa.table({name: pa.array(c, kind) for name, c, kind in zip(names, columns, kinds, strict=True)})


def left_apart(records: Records) -> int:
    """Reports whose tokens are of an epoch that their network has left: they compare with none of a later one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    newest: dict[str, str] = {}
    rings: list[str] = pc.unique(records.tokens.column("ring")).to_pylist()
    for network, epoch in (ring.split("/", 1) for ring in rings if ring):
        newest[network] = max(newest.get(network, epoch), epoch, key=rank)
    over = [ring for ring in rings if ring and ring not in {f"{network}/{epoch}" for network, epoch in newest.items()}]
    tokens = records.tokens.filter(pc.is_in(records.tokens.column("ring"), value_set=pa.array(over, pa.string())))
    return len(pc.unique(tokens.column("report")))


def _caveats(segments: Sequence[Segment]) -> tuple[CaveatLine, ...]:
    """The caveats of all that came, tables included: whatever is counted here rests on them."""
    return tuple({(c.code, c.text.en, c.figure): c for each in segments for c in each.metadata.caveats}.values())
