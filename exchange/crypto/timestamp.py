"""RFC 3161 timestamps: what an authority is asked, and what its answer is worth.

    asked = query(message)                                 # asked.data goes to an authority, by whatever way
    stamp = Timestamp.read(answer)                         # nothing is verified yet
    stamp.verify(message, Authorities.of(root_in_pem))     # else CryptoError

The library `rfc3161-client`, an extra, reads and verifies: the authority's signature, the chain of its certificate to a
root, valid at the time of the stamp, and its purpose, timestamping and nothing else, marked critical (section 2.3).
What it leaves open is done here: certificates may come in any order; that of the signer is one and no other, and what
is signed names it; the hash is SHA-256; an answer is short; an unknown authority is told from a false stamp; and
nothing that it raises gets out. Nobody asks whether a certificate was revoked: that would need the network.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.crypto.hashing import sha256
from exchange.errors import CryptoError, Problem, UsageError
from exchange.locale import _
from exchange.locale.harmless import harmless

MAX_ANSWER = 64 * 1024
"""Bytes of an answer that we read; with two certificates it has some 6,000."""
_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_GRANTED = 0
_CERTIFICATES = _ATTRIBUTES = 0xA0
"""The tag of SignedData's certificates, and of a SignerInfo's signed attributes (RFC 5652, sections 5.1 and 5.3)."""
_NAMED_BY = {
    bytes.fromhex("060b2a864886f70d010910020c"): ("sha1",),  # SigningCertificate
    bytes.fromhex("060b2a864886f70d010910022f"): ("sha256", "sha384", "sha512"),  # SigningCertificateV2
}
"""The attributes that name the signer's certificate, in DER, and by which hashes they do."""
_LONGEST_NAME = 200
_MOST_CERTIFICATES = 10
"""In one answer: an authority sends its own and some above it, each of which may be tried with each."""
_MOST_RSA_BITS, _MOST_RSA_EXPONENT = 8192, 2**32
_OTHER_KEYS = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
"""Keys that may certify. With others a signature may take a hundred times as long to verify."""


@dataclass(frozen=True, slots=True)
class Query:
    """A TimeStampReq (section 2.4.1), in DER: SHA-256, with a nonce, asking for the authority's certificate."""

    data: bytes
    nonce: int


def query(message: bytes) -> Query:
    """What asks an authority to stamp `message`; the nonce is random. UsageError (timestamp.not_installed)."""
    library = _library()
    made = library.TimestampRequestBuilder(data=message, hash_algorithm=library.HashAlgorithm.SHA256).build()
    return Query(made.as_bytes(), made.nonce)


@dataclass(frozen=True, slots=True)
class Authorities:
    """Whom somebody believes: root certificates, and any certificates between them and the authorities. The `roots` are
    among the `certificates`."""

    certificates: frozenset[x509.Certificate] = frozenset()
    roots: frozenset[x509.Certificate] = frozenset()

    @classmethod
    def of(cls, pem: bytes) -> Self:
        """The certificates in a file. CryptoError (timestamp.root) where there is none, or none that is a root;
        UsageError (timestamp.not_installed), since nobody could be judged by them."""
        _library()
        try:
            found = frozenset(x509.load_pem_x509_certificates(pem))
        except ValueError:
            raise _no_root() from None
        roots = frozenset(each for each in found if _issued(each, each))
        if not roots:
            raise _no_root()
        return cls(found, roots)

    def __or__(self, other: Authorities) -> Authorities:
        return Authorities(self.certificates | other.certificates, self.roots | other.roots)


