"""Which coordinator vouches for the cards of which network, and for whom: what is kept of it in the folder of cards.

For each network lies there one file, `<network>.directory.json`: whom we trust to say whose card is whose, and what the
newest directory of theirs that we took says – its version and digest, until when it counts, and the root of each party.
One file is replaced in one step, so a party that a newer directory leaves out is not vouched for from that moment, and
no older directory comes back after a restart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from exchange.crypto.canonical import canonical, parse
from exchange.errors import CryptoError
from exchange.keyring.directory import file_name
from exchange.keyring.private_files import read_private, write_private
from exchange.keyring.refusals import misshapen, refused
from exchange.keyring.shapes import NetworkId, PartyId, Shape
from exchange.locale import _

_END = file_name("")


class Root(Shape):
    """The fingerprint of the root key by which a party is known."""

    party: PartyId
    root: str


class Taken(Shape):
    """The newest directory of a network that came here, and for whom it vouches: those of its cards that contradict
    nothing that we know."""

    version: Annotated[int, Field(ge=1, lt=2**53)]
    digest: str
    issued: date
    expires: date
    vouched: tuple[Root, ...]


class Vouching(Shape):
    """That the coordinator with this root vouches for a network, since a day; until `ended_on`, where a person took the
    trust back. What was taken of it stays even then, so that an older directory cannot come after it."""

    network: NetworkId
    coordinator: PartyId
    root: str
    trusted_on: date
    ended_on: date | None = None
    taken: Taken | None = None

    def vouches_for(self, party: str, root: str) -> bool:
        if self.ended_on or self.taken is None:
            return False
        return Root(party=party, root=root) in self.taken.vouched


@dataclass(frozen=True, slots=True)
class Vouched:
    """A coordinator's word on a card, as of the directory of `network`, until that day (in UTC), it among them."""

    coordinator: str
    network: str
    until: date


def vouchings(folder: Path) -> Iterator[Vouching]:
    """All that are kept in a folder of cards, by network. KeyringError where one is damaged."""
    for file in sorted(folder.glob(f"*{_END}")):
        yield _read(file)


def keep_vouching(folder: Path, vouching: Vouching) -> None:
    """In the place of what was kept of this network."""
    write_private(folder / file_name(vouching.network), canonical(vouching.model_dump(mode="json")) + b"\n")


def _read(file: Path) -> Vouching:
    try:
        found = Vouching.model_validate_json(canonical(parse(read_private(file))))
    except ValidationError as error:
        raise misshapen("directory.damaged", error) from None
    except CryptoError:
        what = _("what is known of this directory of cards cannot be read")
        raise refused("directory.damaged", what, where=file.name) from None
    if file_name(found.network) != file.name:
        what = _("what is known of this directory of cards is of another network")
        raise refused("directory.damaged", what, where=file.name)
    return found
