"""Metadata: the answers to what a reader must ask of data before using them.

Derived from the agreement and the accounts of the steps. As JSON they travel in `datapackage.json` under `x-exchange`;
as words in `README.html`. What each key means in the terms of DCAT 3, PROV and DPV 2.3 is said by `context.CONTEXT`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from exchange.agreements.agreement import Reference
from exchange.agreements.clause import FieldClass, Text, visible
from exchange.agreements.dictionary import MissingLabel
from exchange.agreements.duties import CaveatKind
from exchange.agreements.parties import CrossBorder
from exchange.consent.bands import Band
from exchange.locale import Language, _, speaking
from exchange.redact.notes.found import Kind

# What the agreement may ask a person to acknowledge.
Notice = Literal["confidentiality", "caveats", "prohibited"]

# The sender's own words: as long as a page or two, of characters that a reader can see.
Note = Annotated[str, Field(max_length=8000), AfterValidator(visible)]


# Of people, rows, cells; and of a group of look-alikes, of which there is no empty one.
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Organisation(_Part):
    id: str
    name: str
    contact: str


class Days(_Part):
    """From this day to that, both included."""

    first: dt.date
    last: dt.date


class Area(_Part):
    """`jurisdiction`: ISO 3166, whose law the sender is under. `fields`: those of the data that tell of places."""

    jurisdiction: str
    fields: tuple[str, ...]


class Belonging(_Part):
    """A row belongs to the population only with one of these codes in the field."""

    field: str
    codes: tuple[str, ...]


class Dating(_Part):
    """Which date places a case in a period, and how many days before it a case may be that is entered late."""

    field: str
    late_entries_days: int


class Identified(_Part):
    """With which tool and by which standard people were identified, and who decided it."""

    tool: str
    standard: str
    decided_by: Literal["caseworker", "panel", "authority"]


class PurposeOfUse(_Part):
    id: str
    dpv: str
    legal_basis: str
    law: str
    text: Text


class Forbidden(_Part):
    """`only_via_sender`: it is not forbidden to this recipient altogether, but to be done through the sender alone."""

    act: str
    text: Text
    only_via_sender: bool

    def in_(self, tongue: Language) -> str:
        if not self.only_via_sender:
            return self.text.in_(tongue)
        with speaking(tongue):
            return _("{act}, unless through the sender").format(act=self.text.in_(tongue))


class FieldStory(_Part):
    """What happened to one field of the dictionary on its way here, how and why; what it serves, and on which ground.

    `kind`: how it may identify. `how` and `why`: the rule in words. `legal_basis`: of its purposes, in their order.
    """

    name: str
    label: str
    description: str
    kind: FieldClass
    rule: str
    level: str
    how: Text
    why: Text
    purposes: tuple[str, ...]
    legal_basis: tuple[str, ...]
    place: Literal["rows", "tables", "nowhere"]


class MissingInField(_Part):
    """A kind of missing in one field. `count`: in how many rows; None where that is not said, and then `share` may hold
    a band of the rows, see `missing.missing_in`."""

    field: str
    kind: MissingLabel
    count: Count | None
    share: Band | None


class Corrected(_Part):
    """An earlier bundle to this recipient that was replaced since it last got a period for the first time."""

    period: str
    bundle: str
    replaces: str
    made: dt.date


class ScrubbedNotes(_Part):
    """What scrubbing did to the case notes of one field: masks of each kind, in how many notes, and how many different
    words stand because a person decided so."""

    field: str
    notes: Count
    masks: dict[Kind, Count]
    kept: Count


class CaveatLine(_Part):
    """A caveat, whoever gave it: `code` is the agreement's id ("C1") or the program's own code; `kind`: what it is
    about."""

    code: str
    kind: CaveatKind
    text: Text
    figure: str = ""


class AgainstReplaced(_Part):
    """What changed in the rows against the bundle that this one replaces."""

    new: Count
    changed: Count
    gone: Count


class Protection(_Part):
    """k asked and reached, over which fields; None where no rows are here. `highest_risk`: 1 / the smallest group of
    look-alikes, for one who knows that a person is among the rows. `against`: None where nothing is replaced.

    `held_back`: the band of people who are not here, see `caveats`; None where nothing is said. `min_cell`: no smaller
    count stands in a table; None where there are none. `diversity`: no code of the field in more than this percentage
    of a group of look-alikes. `households`: that a group comes from at least.
    """

    treated_as: str
    held_back: Band | None
    min_cell: Positive | None
    k_asked: Positive | None
    k_reached: Positive | None
    over: tuple[str, ...]
    diversity: dict[str, float]
    households: Positive | None
    cells_withheld: dict[str, Count]
    table_cells_withheld: Count
    highest_risk: float | None
    against: AgainstReplaced | None


class Linking(_Part):
    """Under which network's key, and which epoch's, the match tokens were made."""

    network: str
    epoch: str


class Keeping(_Part):
    """How long the data may be kept, from receipt; within how many days their destruction is certified; and whether
    that outlasts the agreement (else its end is the end)."""

    months_after_receipt: int
    certificate_within_days: int
    survives_end: bool


class PassingOn(_Part):
    """Nothing is passed on unless `approval_by` (by its name: `approver`) approves. `publish`: what alone may be
    published, and no count of fewer than `min_cell` people; `quote_caveats`: only together with the caveats and the
    notice."""

    approval_by: str
    approver: str
    publish: Literal["tables"]
    min_cell: int
    quote_caveats: bool


class Terms(_Part):
    """What metadata repeat of the agreement: the same in every bundle to this recipient, whoever describes it.

    `source`, `collected`, `sampling`: from what the data were made, how, and of how many; `is_not`: what nobody may
    take them for. `country`: the recipient's own, which the data must not leave; `cross_border`: but for those
    countries, under that safeguard. `acknowledge`: the notices that a person acknowledges before using the data.
    """

    sender: Organisation
    recipient: Organisation
    agreement: Reference
    title: Text
    dating: Dating
    source: Text
    collected: Text
    sampling: Text
    row_means: Text
    population: Text
    is_not: Text
    belonging: tuple[Belonging, ...]
    identification: Identified
    purposes: tuple[PurposeOfUse, ...]
    prohibited: tuple[Forbidden, ...]
    confidentiality: Text
    acknowledge: tuple[Notice, ...]
    keeping: Keeping
    country: str
    cross_border: CrossBorder | None
    passing_on: PassingOn


class Metadata(Terms):
    """`covers`: the first and the last day of the data; `created` with its time zone, `made` the day there, by the
    agreement's clock. `caveats`: first those of the agreement."""

    bundle: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    period: str
    covers: Days
    created: AwareDatetime
    made: dt.date
    replaces: str | None
    corrections: tuple[Corrected, ...]
    area: Area
    fields: tuple[FieldStory, ...]
    missing: tuple[MissingInField, ...]
    scrubbed: tuple[ScrubbedNotes, ...]
    protection: Protection
    linking: Linking | None
    caveats: tuple[CaveatLine, ...]
    note: Note
