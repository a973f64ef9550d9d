"""Sealed files, spoiled: one mutation of each kind that somebody on the road could try, by chance from a seed.

Who can make it is part of each kind. A *carrier* holds the file alone. An *outsider* encrypts what he likes to the
recipient's public key and signs nothing; a recipient that turned can do the same with what it could read. A *sender*
that turned also signs what it likes. They are aware of the structure, so that what lies behind one check is reached.
"""

from __future__ import annotations

import base64
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from seal.forging import MTIME, Parts, archive, cut_points, for_, locked, member, padded, unlocked
from seal.parties import AGREEMENT, DAY, MEMBERS, SENDER, THIRD, Party, bundle, identity, letter

from exchange.bundle.parcel import Member
from exchange.crypto.age import Passphrase, X25519Identity, armored
from exchange.crypto.age_header import Stanza, encode_header
from exchange.crypto.sshsig import sign
from exchange.keyring.namespaces import ALL
from exchange.seal.ustar import END

Maker = Literal["carrier", "outsider", "sender"]
Chance = random.Random
CHUNK, TAG = 65536, 16
FILE_KEY = bytes(range(16))
INTERESTING = (b"", b"\0", b"\xff", b"\n", b"\r\n", b" ", b"/", b"..", b"../x", b"-> ", b"--- ", bytes(512), END)
NUMBERS = (0, 1, 7, 511, 512, 513, 65536, 2**31, 2**32 - 1, 8**11 - 1)


@dataclass(frozen=True)
class Genuine:
    """A file as the sender made it, and what only others than the carrier can know of it."""

    file: bytes
    plain: bytes
    parts: Parts
    sender: Party
    recipient: Party

    def encrypted(self, plain: bytes) -> bytes:
        return locked(plain, for_(self.recipient.identity))

    def signed(self, parts: Parts) -> bytes:
        return parts.signed(self.sender.identity.signing_key(DAY)).written(for_(self.recipient.identity))


def genuine_files(sender: Party, recipient: Party) -> tuple[Genuine, ...]:
    """A bundle, a letter, and a bundle that ends in the middle of a chunk, each the first of its series."""
    uneven = bundle(3, (*MEMBERS, Member("data/large.csv", random.Random(3).randbytes(270_000))))
    found = []
    for parcel in (bundle(), letter(2), uneven):
        file, _sealed = sender.seal(parcel)
        plain = unlocked(file, recipient.identity)
        found.append(Genuine(file, plain, Parts.of(file, recipient.identity), sender, recipient))
    return tuple(found)


# --- on bytes ---


def edited(chance: Chance, data: bytes, near: int = 0) -> bytes:
    """A few small changes; half of them within the first `near` bytes, where there is structure."""
    changed = bytearray(data)
    for _number in range(chance.choice((1, 1, 1, 2, 4))):
        most = min(near, len(changed)) if near and chance.random() < 0.5 else len(changed)
        at = chance.randrange(most + 1)
        match chance.randrange(5):
            case 0 if at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                changed[at : at + chance.randrange(40)] = chance.randbytes(chance.randrange(40))
            case 2:
                new = chance.choice(INTERESTING)
                changed[at : at + len(new)] = new
            case 3:
                end = at + chance.choice((1, 2, 16, 512, 1024))
                changed[at:at] = changed[at:end]
            case _:
                del changed[at : at + chance.choice((1, 2, 16, 512, 1024))]
    return bytes(changed)


def parts_of(file: bytes) -> tuple[bytes, bytes, list[bytes]]:
    """Header, nonce, chunks."""
    start = file.index(b"\n--- ") + 49
    chunks = [file[at : at + CHUNK + TAG] for at in range(start + 16, len(file), CHUNK + TAG)]
    return file[:start], file[start : start + 16], chunks


# --- a carrier ---


def bits(chance: Chance, of: Genuine) -> bytes:
    return edited(chance, of.file, near=1720)


def cut(chance: Chance, of: Genuine) -> bytes:
    return of.file[: chance.choice([*cut_points(of.file), chance.randrange(len(of.file))])]