@dataclass(frozen=True, slots=True)
class Timestamp:
    """What an authority answered, as it stands there: of which SHA-256, with which nonce, when (UTC), and who says so,
    in one line. Only `verify` tells whether it is so."""

    imprint: bytes
    nonce: int | None
    time: datetime
    authority: str
    _response: Any
    _signer: x509.Certificate
    _others: frozenset[x509.Certificate]
    _named: bool

    @classmethod
    def read(cls, answer: bytes) -> Self:
        """The stamp in a TimeStampResp (section 2.4.2), in DER.

        CryptoError: timestamp.refused where the authority did not stamp; timestamp.no_certificate where its own is not
        there; timestamp.malformed where this is no such answer, or has more than `MAX_ANSWER` bytes. UsageError
        (timestamp.not_installed).
        """
        library = _library()
        if len(answer) > MAX_ANSWER:
            raise _malformed()
        with _all_refused():
            response = library.decode_timestamp_response(_in_order(answer))
            if response.status != _GRANTED:
                raise _refused(response.status)
            info = response.tst_info
            if info.message_imprint.hash_algorithm != _SHA256:
                raise _malformed()
            signer, others = _certificates(response.signed_data)
            name = harmless(" ".join(signer.subject.rfc4514_string().split()))[:_LONGEST_NAME]
            named = _is_named(answer, signer)
            return cls(info.message_imprint.message, info.nonce, info.gen_time, name, response, signer, others, named)

    def verify(self, message: bytes, authorities: Authorities) -> None:
        """Return if one of the `authorities` says that `message` existed at `time`.

        CryptoError: timestamp.other_message where it stamped something else; timestamp.authority_unknown where its
        certificate leads to none of the roots; timestamp.wrong where the signature, the certificate's purpose or its
        validity at that time are not in order.
        """
        if self.imprint != sha256(message):
            raise CryptoError(Problem("timestamp.other_message", _("the timestamp is of something else")))
        with _all_refused():
            under = _under(authorities.roots, {self._signer, *self._others, *authorities.certificates})
            known = authorities.certificates & _above(self._signer, under)
        if known.isdisjoint(authorities.roots):
            what = _("the timestamp is by an authority whose root certificate is not among those given")
            hint = _("get the root certificate from the authority, and see whether it is the right one: {name}")
            raise CryptoError(Problem("timestamp.authority_unknown", what, hint=hint.format(name=self.authority)))
        library = _library()
        verifier = library.VerifierBuilder(roots=list(known)).build()
        try:
            with _all_refused():
                genuine = self._named and verifier.verify_message(self._response, message)
        except CryptoError:
            genuine = False
        if not genuine:
            what = _("the timestamp is not genuine, or its authority's certificate was not valid for it at that time")
            raise CryptoError(Problem("timestamp.wrong", what))


def _in_order(answer: bytes) -> bytes:
    """The answer with its certificates as DER has a set: sorted. Authorities send them as the chain goes, which the
    library does not read; no signature is over their order. ValueError or IndexError where this is no DER."""
    for each in _signed_data(answer):
        if each.tag == _CERTIFICATES:
            return answer.replace(each.content, b"".join(sorted(one.whole for one in _elements(each.content))), 1)
    return answer


def _is_named(answer: bytes, signer: x509.Certificate) -> bool:
    """Whether the signed attributes name the signer's certificate by its hash, as they must (section 2.4.2; RFC 5816):
    then no other of the same key can be put in its place."""
    (info,) = _elements(_signed_data(answer)[-1].content)
    attributes = [
        each for part in _elements(info.content) if part.tag == _ATTRIBUTES for each in _elements(part.content)
    ]
    certificate = signer.public_bytes(Encoding.DER)
    hashes = {name: hashlib.new(name, certificate).digest() for names in _NAMED_BY.values() for name in names}
    return any(
        hashes[name] in values.content
        for kind, values in (_elements(each.content) for each in attributes)
        for name in _NAMED_BY.get(kind.whole, ())
    )


class _Element(NamedTuple):
    """One element of DER: its tag, what it holds, and all of it."""

    tag: int
    content: bytes
    whole: bytes


def _signed_data(answer: bytes) -> list[_Element]:
    """What the SignedData (RFC 5652, section 5.1) of an answer consists of; nothing where there is no token."""
    (response,) = _elements(answer)
    _status, *token = _elements(response.content)
    if not token:
        return []
    _content_type, content = _elements(token[0].content)
    (signed_data,) = _elements(content.content)
    return _elements(signed_data.content)


