"""An organisation at work: its folder, its keys, the time. What both halves of the road do alike stands here:
noting in the log, sealing and queueing, and going on after a crash.
"""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from exchange.agreements.agreement import Agreement, Reference
from exchange.audit.entries import AgreementRef, Counts, Entry, Kind, Opening
from exchange.bundle.letters import LetterBody, write_letter
from exchange.bundle.parcel import Bundle, Letter
from exchange.crypto import box
from exchange.errors import Problem, WorkspaceError
from exchange.keyring.identity import Identity
from exchange.keyring.private_files import read_private, write_private
from exchange.locale import _
from exchange.seal.ledger import Given
from exchange.seal.sealing import SealedBundle, seal
from exchange.transport.outbox import Queued
from exchange.workspace import Workspace

LIFETIME = dt.timedelta(days=60)  # how long a sealed parcel may be on its way


def _nothing(_sealed: SealedBundle) -> None:
    return None


def _no_more(_sealed: SealedBundle) -> tuple[Entry, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Office:
    """`now` is aware and in UTC; `randomness(n)` gives n bytes fit for keys."""

    workspace: Workspace
    identity: Identity
    now: dt.datetime
    randomness: Callable[[int], bytes] = field(default=os.urandom, repr=False)

    @property
    def party(self) -> str:
        return self.identity.party

    def today(self, agreement: Agreement) -> dt.date:
        """The date in the agreement's time zone."""
        return self.now.astimezone(ZoneInfo(agreement.delivery.timezone)).date()

    def new_id(self) -> str:
        """A random id for a parcel: 32 hexadecimal digits."""
        return self.randomness(16).hex()

    # --- the log ---

    def note(self, network: str, *entries: Entry) -> None:
        """Append entries to our log in a network."""
        with self.workspace.open_log(network) as log:
            log.append(*entries)

    def noted(self, network: str, kind: Kind) -> dict[str, Entry]:
        """The entries of this kind in our log in a network, by the digest of the sealed file that they are about; the
        first where there are several."""
        word = f'"{kind}"'.encode()
        found: dict[str, Entry] = {}
        with self.workspace.open_log(network) as log:
            for _number, _leaf, data in log.raw_records():
                entry = Opening.read(data).entry if data is not None and word in data else None
                if entry is not None and entry.kind == kind and entry.ciphertext is not None:
                    found.setdefault(entry.ciphertext, entry)
        return found

    def entry(
        self,
        kind: Kind,
        *,
        counterpart: str | None = None,
        agreement: Reference | None = None,
        period: str | None = None,
        bundle: str | None = None,
        ciphertext: str | None = None,
        receipt: str | None = None,
        letter: str | None = None,
        person: str | None = None,
        counts: Counts | None = None,
        codes: tuple[str, ...] = (),
        note: str | None = None,
    ) -> Entry:
        """An entry of ours, at this time."""
        return Entry(
            time=self.now,
            kind=kind,
            party=self.party,
            counterpart=counterpart,
            agreement=None if agreement is None else AgreementRef(**agreement.model_dump()),
            period=period,
            bundle=bundle,
            ciphertext=ciphertext,
            receipt=receipt,
            letter=letter,
            person=person,
            counts=counts,
            codes=codes,
            note=note,
        )

    def checkpoint(self, network: str) -> str:
        """Our log in a network as it stands, signed."""
        with self.workspace.open_log(network) as log:
            return log.checkpoint(self.identity.root).data.decode("utf-8")

    # --- sealing and queueing ---

    def post(
        self, parcel: Bundle | Letter, *, awaits_receipt: bool, noting: Callable[[SealedBundle], None] = _nothing
    ) -> SealedBundle:
        """Seal a parcel, give it its number, queue it. `noting` runs between: what must be known before it can leave.

        The order is that of `exchange.seal.ledger`; `resume` goes on from wherever a crash left it. One process
        posts at a time; another waits for its turn.
        """
        with self.workspace.turn("posting"):
            if self.workspace.ledger.unqueued():
                self._resume()
            return self._post(parcel, awaits_receipt, noting)

    def _post(
        self, parcel: Bundle | Letter, awaits_receipt: bool, noting: Callable[[SealedBundle], None]
    ) -> SealedBundle:
        workspace = self.workspace
        card = workspace.cards.get(parcel.recipient, self.now.date())
        place = workspace.ledger.next_place(parcel)
        content = io.BytesIO()
        sealed = seal(
            parcel,
            self.identity,
            card,
            place,
            created=self.now,
            expires=self.now + LIFETIME,
            randomness=self.randomness,
            target=content,
        )
        file = workspace.sealed_folder / sealed.name
        write_private(file, content.getvalue())
        workspace.ledger.gave(sealed.envelope, sealed.ciphertext_sha256)
        noting(sealed)
        workspace.outbox.queue(file, _queued(sealed, self.now, awaits_receipt))
        workspace.ledger.queued(sealed.ciphertext_sha256)
        file.unlink(missing_ok=True)
        return sealed

    def write(
        self,
        recipient: str,
        body: LetterBody,
        network: str,
        agreement: Reference | None = None,
        *,
        noting: Callable[[SealedBundle], tuple[Entry, ...]] = _no_more,
    ) -> SealedBundle:
        """Post a letter. It awaits no receipt: what it asks for is answered by a letter of its own.

        That it was written is noted before it can leave, in one piece with what `noting` says is done by it: after a
        crash either all of that is known and the letter leaves, or none is and it is written again.
        """
        letter = write_letter(body, self.new_id(), self.party, recipient, agreement)

        def note(sealed: SealedBundle) -> None:
            sent = self.entry(
                "letter.sent",
                counterpart=recipient,
                agreement=agreement,
                ciphertext=sealed.ciphertext,
                letter=letter.id,
                note=letter.kind,
            )
            self.note(network, *noting(sealed), sent)

        return self.post(letter, awaits_receipt=False, noting=note)

    def resume(self) -> None:
        """Go on where a crash left a parcel between its number and the queue.

        What we remember to have sent – a bundle in the memory of releases, a letter in the log – is queued; what we do
        not goes back, and its number with it: nobody has seen it. What another process is just posting is not touched.
        """
        with self.workspace.turn("posting"):
            self._resume()

    def _resume(self) -> None:
        workspace = self.workspace
        waiting = {standing.parcel.sha256 for standing in workspace.outbox.status()}
        files = {_sha256(file): file for file in workspace.sealed_folder.iterdir()}
        for given in reversed(workspace.ledger.unqueued()):
            file = files.pop(given.ciphertext_sha256, None)
            if given.ciphertext_sha256 in waiting:
                workspace.ledger.queued(given.ciphertext_sha256)
            elif file is not None and self._is_remembered(given):
                is_bundle = given.series.kind == "bundle"
                queued = Queued(
                    id=given.parcel_id,
                    name=file.name,
                    recipient=given.series.recipient,
                    kind=given.series.kind,
                    period=None,
                    size=file.stat().st_size,
                    sha256=given.ciphertext_sha256,
                    queued_at=self.now,
                    awaits_receipt=is_bundle,
                )
                workspace.outbox.queue(file, queued)
                workspace.ledger.queued(given.ciphertext_sha256)
            else:
                workspace.ledger.take_back(given)
            if file is not None:
                file.unlink(missing_ok=True)
        for file in files.values():
            file.unlink(missing_ok=True)  # it never had a number

    def _is_remembered(self, given: Given) -> bool:
        if given.series.kind == "bundle":
            return self.workspace.releases.find(given.parcel_id) is not None
        ciphertext = f"sha256:{given.ciphertext_sha256}"
        return any(ciphertext in self.noted(network, "letter.sent") for network in self.workspace.networks())

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


class LockedOffice(Office):
    """An organisation whose keys are unlocked by `unlock` when something first needs them, which may be never."""

    def __init__(self, workspace: Workspace, unlock: Callable[[], Identity], now: dt.datetime) -> None:
        for name, value in (("workspace", workspace), ("now", now), ("randomness", os.urandom), ("_unlock", unlock)):
            object.__setattr__(self, name, value)

    @cached_property
    def identity(self) -> Identity:
        unlocked: Identity = self._unlock()  # type: ignore[attr-defined]  # set above, past the frozen class
        return unlocked

    @property
    def party(self) -> str:
        return self.workspace.party


def _queued(sealed: SealedBundle, now: dt.datetime, awaits_receipt: bool) -> Queued:
    envelope = sealed.envelope
    return Queued(
        id=envelope.id,
        name=sealed.name,
        recipient=envelope.recipient,
        kind="bundle" if envelope.kind == "bundle" else "letter",
        period=envelope.period,
        size=sealed.size,
        sha256=sealed.ciphertext_sha256,
        queued_at=now,
        awaits_receipt=awaits_receipt,
    )


def _sha256(file: Path) -> str:
    import hashlib

    try:
        with file.open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()
    except OSError:
        raise WorkspaceError(
            Problem("workspace.unreadable", _("a file of the workspace cannot be read"), where=file.name)
        ) from None