def gone_on(chance: Chance, of: Genuine) -> bytes:
    return of.file + chance.choice((b"\0", bytes(16), chance.randbytes(65552), of.file, of.file[-65552:]))


def chunks(chance: Chance, of: Genuine) -> bytes:
    head, nonce, found = parts_of(of.file)
    one, two = chance.randrange(len(found)), chance.randrange(len(found))
    match chance.randrange(6):
        case 0:
            found.insert(one, found[two])
        case 1:
            del found[one]
        case 2:
            found[one], found[two] = found[two], found[one]
        case 3:
            found[one] = found[one][: chance.randrange(len(found[one]))]
        case 4:
            found[one] = edited(chance, found[one])
        case _:
            nonce = chance.randbytes(16)
    return head + nonce + b"".join(found)


def lines(chance: Chance, of: Genuine) -> bytes:
    """The header's text: lines repeated, dropped, swapped, wrapped otherwise, said otherwise."""
    head, nonce, found = parts_of(of.file)
    text = head.split(b"\n")[:-1]
    one, two = chance.randrange(len(text)), chance.randrange(len(text))
    match chance.randrange(7):
        case 0:
            text.insert(two, text[one])
        case 1:
            del text[one]
        case 2:
            text[one], text[two] = text[two], text[one]
        case 3:
            text[one] = edited(chance, text[one])
        case 4:
            text[one] += chance.choice((b"\r", b"=", b" ", b" a", b"A", b"\0", b"\xff"))
        case 5:
            text[0] = chance.choice((b"age-encryption.org/v2", b"age-encryption.org/v1 ", b"", b"x" * 70_000))
        case _:
            text[1:1] = chance.choice((text[1:3], [b"-> grease", b""], [b"-> X25519 " + b"A" * 43, b"A" * 43]))
    return b"\n".join(text) + b"\n" + nonce + b"".join(found)


def another_files_part(chance: Chance, of: Genuine) -> bytes:
    """Begun as one file, gone on as another of the same sender to the same recipient."""
    other, _sealed = of.sender.seal(bundle(chance.randrange(2, 9)))
    at = chance.choice([each for each in cut_points(of.file) if each > 22])  # before it they are the same
    return chance.choice((of.file[:at] + other[at:], other[:at] + of.file[at:]))


def rubbish(chance: Chance, _of: Genuine) -> bytes:
    begin = chance.choice((b"", b"age-encryption.org/v1\n", b"-----BEGIN AGE ENCRYPTED FILE-----\n", b"PK\x03\x04"))
    return begin + chance.choice((b"", chance.randbytes(chance.randrange(3000)), b"-> a\n" * 20_000, bytes(70_000)))


# --- an outsider ---


def stanzas(chance: Chance, of: Genuine) -> bytes:
    """Other ways in: more keys, other keys, a passphrase, a stanza that means nothing, armor around it all."""
    ours, others = for_(of.recipient.identity).wrap(FILE_KEY), for_(identity(THIRD)).wrap(FILE_KEY)
    classic = X25519Identity.generate().recipient.wrap(FILE_KEY)
    secret = replace(
        Passphrase("lima kata", 1).wrap(FILE_KEY), args=("scrypt", "A" * 22, chance.choice(("1", "18", "63", "x")))
    )
    odd = Stanza(
        chance.choice((("grease",), ("mlkem768x25519",), ("mlkem768x25519", "AA", "AA"), ("X25519", "A"))), b""
    )
    spoiled = replace(ours, body=edited(chance, ours.body), args=(ours.args[0], chance.choice((ours.args[1], "AAAA"))))
    kept = chance.sample([ours, others, classic, secret, odd, spoiled, ours], chance.randrange(1, 4))
    file = encode_header(tuple(kept), FILE_KEY) + payload(of.plain)
    return in_armor(file) if chance.random() < 0.1 else file


def in_armor(file: bytes) -> bytes:
    target = io.BytesIO()
    with armored(target) as inner:
        inner.write(file)
    return target.getvalue()


