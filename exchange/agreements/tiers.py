"""Tiers: what each kind of recipient gets, field by field, and how people are protected in it.

A field that a tier does not list is withheld. Parameters of rules are typed and checked when the agreement is read,
never when a row is met. How a rule changes a value stands in `exchange/redact/`, a file for each.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, StringConstraints, model_validator
from pydantic import Field as Attribute

from exchange.agreements.clause import Clause, Code, FieldName, Fields, Percent, PurposeId, no_repeats
from exchange.agreements.look_alikes import Households
from exchange.errors import AgreementError
from exchange.ladders.own import own_ladder
from exchange.locale import _

Purposes = Annotated[tuple[PurposeId, ...], AfterValidator(no_repeats), Attribute(min_length=1)]
Place = Literal["rows", "tables"]
Epoch = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$", max_length=20)]
WholeNumber = Annotated[int, Attribute(ge=-(10**12), le=10**12)]


def ascending_from_zero(edges: tuple[int, ...]) -> tuple[int, ...]:
    """Refuse edges that do not begin at 0 or do not rise: some age would have no band, or two."""
    if edges[:1] != (0,) or list(edges) != sorted(set(edges)):
        raise ValueError(_("must begin at 0 and rise"))
    return edges


def ascending(edges: tuple[int, ...]) -> tuple[int, ...]:
    """Refuse edges that do not rise."""
    if list(edges) != sorted(set(edges)):
        raise ValueError(_("must rise"))
    return edges


class _Rule(Clause):
    """`for`: the purposes that the field serves. `in: tables`: counted in the tables, absent from the rows."""

    purposes: Annotated[Purposes, Attribute(alias="for")]
    place: Annotated[Place, Attribute(alias="in")] = "rows"


class Keep(_Rule):
    rule: Literal["keep"]


class Drop(_Rule):
    rule: Literal["drop"]


class Map(_Rule):
    """Codes become other codes; what is not listed becomes `otherwise`."""

    rule: Literal["map"]
    to: Annotated[dict[Code, Code], Attribute(min_length=1)]
    otherwise: Code


class RowKey(_Rule):
    """A random key, new in each release: joins rows to tokens and stands outside k."""

    rule: Literal["row_key"]


PseudonymKind = Literal["keyed", "random", "chosen"]


class Pseudonymise(_Rule):
    """Another word for each value, of this agreement and recipient alone, so that two recipients cannot join on it.
    Another `epoch` gives other pseudonyms, which nobody but the sender can join to the earlier ones.

    `kind`: `keyed`, an HMAC under a key of this agreement and recipient; `random`, drawn once and kept in the sender's
    register, so that nobody who finds the key later can work it out; `chosen`, the word that the person herself chose
    for this recipient, and a random one for whoever chose none.
    """

    rule: Literal["pseudonymise"]
    kind: PseudonymKind = "keyed"
    epoch: Epoch = "1"


class Mask(_Rule):
    """All but the last `keep_last` characters become `*`."""

    rule: Literal["mask"]
    keep_last: Annotated[int, Attribute(ge=0, le=4)] = 0


class Scrub(_Rule):
    """A case note without what tells who someone is: what is certain is masked, and people decide on what is not."""

    rule: Literal["scrub"]


class Round(_Rule):
    """The nearest multiple of `to`; what lies halfway goes away from zero."""

    rule: Literal["round"]
    to: Annotated[int, Attribute(ge=1, le=1_000_000_000)]


class TopCode(_Rule):
    """`at` and everything above it become one value: "65+"."""

    rule: Literal["top_code"]
    at: WholeNumber


class BottomCode(_Rule):
    """`at` and everything below it become one value: "<=12"."""

    rule: Literal["bottom_code"]
    at: WholeNumber


class _Generalise(_Rule):
    """A coarser value from a ladder (`exchange/ladders/`), which the key `ladder` names."""

    rule: Literal["generalise"]


class GeneraliseAge(_Generalise):
    """Bands of age at intake. `edges` are the first ages of the bands, ascending from 0; the last band is open."""

    ladder: Literal["age_band"]
    edges: Annotated[tuple[Annotated[int, Attribute(ge=0, le=120)], ...], AfterValidator(ascending_from_zero)]


class GeneraliseDate(_Generalise):
    ladder: Literal["date"]
    to: Literal["month", "quarter", "year"]


class GeneralisePlace(_Generalise):
    ladder: Literal["place"]
    to: Literal["district", "regency", "province", "island", "country"]


class GeneraliseCountry(_Generalise):
    ladder: Literal["country"]
    to: Literal["subregion", "region"]


class GeneraliseIndustry(_Generalise):
    ladder: Literal["industry"]
    to: Literal["sector", "broad_sector"]


class GeneraliseNumber(_Generalise):
    """Intervals that hold their lower edge and not their upper one; the first and the last are open."""

    ladder: Literal["interval"]
    edges: Annotated[tuple[WholeNumber, ...], Attribute(min_length=1, max_length=200), AfterValidator(ascending)]


_Columns = Attribute(min_length=2, max_length=6)


class GeneraliseOwn(_Generalise):
    """A ladder of the parties' own, written as a CSV has it: the first row of `table` names the levels from fine to
    coarse, every other one holds a code of the field and its label on each level.

    The table is part of what is signed, and is refused unless it is a proper tree (`exchange ladder check`).
    """

    ladder: Literal["own"]
    table: Annotated[tuple[Annotated[tuple[Code, ...], _Columns], ...], Attribute(min_length=2, max_length=500)]
    to: Code

    @model_validator(mode="after")
    def _is_a_tree(self) -> Self:
        if self.to not in self.levels:
            raise ValueError(_("the ladder {name} has no level {level}").format(name=self.ladder, level=self.to))
        try:
            own_ladder(self.levels, self.rows)
        except AgreementError as error:
            raise ValueError(str(error)) from None
        return self

    @property
    def levels(self) -> tuple[str, ...]:
        return self.table[0]

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        return self.table[1:]


Generalise = Annotated[
    GeneraliseAge
    | GeneraliseDate
    | GeneralisePlace
    | GeneraliseCountry
    | GeneraliseIndustry
    | GeneraliseNumber
    | GeneraliseOwn,
    Attribute(discriminator="ladder"),
]
Rule = Annotated[
    Keep | Drop | Map | RowKey | Pseudonymise | Mask | Scrub | Round | TopCode | BottomCode | Generalise,
    Attribute(discriminator="rule"),
]


class Match(Clause):
    """By what a person can be counted once. `tokens` ride along with the bundle, apart from the rows, `via: recipient`.
    `fields`, filters field by field, link better and tell more: they go `via: agent`, to the agreement's linking agent,
    who gets no rows; the recipient gets neither, only which rows are of one person."""

    strength: Literal["tokens", "fields"]
    via: Literal["recipient", "agent"]
    purposes: Annotated[Purposes, Attribute(alias="for")]


class Diversity(Clause):
    """No listed code of the field in more than this share of a group of look-alikes."""

    no_code_above_percent: Percent


class Tables(Clause):
    """Counts by these breakdowns; small cells are withheld, and others so that they cannot be worked out."""

    min_cell: Annotated[int, Attribute(ge=2, le=1000)]
    secondary_suppression: Literal[True]
    source: Annotated[Literal["released_rows"] | None, Attribute(alias="from")] = None
    by: Annotated[tuple[Annotated[Fields, Attribute(min_length=1, max_length=3)], ...], Attribute(min_length=1)]


LeastAlike = Annotated[int, Attribute(ge=2, le=1000)]


class Protect(Clause):
    """How people are protected in what a tier receives."""

    output: Annotated[tuple[Literal["rows", "tables"], ...], AfterValidator(no_repeats), Attribute(min_length=1)]
    k: LeastAlike | None = None
    quasi_identifiers: Fields | None = None
    l_diversity: dict[FieldName, Diversity] | None = None
    households: Households | None = None
    method: Literal["local_suppression"] | None = None
    max_suppressed_cells_percent: Annotated[float, Attribute(ge=0, le=100)] | None = None
    if_not_met: tuple[Literal["tables", "nothing", "report"], ...] | None = None
    tables: Tables | None = None
    across_releases: Literal["gate", "report"]


class Tier(Clause):
    """What one kind of recipient gets. Only a tier `treated_as: personal_data` has no gate on k."""

    treated_as: Literal["statistics", "pseudonymised", "personal_data"]
    every: Literal["month", "quarter"]
    release: Annotated[dict[FieldName, Rule], Attribute(min_length=1)]
    match: Match | None = None
    protect: Protect
    formats: Annotated[tuple[Literal["csv", "xlsx", "pdf"], ...], AfterValidator(no_repeats), Attribute(min_length=1)]

    @property
    def gated(self) -> bool:
        return self.treated_as != "personal_data"

    @property
    def row_fields(self) -> tuple[FieldName, ...]:
        """Fields whose values appear in the rows, in the order of the agreement; the row key is one of them."""
        if "rows" not in self.protect.output:
            return ()
        return tuple(n for n, rule in self.release.items() if rule.place == "rows" and rule.rule != "drop")

    @property
    def table_fields(self) -> tuple[FieldName, ...]:
        """Fields that the tables break down by, each once, in the order of the breakdowns."""
        if self.protect.tables is None:
            return ()
        return tuple(dict.fromkeys(name for breakdown in self.protect.tables.by for name in breakdown))
