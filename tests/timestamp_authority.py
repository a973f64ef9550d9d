"""A timestamp authority for tests: OpenSSL's own, `openssl ts`, with certificates made for the occasion.

Its clock is the machine's. What OpenSSL would not do (a certificate for other purposes, a time of one's choice) is
signed with `openssl cms`.
"""

from __future__ import annotations

import datetime as dt
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LONG_AGO, LONG_SINCE = dt.datetime(2001, 1, 1, tzinfo=dt.UTC), dt.datetime(2101, 1, 1, tzinfo=dt.UTC)
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
STAMPING = (ExtendedKeyUsageOID.TIME_STAMPING,)
_SETTINGS = """[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_digest = sha256
digests = sha256, sha512
default_policy = 1.2.3.4
accuracy = secs:1
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
{more}
"""


@dataclass(frozen=True)
class Certified:
    """A key, its certificate, and where both lie as PEM."""

    file: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def certified(
    folder: Path,
    name: str,
    issuer: Certified | None = None,
    *,
    purposes: Sequence[x509.ObjectIdentifier] = (),
    critical: bool = True,
    since: dt.datetime = LONG_AGO,
    until: dt.datetime = LONG_SINCE,
    serial: int | None = None,
) -> Certified:
    """A root where there is no `issuer`; an authority between where there are no `purposes`."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above = issuer.certificate.subject if issuer else own
    signing = not purposes
    made = (
        x509.CertificateBuilder(above, own, key.public_key(), serial or x509.random_serial_number(), since, until)
        .add_extension(x509.BasicConstraints(ca=signing, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not signing,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=signing,
                crl_sign=signing,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if purposes:
        made = made.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    certificate = made.sign(issuer.key if issuer else key, hashes.SHA256())
    file = folder / f"{name.replace(' ', '-')}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.with_suffix(".key").write_bytes(secret)
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Certified(file, key, certificate)


@dataclass(frozen=True)
class StampAuthority:
    """`root` is what others believe; `own` signs stamps; `between` go along."""

    folder: Path
    root: Certified
    own: Certified
    between: Path | None = None

    @classmethod
    def founded(cls, folder: Path, name: str = "Stempel Contoh") -> StampAuthority:
        folder.mkdir(parents=True, exist_ok=True)
        root = certified(folder, f"{name} Root")
        return cls(folder, root, certified(folder, name, root, purposes=STAMPING))

    def answers(self, asked: bytes, more: str = "") -> bytes:
        """A TimeStampResp to a TimeStampReq; `more`: settings."""
        (self.folder / "settings").write_text(_SETTINGS.format(folder=self.folder, more=more))
        (self.folder / "asked.tsq").write_bytes(asked)
        chain = ("-chain", self.between) if self.between else ()
        signer = ("-signer", self.own.file, "-inkey", self.own.file.with_suffix(".key"))
        answer = self.folder / "answer.tsr"
        where = ("-config", self.folder / "settings", "-queryfile", self.folder / "asked.tsq", "-out", answer)
        openssl("ts", "-reply", *where, *signer, *chain)
        return answer.read_bytes()

    def signs(
        self, answer: bytes, *, at: dt.datetime | None = None, certificates: bool = True, named: bool = True
    ) -> bytes:
        """What stands in an `answer`, at another time, signed by us without OpenSSL's rules for authorities."""
        token, said = self.folder / "token.der", self.folder / "said.der"
        (self.folder / "other.tsr").write_bytes(answer)
        openssl("ts", "-reply", "-in", self.folder / "other.tsr", "-token_out", "-out", token)
        openssl("cms", "-verify", "-noverify", "-inform", "DER", "-in", token, "-out", said)
        if at is not None:
            moment = b"\x18\x0f" + at.astimezone(dt.UTC).strftime("%Y%m%d%H%M%SZ").encode()
            content, count = re.subn(rb"\x18\x0f\d{14}Z", moment, said.read_bytes())
            assert count == 1
            said.write_bytes(content)
        signer = ("-signer", self.own.file, "-inkey", self.own.file.with_suffix(".key"))
        bare = () if certificates else ("-nocerts",)
        names = ("-cades",) if named else ()
        form = ("-binary", "-nodetach", *names, "-econtent_type", "id-smime-ct-TSTInfo", "-outform", "DER")
        openssl("cms", "-sign", "-in", said, *form, *signer, *bare, "-out", token)
        return granted(token.read_bytes())


def openssl(*arguments: str | Path) -> str:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def verified_by_openssl(message: bytes, answer: bytes, authority: StampAuthority) -> bool:
    """Whether `openssl ts -verify` accepts it."""
    data, stamp = authority.folder / "message", authority.folder / "verified.tsr"
    data.write_bytes(message)
    stamp.write_bytes(answer)
    command = ["openssl", "ts", "-verify", "-data", data, "-in", stamp, "-CAfile", authority.root.file]
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


def granted(token: bytes) -> bytes:
    """A TimeStampResp that grants this token."""
    return der(0x30, der(0x30, der(0x02, b"\0")) + token)


def refused(status: int = 2) -> bytes:
    """A TimeStampResp without a token."""
    return der(0x30, der(0x30, der(0x02, bytes([status]))))


def with_elements(data: bytes, old: bytes, new: bytes) -> bytes:
    """DER with the elements `new` in the place of the element `old`, and every length around them as it must be."""
    made, place = b"", 0
    while place < len(data):
        head, size = place + 2, data[place + 1]
        if size >= 0x80:
            head += size & 0x7F
            size = int.from_bytes(data[place + 2 : head], "big")
        whole, content = data[place : head + size], data[head : head + size]
        if whole == old:
            made += new
        else:
            made += der(whole[0], with_elements(content, old, new)) if whole[0] & 0x20 and old in content else whole
        place = head + size
    return made


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    long = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(long)]) + long + content
