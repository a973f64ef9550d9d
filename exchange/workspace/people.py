"""The people of our organisation: their keys, each under the person's passphrase, and our root's word on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exchange.errors import KeyringError, Problem
from exchange.keyring.certification import SignedCertification, read_certification
from exchange.keyring.private_files import write_private
from exchange.keyring.shapes import Person
from exchange.locale import _
from exchange.workspace.files import private, read


@dataclass(frozen=True, slots=True)
class People:
    """Those of whom something lies in `folder`."""

    folder: Path

    def key_file(self, person_id: str) -> Path:
        """The person's key, whether it lies here or not."""
        return private(self.folder) / f"{person_id}.age"

    def certification(self, person: Person) -> SignedCertification:
        """Our root's word on `person` as our card has them. KeyringError (person.no_certification) without."""
        file = self._certification_file(person.id)
        found = read_certification(read(file)) if file.exists() else None
        if found is None or found.person != person:
            what = _("what our root key says of {person} is not here").format(person=person.id)
            hint = _("certify the person anew: exchange card people certify")
            raise KeyringError(Problem("person.no_certification", what, hint=hint))
        return found

    def save_certification(self, certification: SignedCertification) -> None:
        private(self.folder)
        write_private(self._certification_file(certification.person.id), certification.to_bytes())

    def forget(self, person_id: str) -> None:
        """Keep neither the person's key nor our root's word on them."""
        self.key_file(person_id).unlink(missing_ok=True)
        self._certification_file(person_id).unlink(missing_ok=True)

    def _certification_file(self, person_id: str) -> Path:
        return self.folder / f"{person_id}.json"
