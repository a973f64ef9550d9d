"""A second opener, written from FORMAT.md alone: it shares no line with the first, so the text must be enough.

It judges the file (sections 1 to 4), given the sender's key; not the order, the agreement or the time.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import re

import rfc8785
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.signing import VerifyKey

PARTY, DIGEST, NUMBER, ID = r"[a-z0-9][a-z0-9-]{0,39}", r"sha256:[0-9a-f]{64}", r"(0|[1-9][0-9]*)", r"[0-9a-f]{32}"
AGREEMENT = {"id": r"[A-Z0-9][A-Za-z0-9-]{0,59}", "version": rf"{NUMBER}\.{NUMBER}\.{NUMBER}", "digest": DIGEST}
KIND = (
    "bundle|receipt|refusal|withdrawal|certificate|feedback|card|revocation|suspension|resumption|termination|"
    "rights_request|urgent_disclosure|compelled_disclosure|breach_notice|network_secret|given_up|match_filters|match_links|match_tokens"
)
TIME = r"2[01]\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"
ALWAYS = {"kind": KIND, "id": ID, "sender": PARTY, "recipient": PARTY, "recipient_key": r"SHA256:[A-Za-z0-9+/]{43}"}
STEP = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
DEVICE = r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?"


class RefusedError(Exception):
    pass


def need(true: object, why: str) -> None:
    if not true:
        raise RefusedError(why)


def second_opener(file: bytes, seed: bytes, signer: bytes, party: str, fingerprint: str) -> dict[str, object]:
    """The envelope under "envelope" and each member under its name. `signer`: 32 bytes, the key that must
    have signed it. Any exception is a refusal."""
    outer, rest = tar(decrypted(file, seed), 4)
    need(rest == bytes(1024), "after the fourth member")
    need([name for name, _, _ in outer] == ["SHA256SUMS", "SHA256SUMS.sig", "envelope.json", "payload.tar"], "members")
    sums, signature, envelope, payload = (content for _, content, _ in outer)
    need(len(signature) <= 4096 and len(envelope) <= 16384 and len(payload) % 512 == 0, "sizes")
    lines = ((envelope, "envelope.json"), (payload, "payload.tar"))
    need(sums == "".join(f"{hashlib.sha256(c).hexdigest()}  {n}\n" for c, n in lines).encode(), "sums")
    said = envelope_of(envelope)
    verify(signature, sums, signer, "bundle" if said["kind"] == "bundle" else "letter")
    need((said["recipient"], said["recipient_key"]) == (party, fingerprint), "recipient")
    inner, padding = tar(payload, 1000)
    need(inner and len(padding) >= 1024 and not any(padding), "padding")
    need({time for _, _, time in [*outer, *inner]} == {int(moment(said["created"]).timestamp())}, "times")
    names = [name.lower() for name, _, _ in inner]
    need(len(set(names)) == len(names) and not any(a.startswith(b + "/") for a in names for b in names), "clash")
    return {"envelope": said} | {name: content for name, content, _ in inner}


def unpadded(text: bytes) -> bytes:
    data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    need(base64.b64encode(data).rstrip(b"=") == text, "base64")
    return data


def derived(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, info).derive(key)


def decrypted(file: bytes, seed: bytes) -> bytes:
    lines = file.split(b"\n", 4)
    need(lines[0] == b"age-encryption.org/v1" and lines[1].startswith(b"-> mlkem768x25519 "), "header")
    need(lines[3].startswith(b"--- "), "more than one stanza")
    sealed = unpadded(lines[1][18:]) + unpadded(lines[2])
    need(len(sealed) == 1120 + 32, "stanza")
    both = hashlib.shake_256(seed).digest(96)
    mlkem, x25519 = MLKEM768PrivateKey.from_seed_bytes(both[:64]), X25519PrivateKey.from_private_bytes(both[64:])
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    key = suite.decrypt(sealed, hpke.MLKEM768X25519PrivateKey(mlkem, x25519), b"age-encryption.org/mlkem768x25519")
    covered = b"\n".join(lines[:3]) + b"\n---"
    need(hmac.digest(derived(key, b"", b"header"), covered, "sha256") == unpadded(lines[3][4:]), "MAC")
    cipher, chunks = ChaCha20Poly1305(derived(key, lines[4][:16], b"payload")), lines[4][16:]
    starts = range(0, len(chunks), 65552)
    need(len(chunks) - max(starts, default=0) > 16, "no chunk, or an empty one")
    return b"".join(
        cipher.decrypt((at // 65552).to_bytes(11, "big") + bytes([at == starts[-1]]), chunks[at : at + 65552], None)
        for at in starts
    )


def tar(data: bytes, most: int) -> tuple[list[tuple[str, bytes, int]], bytes]:
    found = []
    while len(found) <= most and any(head := data[:512]) and len(head) == 512 and (len(found) < most or most != 4):
        name, size, time = head[:100].rstrip(b"\0"), int(head[124:135], 8), int(head[136:147], 8)
        fixed = name.ljust(100, b"\0") + b"0000600\0" + b"0000000\0" * 2 + b"%011o\0%011o\0" % (size, time)
        other = b"0" + bytes(100) + b"ustar\0" + b"00" + bytes(64) + b"0000000\0" * 2 + bytes(167)
        need(head == fixed + b"%06o\0 " % (sum(fixed + other) + 8 * 32) + other, "a header's form")
        steps = name.decode("ascii").split("/")
        need(all(re.fullmatch(STEP, s) and s[-1] != "." and not re.fullmatch(DEVICE, s) for s in steps), "name")
        content, filling = data[512 : 512 + size], data[512 + size : 512 + size + -size % 512]
        need(len(content) + len(filling) == size + -size % 512 and not any(filling), "content")
        found.append((name.decode("ascii"), content, time))
        data = data[512 + size + -size % 512 :]
    need(len(found) <= most, "too many")
    return found, data


def verify(armored: bytes, message: bytes, key: bytes, kind: str) -> None:
    def s(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    text = armored.decode("ascii").split("\n")
    need(text[0] == "-----BEGIN SSH SIGNATURE-----" and text[-2:] == ["-----END SSH SIGNATURE-----", ""], "armor")
    blob = base64.b64decode("".join(text[1:-2]), validate=True)
    again = base64.b64encode(blob).decode()
    need([again[at : at + 70] for at in range(0, len(again), 70)] == text[1:-2], "lines")
    tail = s(f"data-sharing-exchange/{kind}/v1".encode()) + s(b"") + s(b"sha512")
    head = b"SSHSIG" + bytes([0, 0, 0, 1]) + s(s(b"ssh-ed25519") + s(key)) + tail
    need(blob[:-64] == head + (83).to_bytes(4, "big") + s(b"ssh-ed25519") + bytes([0, 0, 0, 64]), "signature's form")
    VerifyKey(key).verify(b"SSHSIG" + tail + s(hashlib.sha512(message).digest()), blob[-64:])


def moment(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)


def envelope_of(data: bytes) -> dict[str, str]:
    said = json.loads(data)
    need(rfc8785.dumps(said) == data, "not canonical")
    keys = "agreement created envelope expires id kind period previous recipient recipient_key replaces sender sequence"
    need(sorted(said) == keys.split() and repr(said["envelope"]) == "1", "keys")
    bundle, first, under = said["kind"] == "bundle", said["sequence"] == 1, said["agreement"]
    forms = ALWAYS | {"created": TIME, "expires": TIME}
    forms |= {"period": r"20\d\d-(0[1-9]|1[0-2]|Q[1-4])"} if bundle else {}
    forms |= {"previous": DIGEST} if not first else {}
    forms |= {"replaces": ID} if bundle and said["replaces"] is not None else {}
    need(all(re.fullmatch(form, said[key], re.ASCII) for key, form in forms.items()), "a value's form")
    need(type(said["sequence"]) is int and said["sequence"] >= 1 and first == (said["previous"] is None), "sequence")
    need(bundle or (said["period"] is None and said["replaces"] is None), "a letter's")
    if bundle or under is not None:
        need(under.keys() == AGREEMENT.keys() and len(under["version"]) <= 20, "agreement")
        need(all(re.fullmatch(form, under[key]) for key, form in AGREEMENT.items()), "agreement")
    need(moment(said["created"]) < moment(said["expires"]), "times")
    return said
