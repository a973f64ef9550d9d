"""How far another organisation has counted what goes between it and us, as its own ledger says: read from outside."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from exchange.agreements.clause import AgreementId
from exchange.crypto.canonical import canonical, parse
from exchange.errors import CryptoError
from exchange.keyring.shapes import PartyId, Shape
from exchange.seal.ledger import Last
from exchange.seal.series import Series


class _Last(Shape):
    sender: PartyId
    recipient: PartyId
    agreement: AgreementId | Literal[""]
    kind: Literal["bundle", "letter"]
    sequence: Annotated[int, Field(ge=1, lt=2**53)]
    envelope: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


class Counted(Shape):
    """Each series between the parties `of`, whose word it is, and `with`: its last number, by `Ledger.last`."""

    of: PartyId
    with_: Annotated[PartyId, Field(alias="with")]
    last: Annotated[tuple[_Last, ...], Field(max_length=1000)]

    @model_validator(mode="after")
    def _between_the_two(self) -> Self:
        if any({each.sender, each.recipient} != {self.of, self.with_} for each in self.last):
            raise ValueError("a series of other parties")
        return self

    @classmethod
    def read(cls, data: bytes) -> Self | None:
        """What is in such a file; None for anything else."""
        try:
            return cls.model_validate_json(canonical(parse(data)))
        except (CryptoError, ValidationError):
            return None

    def lasts(self) -> list[Last]:
        return [
            Last(Series(each.sender, each.recipient, each.agreement, each.kind), each.sequence, each.envelope)
            for each in self.last
        ]
