"""The workspace itself: made, found, and handing out what lies in each of its places."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Literal, Self

from exchange.errors import Problem, WorkspaceError
from exchange.keyring.card import file_name
from exchange.keyring.card_book import CardBook
from exchange.keyring.private_files import make_folder_private, others_may_enter, write_private
from exchange.keyring.shapes import RevokedKey
from exchange.locale import _
from exchange.protect.releases.releases import Releases
from exchange.seal.ledger import Ledger
from exchange.transport.inbox import Inbox
from exchange.transport.journal import Journal
from exchange.transport.ledger import in_turn, nobody_is_told
from exchange.transport.outbox import Outbox
from exchange.workspace.agreements import Agreements
from exchange.workspace.approvals import Approvals
from exchange.workspace.copies import copy_into
from exchange.workspace.files import private, unreadable
from exchange.workspace.logs import Logs
from exchange.workspace.own import OWN, Own
from exchange.workspace.papers import Papers
from exchange.workspace.people import People
from exchange.workspace.recovery import Recovery
from exchange.workspace.registers import Registers
from exchange.workspace.routes import Routes
from exchange.workspace.witnesses import Witnesses

IDENTITY_FILE = "identity.age"
_TURNS = "turns"
_CARD_END = file_name("")


def is_workspace(folder: Path) -> bool:
    """Whether an organisation's workspace lies there."""
    return (folder / IDENTITY_FILE).exists() or next((folder / OWN).glob(f"*{_CARD_END}"), None) is not None


