"""An organisation at work: its folder, its keys, the time; its logs, and the registers that only it can read."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.agreements.agreement import Agreement, Reference
from exchange.audit.checkpoint import log_origin, witness_name
from exchange.audit.entries import AgreementRef, Counts, Entry, Kind, Opening
from exchange.audit.heads import Heads
from exchange.crypto import box
from exchange.keyring.identity import Identity
from exchange.keyring.private_files import read_private, write_private
from exchange.transport.sftp.login import Passwords, nobody_to_ask
from exchange.workspace.workspace import Workspace

if TYPE_CHECKING:
    from concurrent.futures import Future


@dataclass(frozen=True, slots=True)
class Office:
    """`now` is aware and in UTC; `randomness(n)` gives n bytes fit for keys; `passwords` are those of servers."""

    workspace: Workspace
    identity: Identity
    now: dt.datetime
    randomness: Callable[[int], bytes] = field(default=os.urandom, repr=False)
    passwords: Passwords = field(default_factory=partial(Passwords, nobody_to_ask), repr=False, compare=False)

    @property
    def party(self) -> str:
        return self.identity.party

    def unlock_ahead(self) -> None:
        """Something locked will be read soon: where the keys are locked still, ask for the passphrase now, and unlock
        them beside what comes meanwhile, since that takes most of a second by design."""

    def today(self, agreement: Agreement) -> dt.date:
        """The date in the agreement's time zone."""
        return agreement.day(self.now)

    def new_id(self) -> str:
        """A random id for a parcel: 32 hexadecimal digits."""
        return self.randomness(16).hex()

    # --- the log ---

    def note(self, network: str, *entries: Entry) -> None:
        """Append entries to our log in a network."""
        with self.workspace.logs.open(network) as log:
            log.append(*entries)

    def noted(self, network: str, kind: Kind) -> Noted:
        """The entries of this kind in our log in a network, by the digest of the sealed file that they are about; the
        first where there are several. Read when it is asked."""
        return Noted(self, network, kind)

    def every_entry(self, network: str) -> Iterator[Entry]:
        """All that our log in a network still tells, in its order."""
        with self.workspace.logs.open(network) as log:
            for _number, _leaf, data in log.raw_records():
                if data is not None:
                    yield Opening.read(data).entry

    def entries(self, network: str, *kinds: Kind) -> Iterator[Entry]:
        """The entries of these kinds in our log in a network, in their order."""
        with self.workspace.logs.open(network) as log:
            for data in log.openings_with(*(f'"{kind}"'.encode() for kind in kinds)):
                entry = Opening.read(data).entry
                if entry.kind in kinds:
                    yield entry

    def entries_about(self, network: str, ciphertext: str) -> Iterator[Entry]:
        """The entries about a sealed file in our log in a network, in their order."""
        with self.workspace.logs.open(network) as log:
            for data in log.openings_with(ciphertext.encode()):
                entry = Opening.read(data).entry
                if entry.ciphertext == ciphertext:
                    yield entry

    def tells_of_letter(self, network: str, sender: str, letter: str, ciphertext: str) -> bool:
        """Whether our log in a network says that a letter came: what was done about its file, or that it came from its
        sender under this id before. One that was put aside was not read yet."""
        came = ("letter.received", sender, letter)
        with self.workspace.logs.open(network) as log:
            about = (Opening.read(data).entry for data in log.openings_with(ciphertext.encode(), letter.encode()))
            return any(
                ciphertext in (each.ciphertext, each.receipt) or (each.kind, each.counterpart, each.letter) == came
                for each in about
                if each.kind != "bundle.quarantined"
            )

    def entry(
        self,
        kind: Kind,
        *,
        counterpart: str | None = None,
        agreement: Reference | None = None,
        period: str | None = None,
        bundle: str | None = None,
        ciphertext: str | None = None,
        page: str | None = None,
        receipt: str | None = None,
        letter: str | None = None,
        key: str | None = None,
        person: str | None = None,
        since: dt.datetime | None = None,
        counts: Counts | None = None,
        codes: tuple[str, ...] = (),
        note: str | None = None,
        fields: tuple[str, ...] = (),
        onward: Reference | None = None,
    ) -> Entry:
        """An entry of ours, at this time."""
        return Entry(
            time=self.now,
            kind=kind,
            party=self.party,
            counterpart=counterpart,
            agreement=_ref(agreement),
            period=period,
            bundle=bundle,
            ciphertext=ciphertext,
            page=page,
            receipt=receipt,
            letter=letter,
            key=key,
            person=person,
            since=since,
            counts=counts,
            codes=codes,
            note=note,
            fields=fields,
            onward=_ref(onward),
        )

    def checkpoint(self, network: str) -> str:
        """Our log in a network as others see it this week, signed."""
        with self.workspace.logs.open(network) as log:
            return Heads(log).checkpoint_due(self.identity.log, self.now).data.decode("utf-8")

    def showing(self, network: str, party: str, *, at_once: bool = False) -> bytes:
        """What a parcel to a party shows: our log in a network as others see it this week (`at_once`: as it is now),
        with the way from whatever that party may have seen of it, and its own log as we have cosigned it.

        KeyringError where its card is not fit to send to; AuditError `audit.log_altered` and as `Heads.show`.
        """
        card, theirs = self.workspace.cards.get(party, self.now.date()).card, log_origin(party, network)
        with self.workspace.logs.open(network) as log:
            heads, witness_key = Heads(log), card.log_verify_key
            shown = heads.show(self.identity.log, witness_name(theirs), witness_key, self.now, at_once=at_once)
        with self.workspace.witnesses.open(network) as witness:
            return replace(shown, seen=witness.cosigned(theirs)).data

    # --- registers that only we can read ---

    def load_register(self, file: Path) -> bytes | None:
        """What `save_register` kept in `file`; None where nothing was kept yet."""
        if not file.exists():
            return None
        return box.unlock(self._register_key(file), read_private(file), context=file.name.encode())

    def save_register(self, file: Path, content: bytes) -> None:
        """Keep `content` so that only our identity opens it."""
        write_private(file, box.lock(self._register_key(file), content, context=file.name.encode()))

    def _register_key(self, file: Path) -> bytes:
        return self.identity.key_for(f"register/{file.name}")


