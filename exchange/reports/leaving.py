"""What leaves: for the sender's director, everything that is on its way to every recipient of a period, on one page.

The figures are exact, the sender's own, and never for a recipient; no row and no value of a person is shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.agreements.words import caveat_kind
from exchange.bundle.metadata import FieldStory, Metadata, ScrubbedNotes
from exchange.bundle.words import mask_kind
from exchange.locale import _
from exchange.protect.protected import Account, Protected
from exchange.reports import wording
from exchange.reports.labels import Labels
from exchange.reports.page import page, render

if TYPE_CHECKING:
    from markupsafe import Markup

Bars = tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What the steps say of one recipient's release. `held_back`: `HeldBack.by_reason`."""

    protected: Protected
    metadata: Metadata
    held_back: tuple[tuple[str, int], ...]

    @property
    def account(self) -> Account:
        return self.protected.account

    @property
    def labels(self) -> Labels:
        return Labels(self.protected.permit.agreement.data)

    @property
    def held_back_total(self) -> int:
        return sum(count for _reason, count in self.held_back)

    @property
    def in_extract(self) -> int:
        """Rows of the whole extract: those held back, and those that came through."""
        return self.held_back_total + self._came_through

    @property
    def tables_only(self) -> int:
        """Rows of people who are counted in tables and stand in no row: the dead, where the agreement says so."""
        return self._came_through - self.account.rows_in

    @property
    def _came_through(self) -> int:
        return self.protected.considered - self.protected.held_back_total

    @property
    def values_withheld(self) -> int:
        return sum(count for _field, count in self.account.cells_withheld)

    @property
    def scrubbed(self) -> tuple[tuple[ScrubbedNotes, Bars], ...]:
        """What scrubbing did to each field of case notes, and the masks by their kind in words."""
        notes = self.metadata.scrubbed
        return tuple((each, tuple((mask_kind(kind), n) for kind, n in each.masks.items())) for each in notes)

    @property
    def given(self) -> tuple[FieldStory, ...]:
        return tuple(story for story in self.metadata.fields if story.place != "nowhere")

    @property
    def over(self) -> str:
        """The fields over which look-alikes are counted."""
        return ", ".join(self.labels.field(name) for name in self.account.over)

    @property
    def reasons(self) -> Bars:
        return tuple((wording.held_reason(reason), count) for reason, count in self.held_back)

    @property
    def withheld_by_field(self) -> Bars:
        return tuple((self.labels.field(name), count) for name, count in self.account.cells_withheld)


@dataclass(frozen=True, slots=True)
class Leaving(Told):
    """One sealed bundle, and what the steps say of it.

    `number`: the envelope's sequence. `ciphertext`: "sha256:…" of the sealed file of `size` bytes.
    """

    number: int
    size: int
    ciphertext: str


def leaving_page(leavings: Sequence[Leaving], made: dt.datetime) -> str:
    """The page about `leavings`, all of one sender, at least one; made at this moment."""
    if len({each.metadata.sender.id for each in leavings}) != 1:
        raise AssertionError("a page is about one sender")
    return page(lambda: _title(leavings), lambda: _half(leavings, made))


def _title(leavings: Sequence[Leaving]) -> str:
    periods = ", ".join(dict.fromkeys(each.metadata.period for each in leavings))
    return _("What leaves {sender}: {periods}").format(sender=leavings[0].metadata.sender.name, periods=periods)


def _half(leavings: Sequence[Leaving], made: dt.datetime) -> Markup:
    return render(
        "exchange.reports",
        "leaving.html.j2",
        title=_title(leavings),
        sender=leavings[0].metadata.sender,
        leavings=leavings,
        given_to_nobody=_given_to_nobody(leavings),
        made=made,
        caveat_kind=caveat_kind,
        wording=wording,
    )


def _given_to_nobody(leavings: Iterable[Leaving]) -> tuple[FieldStory, ...]:
    """The fields of the dictionary that none of the recipients gets, in the dictionary's order."""
    given = {story.name for each in leavings for story in each.given}
    every = {story.name: story for each in leavings for story in each.metadata.fields}
    return tuple(story for name, story in every.items() if name not in given)