@dataclass(frozen=True)  # not slotted: what is kept open is made when it is first asked for
class Workspace:
    """The folder at `folder`. Made by `create`, found by `open`."""

    folder: Path
    party: str

    @classmethod
    def create(cls, folder: Path, party: str, *, copy: Path | None = None) -> Self:
        """A new workspace; with all that lies in `copy`, another workspace or its backup, but for its keys and its own
        card. WorkspaceError: workspace.exists where one stands already, workspace.not_private; workspace.copy."""
        cls.refuse_in_use(folder)
        if not folder.exists():
            make_folder_private(private(folder))
        made = cls(folder, party)
        for name in (OWN, "cards", "agreements", "log", "inbox"):
            private(made._at(name))
        if copy is not None:
            copy_into(folder, copy, but=(IDENTITY_FILE, OWN, _TURNS))
        return made

    @classmethod
    def refuse_in_use(cls, folder: Path) -> None:
        """WorkspaceError: workspace.exists where a workspace stands already, workspace.not_private."""
        if is_workspace(folder):
            raise WorkspaceError(
                Problem(
                    "workspace.exists",
                    _("this folder is a workspace already"),
                    where=folder.name,
                    hint=_("choose another folder with --workspace"),
                )
            )
        if folder.exists():
            _refuse_public(folder)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The workspace in `folder`. WorkspaceError: workspace.none, workspace.not_private."""
        try:
            cards = sorted((folder / OWN).glob(f"*{_CARD_END}")) if folder.is_dir() else []
        except OSError:
            raise unreadable(folder) from None
        if len(cards) != 1:
            raise WorkspaceError(
                Problem(
                    "workspace.none",
                    _("this folder is not a workspace"),
                    where=folder.name or ".",
                    hint=_("name it with --workspace, or make one with: exchange init"),
                )
            )
        _refuse_public(folder)
        return cls(folder, cards[0].name.removesuffix(_CARD_END))

    # --- who we are, whom we know ---

    @property
    def identity_file(self) -> Path:
        return self._at(IDENTITY_FILE)

    @property
    def remembered_file(self) -> Path:
        return self._at("passphrase.remembered")

    @property
    def own(self) -> Own:
        return Own(self._at(OWN), self.party)

    @property
    def recovery(self) -> Recovery:
        return Recovery(self.own)

    @property
    def people(self) -> People:
        return People(self._at("people"))

    @property
    def cards(self) -> CardBook:
        return CardBook(self._at("cards"), partial(self.turn, "cards"))

    @property
    def routes(self) -> Routes:
        return Routes(self._at("routes"))

    def revoked_keys(self, party: str) -> tuple[RevokedKey, ...]:
        """The keys that a party has revoked, ours or another; none of one that we do not know."""
        if party != self.party:
            return self.cards.revoked_keys(party)
        own = self.own.revocation()
        return own.revocation.keys if own else ()

    # --- what was agreed, decided, noted ---

    @property
    def agreements(self) -> Agreements:
        return Agreements(self._at("agreements"), self.revoked_keys)

    @property
    def approvals(self) -> Approvals:
        return Approvals(self._at("approvals"))

    def acknowledgements(self, ciphertext: str) -> Path:
        """The folder of what people have signed who read the notices of the bundle in a sealed file, "sha256:…"."""
        return private(self._at("acknowledgements") / ciphertext.removeprefix("sha256:"))

    @property
    def papers(self) -> Papers:
        return Papers(self._at("papers"))

    @cached_property
    def logs(self) -> Logs:
        return Logs(self._at("log"), self.party)

    @property
    def witnesses(self) -> Witnesses:
        return Witnesses(self._at("log"), self.party)

    @property
    def registers(self) -> Registers:
        return Registers(self.folder)

    # --- what leaves, what comes ---

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self._at("outbox"), journal=self.journal)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self._at("inbox"), journal=self.journal, whose=cache(self.whose))

    @property
    def journal(self) -> Journal:
        """What the queues did, for whoever helps."""
        return Journal(private(self._at("journal")) / "journal.jsonl")

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self._at("numbers.sqlite"))

    @cached_property
    def releases(self) -> Releases:
        return Releases(self._at("releases.sqlite"))

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """A run with thousands of parcels opens queues, numbers, the memory of releases and logs once."""
        with (
            self.outbox.kept_open(),
            self.inbox.kept_open(),
            self.ledger.kept_open(),
            self.releases.kept_open(),
            self.logs.kept_open(),
        ):
            yield

    def turn(
        self,
        what: Literal["packing", "posting", "approving", "receiving", "reviewing", "renewing", "vouching", "cards"],
        waits: Callable[[], None] = nobody_is_told,
    ) -> AbstractContextManager[None]:
        """Alone at `what` in this workspace; other processes wait, and `waits` says so. TransportError
        (transport.queue_busy) after that."""
        return in_turn(private(self._at(_TURNS)) / f"{what}.sqlite", waits)

    @property
    def sealed_folder(self) -> Path:
        """Sealed files between their number and the queue."""
        return private(self._at("outbox") / "sealed")

    def attached_folder(self) -> Path:
        """An empty folder for what is taken out of attachments; for whoever has the turn to receive."""
        folder = self._at("inbox") / "attached"
        shutil.rmtree(folder, ignore_errors=True)
        return private(folder)

    @property
    def dropbox(self) -> Path:
        return self._at("dropbox")

    def dropbox_senders(self) -> tuple[str, ...]:
        """Who has a folder at our own drop box."""
        incoming = self.dropbox / "incoming"
        return tuple(sorted(each.name for each in incoming.iterdir() if each.is_dir())) if incoming.is_dir() else ()

    def whose(self, place: str) -> str:
        """The party whose road it is, by its place; "" where nobody knows: it was brought by hand."""
        for party in self.dropbox_senders():
            if place == (self.dropbox / "incoming" / party).absolute().as_uri():
                return party
        for card in (each.card for each in self.cards.all()):
            if card.sftp is not None:
                host = f"[{card.sftp.host}]" if ":" in card.sftp.host else card.sftp.host
                if f"@{host}:{card.sftp.port}/" in place:
                    return card.party
        return ""

    # --- what was received, what is made of it ---

    @property
    def store_folder(self) -> Path:
        return self._at("store")

    @property
    def merging_file(self) -> Path:
        """How a person's record is made of several reports."""
        return self._at("merging.yaml")

    def save_merging(self, text: bytes) -> None:
        write_private(self.merging_file, text)

    @property
    def agent_folder(self) -> Path:
        return self._at("agent")

    @property
    def pages(self) -> Path:
        return private(self._at("pages"))

    @property
    def exports(self) -> Path:
        return private(self._at("exports"))

    def _at(self, name: str) -> Path:
        return self.folder / name


def _refuse_public(folder: Path) -> None:
    if others_may_enter(folder):
        raise WorkspaceError(
            Problem(
                "workspace.not_private",
                _("others on this machine can look into the workspace"),
                where=folder.name,
                hint=_("make it private: chmod 700 on the folder; on Windows, put it into your own user folder"),
            )
        )
