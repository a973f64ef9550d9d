"""All reports of a store side by side: where each came from, what it says, and its tokens.

Agreements and tiers differ in their fields: a report has null in a field that its release did not hold. No value is
ever changed here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.bundle.metadata import CaveatLine, Metadata
from exchange.crypto.hashing import sha256
from exchange.matching.epochs import rank
from exchange.merge.segment import Segment

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Origin:
    """A bundle that lies in the store: what it says of itself, when it was received, how many rows it has here."""

    metadata: Metadata
    received: dt.datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Records:
    """Three tables and what they share. A report's number is its row in `reports` and `values`.

    `reports`: source, agreement, release (the bundle's id), period, row_key, received, created (UTC timestamps), case
    (text that is the same for two reports of one case, else null), identity (16 bytes that a report keeps when it is
    sent again in a correction), person_key (text that is the same for two reports that a linking agent says are of one
    person, "agent/round/key", else null).
    `values`: one `dictionary<int32, string>` column per field, in the order in which fields are first met.
    `tokens`: report (int32), ring (the network and epoch under whose key a token was made) and kind, both
    `dictionary<int32, string>`, token (text).
    `levels`: (release, field) → how coarse the field's values are; values of two levels are not comparable.
    `missing`: the written forms of "not known"; `lists`: fields of several codes. `origins`: every bundle, also those
    without rows.
    """

    reports: pa.Table
    values: pa.Table
    tokens: pa.Table
    levels: dict[tuple[str, str], str]
    missing: frozenset[str]
    lists: frozenset[str]
    caveats: tuple[CaveatLine, ...]
    origins: tuple[Origin, ...] = ()

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
        origins=tuple(Origin(each.metadata, each.received, each.row_count) for each in segments),
    )


def _reports(segments: Sequence[Segment]) -> pa.Table:
    import pyarrow as pa

    text, time = pa.string(), pa.timestamp("us", tz="UTC")
    kinds = dict.fromkeys(("source", "agreement", "release", "period", "row_key"), text)
    kinds |= {"received": time, "created": time, "case": text, "identity": pa.binary(16), "person_key": text}
    schema = pa.schema(list(kinds.items()))
    return pa.concat_tables([schema.empty_table(), *(_reports_of(each, schema) for each in segments)]).combine_chunks()


def _reports_of(segment: Segment, schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    said, keys = segment.metadata, segment.row_keys()
    same = (said.sender.id, said.agreement.id, said.bundle, said.period)
    moments = (segment.received, said.created)
    cases = _cases(segment, keys)
    return pa.table(
        [
            *(_repeated(value, pa.string(), len(keys)) for value in same),
            keys,
            *(_repeated(moment, pa.timestamp("us", tz="UTC"), len(keys)) for moment in moments),
            cases,
            _identities(segment, keys, cases),
            _persons(segment, keys),
        ],
        schema=schema,
    )


def _repeated(value: object, kind: pa.DataType, times: int) -> pa.Array:
    import pyarrow as pa

    return pa.repeat(pa.scalar(value, kind), times)


def _cases(segment: Segment, keys: pa.Array) -> pa.Array:
    """By what reports of one case know each other; null where a row's key is random, and new in each release."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not segment.pseudonymised:
        return pa.nulls(len(keys), pa.string())
    said = segment.metadata
    return pc.binary_join_element_wise(f"{said.sender.id} {said.agreement.id}", keys, " ")


def identities_of(segment: Segment) -> dict[str, bytes]:
    """For each row key what `Records.reports` has as its identity."""
    keys = segment.row_keys()
    known = _identities(segment, keys, _cases(segment, keys))
    return dict(zip(keys.to_pylist(), known.to_pylist(), strict=True))


def _persons(segment: Segment, keys: pa.Array) -> pa.Array:
    """What the linking agent told last: comparable within its round alone."""
    import pyarrow as pa

    made = segment.round
    if made is None:
        return pa.nulls(len(keys), pa.string())
    told = (segment.persons.get(key) for key in keys.to_pylist())
    return pa.array([person and f"{made.agent}/{made.id}/{person}" for person in told], pa.string())


def _identities(segment: Segment, keys: pa.Array, cases: pa.Array) -> pa.Array:
    """The case where there is a pseudonym; else all tokens together, which a correction repeats; else this very row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    said = segment.metadata
    place = f"{said.sender.id}\n{said.agreement.id}\n"
    worn = pc.binary_join(_worn(segment), "\n")
    by_tokens = pc.binary_join_element_wise(place + said.period, worn, "\n")
    by_place = pc.binary_join_element_wise(place + said.bundle, keys, "\n")
    has_none = pc.equal(pc.binary_length(worn), 0)
    names = pc.coalesce(cases, pc.if_else(has_none, by_place, by_tokens))
    return pa.array([sha256(name)[:16] for name in names.cast(pa.binary()).to_pylist()], pa.binary(16))


def _worn(segment: Segment) -> pa.ListArray:
    """For each row its tokens, each after its kind."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kinds, tokens = (segment.tokens.column(name).cast(pa.string()).combine_chunks() for name in ("kind", "token"))
    return pa.ListArray.from_arrays(segment.token_ends(), pc.binary_join_element_wise(kinds, tokens, " "))


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

    label = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([("report", pa.int32()), ("ring", label), ("kind", label), ("token", pa.string())])
    parts, first = [schema.empty_table()], 0
    for segment in segments:
        parts.append(_tokens_of(segment, first, schema))
        first += segment.row_count
    return pa.concat_tables(parts).unify_dictionaries().combine_chunks()


def _tokens_of(segment: Segment, first: int, schema: pa.Schema) -> pa.Table:
    """The tokens of a segment whose rows are the reports from `first` on."""
    import pyarrow as pa
    import pyarrow.compute as pc

    linking, tokens = segment.metadata.linking, segment.tokens
    ring = f"{linking.network}/{linking.epoch}" if linking is not None else ""
    rings = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), len(tokens)), pa.array([ring]))
    report = pc.add(tokens.column("row"), pa.scalar(first, pa.int32()))
    return pa.table([report, rings, tokens.column("kind"), tokens.column("token")], schema=schema)


def left_apart(records: Records) -> int:
    """Reports whose tokens are of an epoch that their network has left: they compare with none of a later one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    newest: dict[str, str] = {}
    rings: list[str] = pc.unique(records.tokens.column("ring")).to_pylist()
    for network, epoch in (ring.split("/", 1) for ring in rings if ring):
        newest[network] = max(newest.get(network, epoch), epoch, key=rank)
    over = [ring for ring in rings if ring and ring not in {f"{network}/{epoch}" for network, epoch in newest.items()}]
    ring = records.tokens.column("ring").cast(pa.string())
    tokens = records.tokens.filter(pc.is_in(ring, value_set=pa.array(over, pa.string())))
    return len(pc.unique(tokens.column("report")))


def _caveats(segments: Sequence[Segment]) -> tuple[CaveatLine, ...]:
    """The caveats of all that came, tables included: whatever is counted here rests on them."""
    return tuple({(c.code, c.text.en, c.figure): c for each in segments for c in each.metadata.caveats}.values())