def _elements(data: bytes) -> list[_Element]:
    """The elements that stand one after another in `data`."""
    found, place = list[_Element](), 0
    while place < len(data):
        size, inside = data[place + 1], place + 2
        if size >= 0x80:
            inside += size & 0x7F
            size = int.from_bytes(data[place + 2 : inside], "big")
        if inside + size > len(data):
            raise ValueError
        found.append(_Element(data[place], data[inside : inside + size], data[place : inside + size]))
        place = inside + size
    return found


def _certificates(signed: Any) -> tuple[x509.Certificate, frozenset[x509.Certificate]]:
    """That of the signer, and the others. Two that could be the signer's are none: who verifies must not take the one
    and judge the other. Section 2.4.2: no other signature than the authority's."""
    (said,) = signed.signer_infos
    if len(signed.certificates) > _MOST_CERTIFICATES:
        raise _malformed()
    those = tuple(map(x509.load_der_x509_certificate, signed.certificates))
    own = [each for each in those if (each.issuer, each.serial_number) == (said.issuer, said.serial_number)]
    if not own:
        what, hint = _("the answer lacks the authority's certificate"), _("ask another authority, or anew")
        raise CryptoError(Problem("timestamp.no_certificate", what, hint=hint))
    (signer,) = own
    return signer, frozenset(those) - {signer}


def _under(roots: Set[x509.Certificate], others: Set[x509.Certificate]) -> set[x509.Certificate]:
    """The roots, and those of the others to which signatures lead from them. So no key is tried that nobody who is
    believed has certified: a stranger's may be made to take long."""
    reached = new = {*roots}
    while new:
        new = {other for other in others - reached if any(_issued(each, other) for each in new)}
        reached = reached | new
    return reached


def _above(signer: x509.Certificate, others: Set[x509.Certificate]) -> set[x509.Certificate]:
    """Those of the others to which signatures lead from the signer's certificate, whatever else is wrong with them;
    none where it is not among them. OpenSSL looks at names first: of two roots of one name it may try the wrong one."""
    reached = new = {signer} & others
    while new:
        new = {other for other in others - reached if any(_issued(other, each) for each in new)}
        reached = reached | new
    return reached


def _issued(issuer: x509.Certificate, issued: x509.Certificate) -> bool:
    try:
        if issued.issuer != issuer.subject or not _may_issue(issuer.public_key()):
            return False
        issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _may_issue(key: object) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size <= _MOST_RSA_BITS and key.public_numbers().e <= _MOST_RSA_EXPONENT
    return isinstance(key, _OTHER_KEYS)


@contextmanager
def _all_refused() -> Iterator[None]:
    """Whatever a crafted answer makes the libraries raise, a panic of Rust too, which is no Exception of Python's, is
    CryptoError (timestamp.malformed). What they would warn of is for those who write them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (CryptoError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException:
        raise _malformed() from None


def _library() -> Any:
    try:
        import rfc3161_client
    except ImportError:
        what = _("the library that reads timestamps is not installed")
        hint = _("install the extra: pip install --require-hashes -r requirements-timestamps.lock")
        raise UsageError(Problem("timestamp.not_installed", what, hint=hint)) from None
    return rfc3161_client


def _refused(status: int) -> CryptoError:
    what = _("the authority did not stamp as asked: it answered with status {status}").format(status=status)
    hint = _("what it says: openssl ts -reply -text -in FILE")
    return CryptoError(Problem("timestamp.refused", what, hint=hint))


def _malformed() -> CryptoError:
    return CryptoError(Problem("timestamp.malformed", _("this is no answer of a timestamp authority that we can read")))


def _no_root() -> CryptoError:
    what, hint = _("the file holds no root certificate in PEM"), _("get it from the authority; DER is not read")
    return CryptoError(Problem("timestamp.root", what, hint=hint))
