"""What fields and their values are called on a page: by the agreement's dictionary and the code lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.agreements.dictionary import Data, MissingLabel
from exchange.codes.lists import code_list
from exchange.locale import _

TOTAL = "*"


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one dictionary, in the language being spoken."""

    data: Data

    def field(self, name: str) -> str:
        """The label of a field; its name where this dictionary does not hold it."""
        found = [field.label for field in self.data.fields if field.name == name]
        return found[0] if found else name

    def fields(self, names: Sequence[str]) -> str:
        return " × ".join(self.field(name) for name in names)

    def value(self, name: str, value: str) -> str:
        """The label of one value of a field; the value as it stands where it is in no list (an age band, "OTHER")."""
        missing = self.data.missing()
        if value == TOTAL:
            return _("all")
        if value in missing:
            return _missing(missing[value])
        return self._coded(name, value) or value

    def _coded(self, name: str, value: str) -> str | None:
        codes = [field.codes for field in self.data.fields if field.name == name and field.codes]
        return code_list(codes[0], field=name).label_of(value) if codes else None


def _missing(label: MissingLabel) -> str:
    match label:
        case "missing":
            return _("not recorded")
        case "unknown":
            return _("not known")
        case "not_available":
            return _("not available")
        case "declined_to_state":
            return _("declined to say")
        case "withheld_by_this_agreement":
            return _("withheld")
