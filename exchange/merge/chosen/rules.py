"""The rules of a recipient for a person's record, as its file `merging.yaml` says them; the format is `MERGING.md`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator
from pydantic import Field as Attribute

from exchange.agreements.clause import Clause, FieldName, PartyId, no_repeats
from exchange.agreements.strict_yaml import Places, read_with_places
from exchange.agreements.text_file import load_text
from exchange.errors import MergeError, Problem
from exchange.locale import _

ChoiceRule = Literal["latest", "most_complete", "most_trusted", "majority"]
Sources = Annotated[tuple[PartyId, ...], AfterValidator(no_repeats)]


class MergingRules(Clause):
    """`fields`: the rule of each field that is not under `default`. `trusted`: senders, the most trusted first.
    `sensitive`: senders who count, and of whom no value is shown."""

    merging: Literal[1] = 1
    default: ChoiceRule = "latest"
    fields: dict[FieldName, ChoiceRule] = Attribute(default_factory=dict)
    trusted: Sources = ()
    sensitive: Sources = ()

    def of(self, field: str) -> ChoiceRule:
        return self.fields.get(field, self.default)


LATEST = MergingRules()


def load_rules(file: Path, fields: Collection[str], senders: Collection[str]) -> MergingRules:
    """The rules in `file`; `fields` and `senders` are those of the agreements under which anything can come.

    MergeError with every mistake and its line: `merging.no_file`, `.not_utf8`, `.too_large`; as
    `agreements.strict_yaml.read` names them; `.unknown_field`, `.unknown_sender`, `.nobody_trusted`.
    """
    return read_rules(load_text(file, MergeError, "merging"), file.name, fields, senders)


def read_rules(text: str, name: str, fields: Collection[str], senders: Collection[str]) -> MergingRules:
    """As `load_rules`, of a text; `name`: the file's, for messages."""
    rules, places = read_with_places(text, MergingRules, name, MergeError, prefix="merging")
    MergeError.raise_all((*_unknown(rules, places, fields, senders), *_nobody_trusted(rules, places)))
    return rules


def _unknown(
    rules: MergingRules, places: Places, fields: Collection[str], senders: Collection[str]
) -> Iterator[Problem]:
    for field in rules.fields:
        if field not in fields:
            what = _("no agreement under which we receive has such a field")
            yield Problem("merging.unknown_field", what, places.where(("fields", field)))
    for key, named in (("trusted", rules.trusted), ("sensitive", rules.sensitive)):
        for place, sender in enumerate(named):
            if sender not in senders:
                what, hint = _("nobody of this name sends to us"), ", ".join(sorted(senders))
                hint = _("known: {names}").format(names=hint)
                yield Problem("merging.unknown_sender", what, places.where((key, place)), hint)


def _nobody_trusted(rules: MergingRules, places: Places) -> Iterator[Problem]:
    """A rule that takes the most trusted source says nothing where nobody is more trusted than others."""
    asking = [("fields", name) for name, rule in rules.fields.items() if rule == "most_trusted"]
    if rules.default == "most_trusted":
        asking.insert(0, ("default",))  # type: ignore[arg-type]  # a path of one step
    if asking and not rules.trusted:
        what, hint = _("the rule needs an order of sources"), _("add {key}").format(key="trusted")
        yield Problem("merging.nobody_trusted", what, places.where(asking[0]), hint)
