"""FORMAT.md says it all: stock tools open a sealed file by hand, and so does an opener written from the text alone."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import get_args

import pytest
from crypto.stock_age import install_npm_age, npm_age
from cryptography.exceptions import InvalidTag
from needs import needs
from seal.parties import DAY, MEMBERS, RECIPIENT, SENDER, Party, bundle, letter, months_key
from seal.second_opener import RefusedError, second_opener

from exchange.bundle.parcel import LetterKind, Member, Parcel
from exchange.crypto.allowed_signers import revoked_keys
from exchange.keyring.signers_file import signers_file
from exchange.seal.envelope import Envelope
from exchange.transport.arrivals import Bounds

ROOM = Path(__file__).parents[2] / "exchange/seal"


@pytest.fixture(scope="session")
def npm_age_script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_npm_age(tmp_path_factory.mktemp("npm-age"))


def second(file: bytes, recipient: Party, sender: Party, *, by_root: bool = False) -> dict[str, object]:
    ours, theirs = recipient.identity, sender.identity
    signer = theirs.root if by_root else theirs.signing_key(DAY)
    assert signer
    return second_opener(file, months_key(ours).seed, signer.verify_key.raw, RECIPIENT, ours.fingerprint())


@pytest.mark.parametrize("parcel", [bundle(), letter(kind="network_secret", agreement=None)])
def test_an_opener_written_from_the_text_opens_what_we_seal(sender: Party, recipient: Party, parcel: Parcel) -> None:
    for number in (1, 2):
        file, sealed = sender.send(parcel)
        found = second(file, recipient, sender)
        assert found.pop("envelope") == sealed.envelope.model_dump(mode="json")
        assert found == {member.path: member.content for member in parcel.members}
        assert sealed.envelope.sequence == number


def test_the_second_opener_is_no_pushover(sender: Party, recipient: Party) -> None:
    file, _sealed = sender.seal(bundle())
    for damaged in (file[:-1], file + b"x", file[:5000] + b"x" + file[5001:]):
        with pytest.raises((InvalidTag, RefusedError)):
            second(damaged, recipient, sender)
    with pytest.raises(RefusedError):
        second(file, recipient, recipient)


def test_the_second_opener_is_short_and_shares_nothing_with_the_first() -> None:
    text = (Path(__file__).parent / "second_opener.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 150
    assert "exchange." not in text.replace("data-sharing-exchange", "")


def by_hand() -> list[str]:
    """The three commands of FORMAT.md, section 6; age's own is left to who can run it."""
    text = (ROOM / "FORMAT.md").read_text(encoding="utf-8").split("## 6.")[1].split("## 7.")[0]
    lines = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    assert [line.split()[0] for line in lines] == ["age", "ssh-keygen", "sha256sum"]
    return [
        lines[0].partition(" && ")[2],
        lines[1],
        lines[2].removesuffix(" && frictionless validate datapackage.json"),
    ]


@needs("node", "npm", "ssh-keygen", "tar", "sha256sum")
def test_stock_tools_open_it_by_hand_as_the_text_says(
    sender: Party, recipient: Party, npm_age_script: Path, tmp_path: Path
) -> None:
    file, sealed = sender.seal(bundle(1, (*MEMBERS, Member("data/large.csv", bytes(range(256)) * 3000))))
    secret = months_key(recipient.identity).encode()
    home = tmp_path / "by hand"
    home.mkdir()
    (home / "b.tar").write_bytes(npm_age(npm_age_script, "decrypt", secret, data=file))
    known = recipient.cards.get(SENDER, DAY)
    (home / "allowed_signers").write_text(signers_file([known.signed]), encoding="utf-8")
    (home / "revoked").write_text(revoked_keys([]), encoding="utf-8")
    for command in by_hand():
        run = subprocess.run(command, shell=True, cwd=home, capture_output=True, text=True, check=False)  # noqa: S602  # as a person types it
        assert run.returncode == 0, run.stderr
        assert not re.search("warn|skip|unexpected", run.stderr, re.IGNORECASE)
    assert json.loads((home / "envelope.json").read_text()) == sealed.envelope.model_dump(mode="json")
    for member in MEMBERS:
        assert (home / member.path).read_bytes() == member.content
    (home / "revoked").write_text(revoked_keys(known.card.signers[1:]), encoding="utf-8")
    assert subprocess.run(by_hand()[1], shell=True, cwd=home, capture_output=True, check=False).returncode != 0  # noqa: S602


def test_the_text_names_every_key_of_the_envelope_and_every_code() -> None:
    text = (ROOM / "FORMAT.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == list(Envelope.model_fields)
    opening = [ROOM / f"{name}.py" for name in ("checks", "envelope", "layout", "opening", "twice")]
    codes = {code for file in opening for code in re.findall(r'"(seal\.\w+)"', file.read_text(encoding="utf-8"))}
    said = set(re.findall(r"`(seal\.\w+)`", text))
    assert codes - said == {"seal.member"}  # that one is the sealer's
    assert said <= codes


def test_the_text_names_every_kind_of_parcel() -> None:
    text = (ROOM / "FORMAT.md").read_text(encoding="utf-8")
    (said,) = re.findall(r"^\| `kind` \| `bundle`, or a letter's kind: ([a-z_, ]+) \|", text, re.MULTILINE)
    assert said.split(", ") == list(get_args(LetterKind))


@pytest.mark.parametrize("kind", get_args(LetterKind))
def test_both_openers_take_every_kind_of_letter(sender: Party, recipient: Party, kind: LetterKind) -> None:
    file, _sealed = sender.seal(letter(kind=kind))
    assert recipient.open(file).envelope.kind == kind
    by_root = kind in {"card", "revocation"}
    assert second(file, recipient, sender, by_root=by_root)["letter.json"] == b"{}"


def test_the_text_names_the_bounds_of_the_inbox() -> None:
    text = (ROOM / "FORMAT.md").read_text(encoding="utf-8").split("**Silence**")[1].split("A **refusal**")[0]
    bounds = Bounds()
    assert bounds.round == 1 << 30
    for said, size in (("256 MiB of what", bounds.quarantine.road), ("256 MiB of the disk", bounds.spare)):
        assert said in text
        assert size == 256 << 20
    for said, size in (("1 GiB in all", bounds.quarantine.total), ("8 in all", bounds.held.total)):
        assert said in text
        assert size == int(said[0]) << 30
    assert "2 GiB of its road" in text
    assert bounds.held.road == 2 << 30
