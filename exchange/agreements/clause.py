"""What every clause of an agreement is made of: frozen, exact, and with words for the things that recur.

A key that the format does not know is refused, because a clause that the program does not understand is one that
it would not obey.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from exchange.locale import Language, _, language


class Clause(BaseModel):
    """One mapping of the agreement's YAML. Unknown keys are refused; nothing changes after reading."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=False, str_strip_whitespace=False, defer_build=True
    )


def visible(text: str) -> str:
    """Refuse characters that a reader does not see: a name that is shown in another order is another name."""
    unseen, shown = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}, text.replace("\n", "")
    if shown.isprintable():  # nearly every text is, and this says so of all its letters at once
        return text
    if any(unicodedata.category(letter) in unseen or letter in "\ufffe\uffff" for letter in shown):
        raise ValueError(_("holds characters that cannot be seen"))
    return text


def one_line(text: str) -> str:
    """Refuse a text of several lines, or of spaces alone."""
    if "\n" in text or not text.strip():
        raise ValueError(_("must be one line of text"))
    return text


Words = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(visible)]


class Text(Clause):
    """A text in the languages of the agreement."""

    id: Words
    en: Words

    def __str__(self) -> str:
        return self.in_(language())

    def in_(self, tongue: Language) -> str:
        return self.id if tongue == "id" else self.en


def _identifier(pattern: str, length: int) -> StringConstraints:
    return StringConstraints(pattern=pattern, max_length=length)


AgreementId = Annotated[str, _identifier(r"^[A-Z0-9][A-Za-z0-9-]*$", 60)]
Version = Annotated[str, _identifier(r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$", 20)]


def numbers(version: Version) -> tuple[int, ...]:
    """A version's numbers: they sort as versions follow each other."""
    return tuple(int(part) for part in version.split("."))


NetworkId = Annotated[str, _identifier(r"^[a-z0-9][a-z0-9-]*$", 40)]
PartyId = Annotated[str, _identifier(r"^[a-z0-9][a-z0-9-]*$", 40)]
PersonId = Annotated[str, _identifier(r"^[a-z0-9][a-z0-9.-]*$", 60)]
TierId = Annotated[str, _identifier(r"^[a-z][a-z0-9-]*$", 40)]
PurposeId = Annotated[str, _identifier(r"^[a-z][a-z0-9-]*$", 40)]
FieldName = Annotated[str, _identifier(r"^[A-Za-z][A-Za-z0-9_]*$", 60)]
Code = Annotated[str, _identifier(r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", 80)]
CaveatId = Annotated[str, _identifier(r"^[A-Z][A-Z0-9]*$", 12)]
Digest = Annotated[str, _identifier(r"^sha256:[0-9a-f]{64}$", 71)]
CountryCode = Annotated[str, _identifier(r"^[A-Z]{2}$", 2)]
Jurisdiction = Annotated[str, _identifier(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$", 6)]
# "SHA256:" and 43 characters of base64, as `ssh-keygen -l` prints it. The example's placeholder is admitted by the
# type and refused by `exchange agreement check`, so that a draft can be read before the keys exist.
Fingerprint = Annotated[str, _identifier(r"^SHA256:([A-Za-z0-9+/]{43}|<fingerprint>)$", 60)]
Line = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(visible), AfterValidator(one_line)]
Percent = Annotated[float, Field(gt=0, le=100)]


Element = TypeVar("Element")


def no_repeats(values: tuple[Element, ...]) -> tuple[Element, ...]:
    """Refuse a list that names a thing twice."""
    if len(set(values)) != len(values):
        raise ValueError(_("names a thing twice"))
    return values


FieldClass = Literal["direct", "quasi", "sensitive", "attribute", "free_text", "control"]
Fields = Annotated[tuple[FieldName, ...], AfterValidator(no_repeats)]