@dataclass(frozen=True, slots=True)
class Noted(Mapping[str, Entry]):
    """What our log in a network notes of one kind, by the digest of the sealed file; the first where there are more."""

    office: Office
    network: str
    kind: Kind

    def __getitem__(self, ciphertext: str) -> Entry:
        for entry in self.office.entries_about(self.network, ciphertext):
            if entry.kind == self.kind:
                return entry
        raise KeyError(ciphertext)

    def __iter__(self) -> Iterator[str]:
        return iter(
            dict.fromkeys(
                e.ciphertext for e in self.office.entries(self.network, self.kind) if e.ciphertext is not None
            )
        )

    def __len__(self) -> int:
        return sum(1 for _each in self)


class LockedOffice(Office):
    """An organisation whose keys are unlocked when something first needs them, which may be never. `ask` asks for the
    passphrase, and gives what unlocks with it."""

    def __init__(self, workspace: Workspace, ask: Callable[[], Callable[[], Identity]], now: dt.datetime) -> None:
        passwords = Passwords(nobody_to_ask)
        given = {"workspace": workspace, "now": now, "randomness": os.urandom, "passwords": passwords, "_ask": ask}
        for name, value in given.items():
            object.__setattr__(self, name, value)

    @cached_property
    def identity(self) -> Identity:
        return self._unlocking.result()

    def unlock_ahead(self) -> None:
        self._unlocking  # noqa: B018  # begins it

    @cached_property
    def _unlocking(self) -> Future[Identity]:
        from concurrent.futures import ThreadPoolExecutor

        unlock = self._ask()  # type: ignore[attr-defined]  # set above, past the frozen class
        return ThreadPoolExecutor(1).submit(unlock)

    @property
    def party(self) -> str:
        return self.workspace.party


def _ref(agreement: Reference | None) -> AgreementRef | None:
    return None if agreement is None else AgreementRef(**agreement.model_dump())
