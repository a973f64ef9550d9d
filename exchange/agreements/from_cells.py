"""The sheets of a workbook as the agreement that they hold, or every mistake with its sheet and cell."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Sheets
from dataclasses import dataclass, field

from exchange.agreements.agreement import Agreement
from exchange.agreements.cell_text import node_of, parts, rule_node
from exchange.agreements.shape import Path, below
from exchange.agreements.strict_yaml import Places, column_letter, read_tree
from exchange.agreements.to_cells import Grid
from exchange.agreements.workbook_layout import (
    COMMENT,
    FIELDS,
    FIRST,
    LISTS,
    NAMED,
    OF_A_TIER,
    SHEETS,
    TABLES,
    TEXTS,
    columns,
    named_columns,
    types_at,
)
from exchange.agreements.yaml_tree import Mapping, Node, Place, Scalar, Sequence
from exchange.errors import AgreementError, Problem
from exchange.locale import _


def from_cells(sheets: Sheets[str, Grid], file: str) -> tuple[Agreement, Places]:
    """The agreement in these sheets, and where everything stands, so that `check_agreement` can name the cell.

    AgreementError with every mistake. Codes: agreement.no_sheet, agreement.unknown_sheet, agreement.no_column,
    agreement.unknown_column, agreement.repeated_key; then those of `exchange.agreements.strict_yaml.read_tree`.
    """
    AgreementError.raise_all(_layout(sheets, file))
    reading = _Reading(sheets, file)
    reading.read()
    AgreementError.raise_all(reading.problems)
    places = Places(file, reading.root)
    return read_tree(places, Agreement, AgreementError), places


def remarks(sheets: Sheets[str, Grid]) -> Iterator[tuple[str, str, str]]:
    """What stands under `comment`, for whoever reads: sheet, cell, text."""
    for sheet, (head, *rows) in ((name, grid) for name, grid in sheets.items() if grid):
        for at, name in enumerate(head, 1):
            if name.strip() == COMMENT:
                for number, row in enumerate(rows, 2):
                    if row[at - 1].strip():
                        yield sheet, f"{column_letter(at)}{number}", row[at - 1]


def _layout(sheets: Sheets[str, Grid], file: str) -> Iterator[Problem]:
    """What is wrong before any cell is read: sheets and columns that are not there, or that nobody knows."""
    for sheet in SHEETS:
        if sheet not in sheets:
            yield Problem("agreement.no_sheet", _("a sheet is missing"), f"{file}, {sheet}")
    for sheet in sheets:
        if sheet not in SHEETS:
            hint = _("known here: {names}").format(names=", ".join(SHEETS))
            yield Problem("agreement.unknown_sheet", _("the agreement's workbook has no such sheet"), file, hint)
        else:
            yield from _heads(sheet, sheets[sheet], file)


def _heads(sheet: str, grid: Grid, file: str) -> Iterator[Problem]:
    found = [head.strip() for head in grid[0]] if grid else []
    for head in _known(sheet):
        if head not in found:
            yield Problem("agreement.no_column", _("a column is missing"), f"{file}, {sheet}", head)
    for at, head in enumerate(found, 1):
        where = f"{file}, {sheet}, {column_letter(at)}1"
        if head in found[: at - 1] and head:
            yield Problem("agreement.repeated_key", _("a key stands here a second time"), where)
        elif head not in (*_known(sheet), COMMENT, "what", "") and not (sheet == FIELDS and head.startswith(OF_A_TIER)):
            hint = _("known here: {keys}").format(keys=", ".join((*_known(sheet), COMMENT)))
            yield Problem("agreement.unknown_column", _("the sheet has no such column"), where, hint)
        elif not head and any(row[at - 1 : at] not in ((), ("",)) for row in grid):
            yield Problem(
                "agreement.unknown_column", _("the column has no head"), where, _("write remarks under comment")
            )


def _known(sheet: str) -> tuple[str, ...]:
    if sheet in LISTS:
        return tuple(".".join(map(str, each)) for each in columns(types_at((*LISTS[sheet], "*"))))
    if sheet in NAMED:
        return ("name", *(head for head, _table, _keys in named_columns(sheet)))
    return {FIRST: ("clause", "value"), TEXTS: ("clause", "id", "en"), TABLES: ("tier", "by")}[sheet]


@dataclass(slots=True)
class _Reading:
    """Puts cell after cell into one tree."""

    sheets: Sheets[str, Grid]
    file: str
    root: Mapping = field(default_factory=lambda: Mapping(Place(1, 1, FIRST)))
    problems: list[Problem] = field(default_factory=list)

    def read(self) -> None:
        self._single(FIRST, {"value": ()})
        self._single(TEXTS, {"id": ("id",), "en": ("en",)})
        for sheet in LISTS:
            self._listed(sheet)
        for sheet in NAMED:
            self._by_name(sheet)
        self._matrix()
        self._tables()

    def _rows(self, sheet: str) -> Iterator[tuple[int, dict[str, str]]]:
        """Each row that holds something under a head that is read: its number, its filled cells by head."""
        head, *rows = self.sheets[sheet]
        for number, row in enumerate(rows, 2):
            cells = {name.strip(): text.strip() for name, text in zip(head, row, strict=False) if text.strip()}
            filled = {name: text for name, text in cells.items() if name not in (COMMENT, "what", "")}
            if filled:
                yield number, filled

    def _place(self, sheet: str, row: int, head: str) -> Place:
        return Place(row, [each.strip() for each in self.sheets[sheet][0]].index(head) + 1, sheet)

    def _single(self, sheet: str, under: dict[str, Path]) -> None:
        for row, cells in self._rows(sheet):
            path = tuple(cells.get("clause", "").split("."))
            for head, rest in under.items():
                if head in cells:
                    place, here = self._place(sheet, row, head), (*path, *rest)
                    self._put(here, node_of(cells[head], types_at(here), place), place)

    def _listed(self, sheet: str) -> None:
        types, entries = types_at((*LISTS[sheet], "*")), []
        for row, cells in self._rows(sheet):
            entry = Mapping(Place(row, 1, sheet))
            for keys in columns(types):
                head = ".".join(map(str, keys))
                if head in cells:
                    place = self._place(sheet, row, head)
                    self._put(keys, node_of(cells[head], _down(types, keys), place), place, entry)
            if entry.entries:
                entries.append(entry)
        place = Place(1, 1, sheet)
        self._put(LISTS[sheet], Sequence(place, tuple(entries)), place)

    def _by_name(self, sheet: str) -> None:
        for table in NAMED[sheet]:
            self._put(table, Mapping(Place(1, 1, sheet)), Place(1, 1, sheet))
        seen: set[str] = set()
        for row, cells in self._rows(sheet):
            name, at = cells.get("name", ""), Place(row, 1, sheet)
            if name in seen or not name:
                self._refuse_name(at, repeated=bool(name))
                continue
            seen.add(name)
            for head, table, keys in named_columns(sheet):
                if head in cells:
                    here, place = (*table, name, *keys), self._place(sheet, row, head)
                    self._put(here, node_of(cells[head], types_at(here), place), place)

    def _refuse_name(self, place: Place, *, repeated: bool) -> None:
        what = _("a key stands here a second time") if repeated else _("a row has no name")
        where = Places(self.file, self.root).at(place)
        self.problems.append(Problem("agreement.repeated_key" if repeated else "agreement.missing_key", what, where))

    def _matrix(self) -> None:
        """The columns of the dictionary's sheet that are called after tiers."""
        for row, cells in self._rows(FIELDS):
            for head, text in cells.items():
                if head.startswith(OF_A_TIER):
                    place = self._place(FIELDS, row, head)
                    path = ("tiers", head.removeprefix(OF_A_TIER).strip(), "release", cells.get("name", ""))
                    self._put(path, rule_node(text, place), place)

    def _tables(self) -> None:
        by_tier: dict[str, list[Node]] = {}
        for row, cells in self._rows(TABLES):
            place = self._place(TABLES, row, "by" if "by" in cells else "tier")
            breakdown = Sequence(place, tuple(Scalar(place, each) for each in parts(cells.get("by", ""), ";")))
            by_tier.setdefault(cells.get("tier", ""), []).append(breakdown)
        for tier, rows in by_tier.items():
            place = rows[0].place
            self._put(("tiers", tier, "protect", "tables", "by"), Sequence(place, tuple(rows)), place)

    def _put(self, path: Path, node: Node, place: Place, into: Mapping | None = None) -> None:
        """Set what stands at `path`, making the tables on the way; a place that is taken is refused."""
        table = self.root if into is None else into
        for step in path[:-1]:
            inner = table.entries.setdefault(str(step), Mapping(place))
            table.keys.setdefault(str(step), place)
            if not isinstance(inner, Mapping):
                self._refuse_name(place, repeated=True)
                return
            table = inner
        if path[-1] in table.entries:
            self._refuse_name(place, repeated=True)
            return
        table.entries[str(path[-1])], table.keys[str(path[-1])] = node, place


def _down(types: tuple[object, ...], keys: Path) -> tuple[object, ...]:
    for key in keys:
        types = below(types, key)
    return types
