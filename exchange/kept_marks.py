"""By what the people in our releases are linked, kept as long as their recipient keeps the release.

A linking agent forgets filters within days, and a new epoch makes every token anew: neither can be made again from
what has left, since that names nobody. So of each released row the fields that linking needs are kept beside its row
key, and nothing else of it: names, number, phone, date of birth, regency, sex. They are locked with our identity, go
when the recipient has certified that it destroyed the bundle, or must have, and a person who withdraws is taken out at
once.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from exchange.agreements.agreement import Agreement
from exchange.agreements.period import Period
from exchange.agreements.permit import Permit, Request, permit
from exchange.audit.entries import Kind
from exchange.consent.again import released_before
from exchange.consent.consented import Consented
from exchange.matching.roles import roles
from exchange.office import Office
from exchange.protect.releases.releases import Release
from exchange.registers import case_key, notices, withdrawals
from exchange.remembering import destroyed_before

if TYPE_CHECKING:
    import pyarrow as pa

ROW_KEY, CASE = ".row_key", ".case"  # no field begins with a dot
_TELLING: Final[tuple[Kind, ...]] = ("bundle.delivered", "bundle.acknowledged", "bundle.refused", "disposal.certified")


@dataclass(frozen=True, slots=True)
class Marks:
    """The rows of one release as far as linking needs them: `row_keys[i]` and `cases[i]` (keyed) are of row i of
    `rows`."""

    release: Release
    rows: Consented
    row_keys: tuple[str, ...]
    cases: tuple[bytes, ...]


def linked_fields(agreement: Agreement) -> tuple[str, ...]:
    """The fields of the dictionary that linking needs."""
    part = roles(agreement.data)
    those = (*part.names, part.identity, part.phone, part.birthdate, part.regency, part.sex)
    return tuple(dict.fromkeys(name for name in those if name is not None))


def marks_of(rows: Consented, row_keys: pa.Array, released: pa.Array, cases: tuple[bytes, ...]) -> pa.Table:
    """What `keep_marks` keeps. `row_keys` and `cases` are of `rows`, in their order; `released`: the keys of those that
    leave."""
    import pyarrow as pa
    import pyarrow.compute as pc

    named = [each for each in linked_fields(rows.permit.agreement) if each in rows.table.column_names]
    table = rows.table.select(named).append_column(ROW_KEY, row_keys)
    table = table.append_column(CASE, pa.array(cases, pa.binary()))
    return table.filter(pc.is_in(table.column(ROW_KEY), value_set=released))


def with_marks_before(office: Office, made: pa.Table, replaced: str, cases: Collection[bytes]) -> pa.Table:
    """`made`, with what was kept of the bundle `replaced` for these cases, under their new row keys."""
    import pyarrow as pa
    import pyarrow.compute as pc

    before = _kept(office, replaced) if cases else None
    if before is None or not set(before.column_names) >= set(made.column_names):
        return made
    known = dict(zip(before.column(CASE).to_pylist(), before.to_pylist(), strict=True))
    old = pa.array([case for case in cases if case in known], pa.binary())
    stays = made.filter(pc.invert(pc.is_in(made.column(CASE), value_set=old)))
    goes = made.filter(pc.is_in(made.column(CASE), value_set=old)).select([ROW_KEY, CASE]).to_pylist()
    rows = [{**known[each[CASE]], ROW_KEY: each[ROW_KEY]} for each in goes]
    plain = pa.schema([(name, pa.binary() if name == CASE else pa.string()) for name in made.column_names])
    return pa.concat_tables([stays.cast(plain), pa.Table.from_pylist(rows, schema=plain)])


def keep_marks(office: Office, bundle: str, marks: pa.Table) -> None:
    from pyarrow import parquet

    target = io.BytesIO()
    parquet.write_table(marks, target)
    office.save_register(office.workspace.registers.marks_file(bundle), target.getvalue())


def has_marks(office: Office, bundle: str) -> bool:
    return office.workspace.registers.marks_file(bundle).exists()


def held_marks(office: Office, agreement: Agreement, recipient: str) -> Iterator[Marks]:
    """The marks of every bundle that the recipient holds, as far as we know, without people who withdrew. None where it
    left before marks were kept."""
    gone = [case_key(office, agreement.id, recipient, case) for case in withdrawals(office, agreement.id)]
    for release in held_by(office, agreement, recipient):
        table = _kept(office, release.bundle)
        if table is not None:
            yield _marks(office, agreement, release, _without(table, gone))


def forget_marks(office: Office, agreement: Agreement) -> None:
    """Of bundles under an agreement that are destroyed, replaced, refused or never left, and of people who withdrew."""
    if not any(office.workspace.registers.marks_folder.glob("*.box")):
        return
    for party in agreement.recipients:
        fate = _Fate.of(office, agreement, party.id)
        for release in fate.releases:
            if fate.is_gone(release):
                office.workspace.registers.marks_file(release.bundle).unlink(missing_ok=True)
    for file in office.workspace.registers.marks_folder.glob("*.box"):
        if office.workspace.releases.find(file.stem) is None:  # rejected, or a crash came before it was remembered
            file.unlink(missing_ok=True)
    _forget_withdrawn(office, agreement)


def held_by(office: Office, agreement: Agreement, recipient: str) -> tuple[Release, ...]:
    """The bundles that a recipient has and keeps, as far as our log tells."""
    fate = _Fate.of(office, agreement, recipient)
    return tuple(each for each in fate.releases if each.ciphertext in fate.left and not fate.is_gone(each))


@dataclass(frozen=True, slots=True)
class _Fate:
    """What became of all releases to one recipient: which left; which it refused, or has certified to be destroyed; and
    before which moment it must have destroyed what came."""

    releases: tuple[Release, ...]
    left: frozenset[str]
    refused: frozenset[str]
    destroyed: frozenset[str]
    since: dt.datetime

    @classmethod
    def of(cls, office: Office, agreement: Agreement, recipient: str) -> Self:
        entries = tuple(office.entries(agreement.network, *_TELLING))

        def about(*kinds: str) -> frozenset[str]:
            return frozenset(each.ciphertext for each in entries if each.kind in kinds and each.ciphertext)

        return cls(
            releases=office.workspace.releases.all_to(agreement.id, recipient),
            left=about("bundle.delivered", "bundle.acknowledged"),
            refused=about("bundle.refused"),
            destroyed=frozenset(each.bundle for each in entries if each.kind == "disposal.certified" and each.bundle),
            since=destroyed_before(office, agreement, recipient),
        )

    def is_gone(self, release: Release) -> bool:
        """Whether the recipient no longer has it: a correction took its place, or it refused it, or destroyed it."""
        replaced = {each.replaces for each in self.releases if each.ciphertext in self.left - self.refused}
        gone = release.bundle in replaced | self.destroyed or release.ciphertext in self.refused
        return gone or release.created < self.since


def leave_again(office: Office, agreement: Agreement, release: Release) -> Permit:
    """Leave to send what the recipient has of a release, in other marks. AgreementError as `permit`: an agreement that
    is suspended or has ended lets nothing leave."""
    signed = office.workspace.agreements.newest(agreement.id)
    period = Period.read(release.period)
    request = Request(release.recipient, period, office.today(agreement), (period,), release.bundle)
    return permit(signed.agreement, signed.signatures, request, notices(office))


def _marks(office: Office, agreement: Agreement, release: Release, table: pa.Table) -> Marks:
    rows = released_before(leave_again(office, agreement, release), table.drop_columns([ROW_KEY, CASE]))
    return Marks(release, rows, tuple(table.column(ROW_KEY).to_pylist()), tuple(table.column(CASE).to_pylist()))


def _kept(office: Office, bundle: str) -> pa.Table | None:
    import pyarrow as pa
    from pyarrow import parquet

    content = office.load_register(office.workspace.registers.marks_file(bundle))
    return None if content is None else parquet.ParquetFile(pa.BufferReader(content)).read()


def _without(table: pa.Table, cases: list[bytes]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    return table.filter(pc.invert(pc.is_in(table.column(CASE), value_set=pa.array(cases, pa.binary()))))


def _forget_withdrawn(office: Office, agreement: Agreement) -> None:
    cases = withdrawals(office, agreement.id)
    if not cases:
        return
    for party in agreement.recipients:
        gone = [case_key(office, agreement.id, party.id, case) for case in cases]
        for release in office.workspace.releases.all_to(agreement.id, party.id):
            table = _kept(office, release.bundle)
            left = None if table is None else _without(table, gone)
            if table is not None and left is not None and left.num_rows < table.num_rows:
                keep_marks(office, release.bundle, left)
