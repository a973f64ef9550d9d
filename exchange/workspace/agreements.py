"""The agreements of a workspace: every version as it was signed, with its signatures, our mapping, and the leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.reading import read_agreement
from exchange.agreements.signatures import Signatures, load_signatures, merge, signatures_path, without_revoked
from exchange.agreements.text_file import load_text
from exchange.crypto.canonical import digest_of_bytes
from exchange.errors import AgreementError, Problem, WorkspaceError
from exchange.keyring.private_files import write_private
from exchange.keyring.shapes import RevokedKey
from exchange.locale import _
from exchange.workspace.files import private, read

LEAVE = ".onward.json"


@dataclass(frozen=True, slots=True)
class SignedAgreement:
    """An agreement with the signatures that lie beside it, without those by keys that were revoked on their day; else
    neither has been judged here."""

    agreement: Agreement
    signatures: Signatures
    file: Path

    @property
    def mapping_file(self) -> Path:
        return self.file.parent / "mapping.yaml"


@dataclass(frozen=True, slots=True)
class Agreements:
    """Those in `folder`; `revoked_keys` tells which keys a party has revoked."""

    folder: Path
    revoked_keys: Callable[[str], tuple[RevokedKey, ...]]

    def all(self) -> tuple[SignedAgreement, ...]:
        """Every version of every agreement that lies here, by id and version."""
        files = sorted(self.folder.glob("*/*.yaml"))
        return tuple(self._signed(file) for file in files if file.name != "mapping.yaml")

    def newest(self, agreement_id: str) -> SignedAgreement:
        """The newest version of the agreement `agreement_id`. WorkspaceError (agreement.unknown)."""
        found = [each for each in self.all() if each.agreement.id == agreement_id]
        if not found:
            known = sorted({each.agreement.id for each in self.all()})
            raise WorkspaceError(
                Problem(
                    "agreement.unknown",
                    _("no agreement of this name lies in the workspace"),
                    hint=_("known here: {names}").format(names=", ".join(known) or "–"),
                )
            )
        return max(found, key=lambda each: tuple(int(part) for part in each.agreement.version.split(".")))

    def find(self, reference: Reference) -> SignedAgreement | None:
        """Exactly the text that `reference` names; None if it is not here."""
        return next((each for each in self.all() if Reference.to(each.agreement) == reference), None)

    def add(self, text: bytes) -> SignedAgreement:
        """Keep an agreement's YAML as it is. WorkspaceError (agreement.changed) if another text has its version."""
        draft = private(self.folder) / "draft.yaml"
        write_private(draft, text)
        try:
            agreement = _agreement(draft)
        finally:
            draft.unlink(missing_ok=True)
        file = private(self.folder / agreement.id) / f"{agreement.version}.yaml"
        if file.exists() and _agreement(file).digest != agreement.digest:
            raise WorkspaceError(
                Problem(
                    "agreement.changed",
                    _("another text of this version is here already"),
                    where=str(Reference.to(agreement)),
                    hint=_("a change needs a new version, and every signature again"),
                )
            )
        write_private(file, text)
        return self._signed(file)

    def add_signatures(self, signed: SignedAgreement, more: Signatures) -> SignedAgreement:
        """Keep these signatures beside the agreement; those that were there stay."""
        kept = load_signatures(signatures_path(signed.file))  # also what does not count any more: it is evidence
        write_private(signatures_path(signed.file), merge(kept, more).to_json())
        return self._signed(signed.file)

    def save_mapping(self, signed: SignedAgreement, text: bytes) -> None:
        """Keep how our workbook becomes the dictionary of an agreement, as a person has confirmed it."""
        write_private(signed.mapping_file, text)

    def keep_leave(self, agreement_id: str, leave: bytes) -> None:
        """Keep by whose leave we passed on what came under an agreement, as it was signed."""
        name = digest_of_bytes(leave).removeprefix("sha256:")[:16]
        write_private(private(self.folder / agreement_id) / f"{name}{LEAVE}", leave)

    def leaves(self, agreement_id: str) -> tuple[bytes, ...]:
        """Every leave that was kept."""
        folder = self.folder / agreement_id
        return tuple(read(each) for each in sorted(folder.glob(f"*{LEAVE}")))

    def _signed(self, file: Path) -> SignedAgreement:
        kept = load_signatures(signatures_path(file))
        return SignedAgreement(_agreement(file), without_revoked(kept, self.revoked_keys), file)


def _agreement(file: Path) -> Agreement:
    return _parsed(load_text(file, AgreementError), file.name)


@lru_cache(maxsize=64)
def _parsed(text: str, name: str) -> Agreement:
    """A text is parsed once in a process: it takes 50 ms, and one command asks many times."""
    return read_agreement(text, name)