def payload(plain: bytes, sizes: list[int] | None = None, last: Callable[[int, int], bool] | None = None) -> bytes:
    """An age payload under FILE_KEY, in chunks of any size, each marked as the last or not."""
    nonce, out, at = bytes(16), bytearray(), 0
    cipher = ChaCha20Poly1305(HKDF(hashes.SHA256(), 32, nonce, b"payload").derive(FILE_KEY))
    sizes = sizes or [CHUNK] * max(1, -(-len(plain) // CHUNK))
    for number, size in enumerate(sizes):
        mark = (last or (lambda n, many: n == many - 1))(number, len(sizes))
        out += cipher.encrypt(number.to_bytes(11, "big") + bytes([mark]), plain[at : at + size], None)
        at += size
    return nonce + bytes(out)


def chunked_otherwise(chance: Chance, of: Genuine) -> bytes:
    """Encrypted anew by somebody who holds the file key: short chunks, an empty last one, marks where none belong."""
    head = encode_header((for_(of.recipient.identity).wrap(FILE_KEY),), FILE_KEY)
    many = -(-len(of.plain) // CHUNK)
    match chance.randrange(6):
        case 0:
            return head + payload(of.plain, [chance.choice((1, 511, CHUNK - 1)), *[CHUNK] * many])
        case 1:
            return head + payload(of.plain, [*[CHUNK] * many, 0])
        case 2:
            marked = chance.randrange(many)
            return head + payload(of.plain, last=lambda number, _many: number == marked)
        case 3:
            return head + payload(of.plain, last=lambda _number, _many: False)
        case 4:
            return head + payload(of.plain, last=lambda _number, _many: True)
        case _:
            return head + payload(of.plain, [CHUNK] * chance.randrange(1, many + 3))


def inside(chance: Chance, of: Genuine) -> bytes:
    """The outer tar, changed anywhere."""
    return of.encrypted(edited(chance, of.plain, near=5000))


def members(chance: Chance, of: Genuine) -> bytes:
    """The four members: missing, repeated, swapped, renamed, more of them, of other sizes."""
    found = of.parts.members()
    one, two = chance.randrange(4), chance.randrange(4)
    match chance.randrange(6):
        case 0:
            del found[one]
        case 1:
            found.insert(one, found[two])
        case 2:
            found[one], found[two] = found[two], found[one]
        case 3:
            found.insert(chance.randrange(5), named(a_name(chance)))
        case 4:
            found[one] = a_header(chance, found[one][:512]) + found[one][512:]
        case _:
            found[one] = found[one][:512] + edited(chance, found[one][512:])
    return of.encrypted(b"".join(found) + chance.choice((END, END, END, b"", bytes(512), bytes(1536), END + b"x")))


def signature(chance: Chance, of: Genuine) -> bytes:
    """Another signature: of another key, another kind, another text; damaged; too long."""
    text = of.parts.signature
    key = chance.choice((identity(THIRD).root, of.recipient.identity.root))
    new = chance.choice(
        (
            edited(chance, text),
            sign(key, chance.choice(ALL), of.parts.sums).encode(),
            text.replace(b"\n", b"\r\n"),
            base64.b64encode(chance.randbytes(200)),
            text + b"\n" * chance.randrange(5000),
            text.replace(b"-----\n", b"-----\n" + b"A" * 70 + b"\n", 1),
        )
    )
    return replace(of.parts, signature=new).written(for_(of.recipient.identity))


def envelope_unsigned(chance: Chance, of: Genuine) -> bytes:
    """What the envelope says, changed by somebody who cannot sign it; in half of the tries with sums that fit."""
    changed = of.parts.saying(**{chance.choice(FIELDS): a_value(chance)})
    if chance.random() < 0.5:
        changed = replace(changed.signed(identity(THIRD).root), signature=of.parts.signature)
    return changed.written(for_(of.recipient.identity))


# --- a sender ---

FIELDS = (
    *("agreement", "created", "envelope", "expires", "id", "kind", "period", "previous", "recipient", "recipient_key"),
    *("replaces", "sender", "sequence", "extra"),
)


def a_value(chance: Chance) -> Any:
    texts = (
        "",
        "x",
        SENDER,
        THIRD,
        "bundle",
        "receipt",
        "0" * 32,
        "sha256:" + "0" * 64,
        "2026-10",
        "2026-13",
        "\ud7ff",
    )
    more = ("2026-11-03T08:30:00Z", "2199-12-31T23:59:59Z", "2026-11-03T08:30:60Z", "2026-02-30T00:00:00Z", "a" * 9000)
    named = AGREEMENT.model_dump()
    agreements = (named, named | {"version": "1.0.1"}, named | {"more": 1}, {}, named | {"id": "é"})
    numbers = (0, 1, 2, -1, 1.5, 2**53 - 1, True, None)
    return chance.choice((*texts, *more, *numbers, *agreements, [], [1]))


def envelope(chance: Chance, of: Genuine) -> bytes:
    """What the envelope says, or how it is written, signed by the sender."""
    changed = of.parts
    if chance.random() < 0.7:
        for _number in range(chance.choice((1, 1, 2))):
            changed = changed.saying(**{chance.choice(FIELDS): a_value(chance)})
    text = changed.envelope
    match chance.randrange(6):
        case 0:
            text = edited(chance, text)
        case 1:
            text = json.dumps(json.loads(text), ensure_ascii=chance.random() < 0.5).encode()
        case 2:
            text = chance.choice((b"[" * 9000, b"{}", b"\xff", b'{"a":' * 3000, b"1e999", b"9" * 5000, text * 2))
        case _:
            pass
    return of.signed(replace(changed, envelope=text))


def sums(chance: Chance, of: Genuine) -> bytes:
    """The list of sums, signed by the sender."""
    text, root = of.parts.sums, of.sender.identity.signing_key(DAY)
    one, two = text.splitlines(keepends=True)
    new = chance.choice(
        (
            edited(chance, text),
            text.upper(),
            two + one,
            one + one,
            text.replace(b"  ", b" *"),
            text[:-1],
            one,
            b"x" * 158,
        )
    )
    kind = "letter" if b'"period":null' in of.parts.envelope else "bundle"
    signed = sign(root, f"data-sharing-exchange/{kind}/v1", new).encode()
    return replace(of.parts, sums=new, signature=signed).written(for_(of.recipient.identity))


def a_name(chance: Chance) -> str:
    odd = ("../a", "/a", "a/../b", "a\\b", "C:a", "nul", "data/con.txt", ".a", "a.", "-a", "a b", "\xe4", "a//b", "a/")
    plain = (
        "data/cases.csv",
        "DATA/cases.csv",
        "data",
        "b",
        "a" * 100,
        "envelope.json",
        "payload.tar",
        "data/cases.csv/a",
    )
    return chance.choice((*odd, *plain))


def a_header(chance: Chance, header: bytes) -> bytes:
    """With something else in a field, and in half of the tries with a sum that fits."""
    changed = bytearray(header)
    fields = ((0, 100), (100, 8), (108, 8), (116, 8), (124, 12), (136, 12), (156, 1), (157, 100), (257, 8), (265, 32))
    at, length = chance.choice((*fields, (297, 32), (329, 8), (337, 8), (345, 155), (500, 12)))
    new = chance.choice(
        (
            b"%011o\0" % chance.choice(NUMBERS),
            b"%07o\0" % chance.choice((0o644, 0o4755, 0, 1000)),
            a_name(chance).encode("latin-1") + b"\0",
            bytes([chance.choice(b"01234567xgLKSV\0")]),
            b"\x80" + chance.randbytes(11),
            bytes(length),
            chance.randbytes(length),
            b" " * length,
        )
    )[:length]
    changed[at : at + len(new)] = new
    if chance.random() < 0.8:
        changed[148:156] = b" " * 8
        changed[148:156] = b"%06o\0 " % sum(changed)
    return bytes(changed)


def inner_members(chance: Chance, of: Genuine) -> bytes:
    """The files of the parcel, signed by the sender: any names, headers, sizes and order."""
    found = [member(each.path, each.content) for each in MEMBERS]
    for _number in range(chance.choice((1, 1, 2))):
        at = chance.randrange(len(found) + 1)
        match chance.randrange(5):
            case 0:
                header = a_header(chance, member("x", b"")) if chance.random() < 0.3 else named(a_name(chance))
                found.insert(at, header)
            case 1 if at < len(found):
                found[at] = a_header(chance, found[at][:512]) + found[at][512:]
            case 2 if at < len(found):
                found.insert(0, found[at])
            case 3:
                found.insert(at, member(f"n{at}", b"", MTIME + chance.choice((0, 1, -1))))
            case _:
                found.insert(at, chance.choice((bytes(512), b"x" * 512, bytes(300))))
    end = chance.choice((END, END, END, bytes(512), b"", END + b"x" + bytes(511), END * 3))
    return of.signed(replace(of.parts, payload=padded(b"".join(found) + end)))


def named(name: str) -> bytes:
    """A member of one byte under a name that an honest program would not write."""
    header = bytearray(member("x", b"x")[:512])
    header[:100] = name.encode("latin-1")[:100].ljust(100, b"\0")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + b"x" + bytes(511)


def inner(chance: Chance, of: Genuine) -> bytes:
    """The inner tar, changed anywhere and signed by the sender."""
    return of.signed(replace(of.parts, payload=edited(chance, of.parts.payload, near=4096)))


def bomb(chance: Chance, of: Genuine) -> bytes:
    """Little that says it is much: sizes in headers at either level, thousands of members."""
    root, key = of.sender.identity.signing_key(DAY), for_(of.recipient.identity)
    huge = b"%011o\0" % chance.choice((2**31, 2**31 - 512, 8**11 - 1, 2**31 + 512))
    match chance.choice((0, 0, 0, 1, 1, 1, 2)):
        case 0:
            found = of.parts.members()
            at = chance.randrange(4)
            found[at] = summed(found[at][:124] + huge + found[at][136:512]) + found[at][512:]
            return of.encrypted(archive(*found))
        case 1:
            return of.signed(
                replace(of.parts, payload=archive(summed(member("a", b"")[:124] + huge + member("a", b"")[136:])))
            )
        case _:
            many = archive(*(member(f"n{number}", b"") for number in range(chance.choice((1001, 2000)))))
            return replace(of.parts, payload=many).signed(root).written(key)


def summed(header: bytes) -> bytes:
    plain = header[:148] + b" " * 8 + header[156:]
    return header[:148] + b"%06o\0 " % sum(plain) + header[156:]


def another_key(chance: Chance, of: Genuine) -> bytes:
    """Whole and well signed, for somebody else, or by somebody else."""
    if chance.random() < 0.5:
        return of.parts.written(for_(identity(THIRD)))
    return (
        of.parts.saying(sender=chance.choice((SENDER, THIRD)))
        .signed(identity(THIRD).root)
        .written(for_(of.recipient.identity))
    )


KINDS: dict[str, tuple[Maker, Callable[[Chance, Genuine], bytes]]] = {
    "bits": ("carrier", bits),
    "cut": ("carrier", cut),
    "gone on": ("carrier", gone_on),
    "chunks": ("carrier", chunks),
    "header lines": ("carrier", lines),
    "another file's part": ("carrier", another_files_part),
    "rubbish": ("carrier", rubbish),
    "stanzas": ("outsider", stanzas),
    "chunked otherwise": ("outsider", chunked_otherwise),
    "outer tar": ("outsider", inside),
    "four members": ("outsider", members),
    "signature": ("outsider", signature),
    "envelope unsigned": ("outsider", envelope_unsigned),
    "another key": ("outsider", another_key),
    "envelope": ("sender", envelope),
    "sums": ("sender", sums),
    "inner members": ("sender", inner_members),
    "inner tar": ("sender", inner),
    "bomb": ("sender", bomb),
}
