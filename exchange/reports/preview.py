"""What one recipient gets: the page that people look at before they approve, and that their approval names by digest.

It is made of the very release that is sealed: each field before and after, rows held back by reason, what the recipient
is told, the risk, and every file as it lies in the sealed bundle. Made before packing, it says that it is a preview.
For what it may show of people see `exchange.reports.before_after`.

The page names the digest of the sealed file, which is random; so nobody who knows the page's digest alone, from the log
or from an approval, can use it to test guesses at the figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.agreements.dictionary import Data
from exchange.agreements.words import caveat_kind
from exchange.bundle.descriptor import File
from exchange.bundle.parcel import AnyMember
from exchange.codes.lists import code_list
from exchange.crypto.canonical import digest_of_bytes
from exchange.locale import _
from exchange.protect.columns import columns
from exchange.protect.risk import Risk, measure
from exchange.reports import wording
from exchange.reports.before_after import Compared, Stays, compared, few_in, stays
from exchange.reports.labels import Labels
from exchange.reports.leaving import Told
from exchange.reports.page import page, render

if TYPE_CHECKING:
    import pyarrow as pa
    from markupsafe import Markup

_PLACES = ("kemendagri-province", "kemendagri-regency")
_FINER_PLACES = ("kemendagri-district", "kemendagri-village")


@dataclass(frozen=True, slots=True)
class Sealed:
    """The sealed file: its name outside, its size, its digest ("sha256:…"), the envelope's sequence."""

    name: str
    size: int
    ciphertext: str
    number: int


@dataclass(frozen=True, slots=True)
class Preview(Told):
    """One release, ready to be sealed or sealed. `rows`: those that the recipient may have, before any rule;
    `in_rows`: those of them that may stand in rows. `members`: every file of the bundle. `sealed`: None before it is.
    """

    rows: pa.Table
    in_rows: pa.Table
    members: tuple[AnyMember, ...]
    sealed: Sealed | None = None

    @property
    def files(self) -> tuple[File, ...]:
        return tuple(
            File(path=each.path, bytes=len(each.content), hash=digest_of_bytes(each.content)) for each in self.members
        )

    @property
    def compared(self) -> tuple[Compared, ...]:
        return compared(self.rows, self.in_rows, self.protected, self.metadata.fields)

    @property
    def stays(self) -> tuple[Stays, ...]:
        return stays(self.protected, self.metadata.fields)

    @property
    def risks(self) -> Risks | None:
        """None where no rows leave by agreement."""
        account = self.account
        if account.before is None:
            return None
        known = [name for name in account.over if name in self.in_rows.column_names]
        return Risks(measure(columns(self.in_rows, known), self.in_rows.num_rows), account.before, account.after)


@dataclass(frozen=True, slots=True)
class Risks:
    """The risk over the same fields: in the extract as it is, after the rules, and in the rows as they leave (None
    where the gate lets none leave)."""

    extract: Risk
    ruled: Risk
    leaves: Risk | None


def preview_page(preview: Preview) -> str:
    """The page; the same release gives the same bytes."""
    fields = preview.compared
    return page(lambda: _title(preview), lambda: _half(preview, fields))


def _title(preview: Preview) -> str:
    told = preview.metadata
    if preview.sealed is None:
        what = _("Preview: what {recipient} would get, {period}")
    else:
        what = _("To be approved: what {recipient} gets, {period}")
    return what.format(recipient=told.recipient.name, period=told.period)


def _half(preview: Preview, fields: Sequence[Compared]) -> Markup:
    data = preview.protected.permit.agreement.data
    return render(
        "exchange.reports",
        "preview.html.j2",
        title=_title(preview),
        each=preview,
        m=preview.metadata,
        account=preview.account,
        fields=fields,
        few=few_in(preview.protected),
        said=lambda name, value: said(data, name, value),
        caveat_kind=caveat_kind,
        wording=wording,
    )


def said(data: Data, name: str, value: str) -> str:
    """A value in words. Places below the regency stay codes: many of their names are people's names too."""
    if data.field(name).codes in (*_PLACES, *_FINER_PLACES) and value not in data.missing():
        found = (code_list("kemendagri-province").label_of(value), code_list("kemendagri-regency").label_of(value))
        return next((label for label in found if label), value)
    return Labels(data).value(name, value)
