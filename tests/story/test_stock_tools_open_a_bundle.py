"""A bundle that the demo left is opened with tools that nobody here wrote: npm's age, tar, ssh-keygen, frictionless.

Ours are only the files that a recipient has anyway: its identity and what `exchange card export` writes.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from crypto.stock_age import install_npm_age, npm_age
from needs import needs
from story.conftest import Played

from exchange.demo.cast import PASSPHRASE
from exchange.demo.story import CARRIER
from exchange.keyring.card_book import CardBook
from exchange.keyring.signers_file import signers_file

pytestmark = needs("node", "npm", "ssh-keygen", "tar", "sha256sum")


def stock(*command: str, folder: Path, stdin: bytes = b"") -> str:
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.mark.parametrize("recipient", ["gt-ntt", "dinas-p3a", "io-id"])
def test_by_hand_as_the_format_says(played: Played, tmp_path: Path, recipient: str) -> None:
    script = install_npm_age(tmp_path / "npm")
    identity = npm_age(script, "unlock", PASSPHRASE, data=(played.folder / recipient / "identity.age").read_bytes())
    secrets = sorted(set(re.findall(r"AGE-SECRET-KEY-PQ-1[A-Z0-9]+", identity.decode())))  # one for each month
    packed = next(p for p in played.ending.told.packed if p.sealed.envelope.recipient == recipient)
    sealed = (played.folder / CARRIER / packed.sealed.name).read_bytes()

    (tmp_path / "b.tar").write_bytes(npm_age(script, "decrypt", *secrets, data=sealed))
    names = ["SHA256SUMS", "SHA256SUMS.sig", "envelope.json", "payload.tar"]
    assert stock("tar", "-tf", "b.tar", folder=tmp_path).split() == names
    stock("tar", "-xf", "b.tar", *names, folder=tmp_path)

    cards = [known.signed for known in CardBook(played.folder / recipient / "cards").all()]
    (tmp_path / "allowed_signers").write_text(signers_file(cards))
    (tmp_path / "revoked").write_text("")
    sender, namespace = packed.sealed.envelope.sender, "data-sharing-exchange/bundle/v1"
    stock(
        *("ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", sender, "-n", namespace),
        *("-r", "revoked", "-s", "SHA256SUMS.sig"),
        folder=tmp_path,
        stdin=(tmp_path / "SHA256SUMS").read_bytes(),
    )
    stock("sha256sum", "--strict", "-c", "SHA256SUMS", folder=tmp_path)
    stock("tar", "-xf", "payload.tar", folder=tmp_path)
    stock(str(Path(sys.executable).parent / "frictionless"), "validate", "datapackage.json", folder=tmp_path)
