"""A plan: what each column of a table is, what is asked of groups of look-alikes, and how to get there.

    plan: 1
    input: {separator: ";", missing: [""]}
    fields: {age: {class: quasi, ladder: ages.csv, weight: 1}, disease: {class: sensitive}, remark: {class: attribute}}
    protect: {k: 5, method: full_domain, max_suppressed_rows_percent: 5, loss: ncp}
    population: {size: 240000}
    output: {suppressed: star, order: shuffled}

Every column of the table is named. Paths are relative to the plan's file.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator
from pydantic import Field as Attribute

from exchange.agreements.clause import Clause, Line, Percent, no_repeats
from exchange.agreements.look_alikes import Households
from exchange.locale import _

# direct: never released. household: people with the same value live together; never released.
ColumnClass = Literal["quasi", "sensitive", "attribute", "direct", "household"]
Method = Literal["full_domain", "local_labels", "local_ranges", "local_suppression"]
LossName = Literal["ncp", "non_uniform_entropy", "discernibility", "average_group_size"]


class Input(Clause):
    """How the table is written: a CSV file in UTF-8 with a head. `missing`: the texts that stand for no value."""

    separator: Annotated[str, Attribute(pattern=r'^[^"\r\n]$')] = ","
    missing: Annotated[tuple[str, ...], AfterValidator(no_repeats)] = ("",)


class Column(Clause):
    """`ladder`: a file with a row per value, its labels from fine to coarse, in the input's separator, without a head.
    `weight`: how much a loss in this column counts. `list`: what separates the codes of one value."""

    class_: Annotated[ColumnClass, Attribute(alias="class")]
    ladder: Line | None = None
    weight: Annotated[float, Attribute(gt=0, le=1000)] = 1.0
    list: Annotated[str, Attribute(min_length=1, max_length=1)] | None = None

    @model_validator(mode="after")
    def _fits_its_class(self) -> Self:
        if self.class_ != "quasi" and (self.ladder is not None or "weight" in self.model_fields_set):
            raise ValueError(_("only a quasi-identifier has a ladder or a weight"))
        if self.class_ != "sensitive" and self.list is not None:
            raise ValueError(_("only a sensitive field is a list of codes"))
        return self


class Recursive(Clause):
    """The most frequent code is rarer than c times all codes from the l-th most frequent on (Machanavajjhala 2007)."""

    c: Annotated[float, Attribute(gt=0, le=1000)]
    l: Annotated[int, Attribute(ge=2, le=1000)]  # noqa: E741  # the name that the literature uses


class Diversity(Clause):
    """One model of diversity for a field, Machanavajjhala et al., l-Diversity, ACM TKDD 1 (2007), and our own share:
    `distinct` codes; `entropy` of at least log(l); `recursive` (c, l); `no_code_above_percent` of a group, the only one
    that a list of codes can have. A missing value is a value like any other, and no code for the last model."""

    distinct: Annotated[int, Attribute(ge=2, le=1000)] | None = None
    entropy: Annotated[float, Attribute(gt=1, le=1000)] | None = None
    recursive: Recursive | None = None
    no_code_above_percent: Percent | None = None

    @model_validator(mode="after")
    def _is_one_model(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError(_("names exactly one model"))
        return self


class Closeness(Clause):
    """The field's spread in a group is within `max` of its spread in the whole table, by earth mover's distance
    (Li, Li, Venkatasubramanian, t-Closeness, ICDE 2007): `equal`, every two values are as far apart as any; `ordered`,
    numbers, or else values in the order of the text, lie one step apart."""

    max: Annotated[float, Attribute(gt=0, le=1)]
    distance: Literal["equal", "ordered"] = "equal"


class Protection(Clause):
    """What every group of look-alikes must be, and the way there. Loss: what is to be as small as can be."""

    k: Annotated[int, Attribute(ge=1, le=100_000)]
    method: Method
    max_suppressed_rows_percent: Annotated[float, Attribute(ge=0, le=100)] = 0.0
    loss: LossName = "ncp"
    l_diversity: dict[Line, Diversity] = Attribute(default_factory=dict)
    t_closeness: dict[Line, Closeness] = Attribute(default_factory=dict)
    households: Households | None = None


class Population(Clause):
    """`size`: how many people there are of whom the table's rows are a random sample. Without this clause the rows
    count as all of them, which is the worst case: nobody outside the table can look like one in it."""

    size: Annotated[int, Attribute(ge=1, le=20_000_000_000)]


class Output(Clause):
    """`suppressed`: a row that no group took is written with stars, or left out. `order: input` is for measuring: the
    order of rows tells who they are."""

    suppressed: Literal["star", "drop"] = "drop"
    order: Literal["shuffled", "input"] = "shuffled"


class Plan(Clause):
    """The whole plan, contradictions refused."""

    plan: Literal[1]
    input: Input = Input()
    fields: Annotated[dict[Line, Column], Attribute(min_length=1)]
    protect: Protection
    population: Population | None = None
    output: Output = Output()

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        asked = self.protect.l_diversity.keys() | self.protect.t_closeness.keys()
        sensitive = {name for name, column in self.fields.items() if column.class_ == "sensitive"}
        if asked != sensitive:
            raise ValueError(_("exactly the sensitive fields have l_diversity or t_closeness"))
        lists = {name for name, column in self.fields.items() if column.list is not None}
        shares = {name for name, model in self.protect.l_diversity.items() if model.no_code_above_percent is not None}
        if not lists <= shares or lists & self.protect.t_closeness.keys():
            raise ValueError(_("a list of codes can have only no_code_above_percent"))
        households = [name for name, column in self.fields.items() if column.class_ == "household"]
        if len(households) > 1 or bool(households) != (self.protect.households is not None):
            raise ValueError(_("protect.households needs one field of class household, and such a field needs it"))
        if not self.quasi:
            raise ValueError(_("names no quasi-identifier"))
        if self.protect.method != "full_domain" and self.protect.loss in ("discernibility", "average_group_size"):
            raise ValueError(_("a local method can only keep a loss of cells small: ncp or non_uniform_entropy"))
        return self

    @property
    def quasi(self) -> tuple[str, ...]:
        """The quasi-identifiers, in the order of the plan."""
        return tuple(name for name, column in self.fields.items() if column.class_ == "quasi")

    @property
    def sensitive(self) -> tuple[str, ...]:
        """The sensitive fields, in the order of the plan."""
        return tuple(name for name, column in self.fields.items() if column.class_ == "sensitive")
