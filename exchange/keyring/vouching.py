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


class Counted(Shape):
    """How far a coordinator had counted, by its root, when another was trusted in its place."""

    root: str
    version: Annotated[int, Field(ge=1, lt=2**53)]
    digest: str


class Vouching(Shape):
    """That the coordinator with this root vouches for a network, since a day; until `ended_on`, where a person took the
    trust back. What was taken of it stays even then, and how far those `before` it had counted, so that an older
    directory never comes after a newer one, whoever was trusted in between."""

    network: NetworkId
    coordinator: PartyId
    root: str
    trusted_on: date
    ended_on: date | None = None
    taken: Taken | None = None
    before: tuple[Counted, ...] = ()

    @property
    def counted(self) -> tuple[Counted, ...]:
        """How far each coordinator of this network has counted, to our knowledge."""
        ours = (Counted(root=self.root, version=self.taken.version, digest=self.taken.digest),) if self.taken else ()
        return (*(each for each in self.before if not ours or each.root != self.root), *ours)

    @property
    def newest(self) -> Counted | None:
        """The newest directory that ever came here under the root that is trusted now."""
        return next((each for each in self.counted if each.root == self.root), None)

    def vouches_for(self, party: str, root: str) -> bool:
        if self.ended_on or self.taken is None:
            return False
        return Root(party=party, root=root) in self.taken.vouched


@dataclass(frozen=True, slots=True)
class Vouched:
    """A coordinator's word on a card, as of the directory of `network`, on the days (in UTC) from `since` to `until`,
    both among them."""

    coordinator: str
    network: str
    since: date
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
