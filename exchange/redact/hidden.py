"""What a text says in another writing: letter by letter, base64, hexadecimal, and the escapes of pages and links."""

from __future__ import annotations

import binascii
import contextlib
import html
import quopri
import re
import urllib.parse
from collections.abc import Iterator

_SPELLED_OUT = re.compile(r"\b[^\W\d_](?:[\W_]{1,2}[^\W\d_]\b){3,}")  # "T e f n a i", "T.E.F.N.A.I"
# Eight characters, of which up to two may be padding; both alphabets.
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}|[A-Za-z0-9+/_-]{7}=|[A-Za-z0-9+/_-]{6}==")
_BETWEEN = re.compile(r"[+/_-]")  # of base64 too; but in "log/VGVmbmFp" a path's
SHORTEST = 6  # characters of base64 that stand for four letters
_HEX = re.compile(r"[0-9A-Fa-f]{8,}|[0-9A-Fa-f]{2}(?:(?:[ :,-]|, ?0x)[0-9A-Fa-f]{2}){3,}")
SHORTEST_HEX = 8  # digits of it in one run
_BACKSLASH = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2}))")
_URL_SAFE = str.maketrans("-_", "+/")
_LEAST = 7  # signs of a text in which one of these could stand
_DEEP = 3  # writings within writings


def hidden_texts(text: str, deep: int = _DEEP) -> Iterator[str]:
    """What is hidden in `text`, each once, and what is hidden in that."""
    seen = {text}
    for inner in _once(text):
        if inner not in seen:
            seen.add(inner)
            yield inner
            if deep > 1:
                yield from hidden_texts(inner, deep - 1)


def base64_of(run: str) -> Iterator[bytes]:
    """What a run of base64 stands for, wherever in it the four-character groups begin: other letters may stand
    before."""
    plain = run.translate(_URL_SAFE)
    for start in range(4):
        whole = plain[start : len(plain) - ((len(plain) - start) % 4 == 1)]
        if len(whole) >= SHORTEST:
            yield binascii.a2b_base64(whole + "==")


def texts_of(data: bytes) -> Iterator[str]:
    """The text that these bytes are, as UTF-8 or as Windows writes it (UTF-16); nothing where they are none."""
    with contextlib.suppress(UnicodeDecodeError):
        yield data.decode("utf-8")
    even = data[: len(data) // 2 * 2]
    if even and not any(even[1::2]):
        yield even.decode("utf-16-le")
    elif even and not any(even[::2]):
        yield even.decode("utf-16-be")


def _once(text: str) -> Iterator[str]:
    if len(text) >= _LEAST:
        yield from _decoded(text)
    yield from _unescaped(text)


def _decoded(text: str) -> Iterator[str]:
    for found in _SPELLED_OUT.findall(text):
        yield "".join(letter for letter in found if letter.isalpha())
    for found in _BASE64.findall(text):
        run = found.rstrip("=")
        for each in {run, *(part for part in _BETWEEN.split(run) if len(part) >= SHORTEST)}:
            for data in base64_of(each):
                yield from texts_of(data)
    for found in _HEX.findall(text):
        yield from _of_hex(found)


def _of_hex(found: str) -> Iterator[str]:
    digits = re.sub("0x|[^0-9A-Fa-f]", "", found)
    for start in (0, 1):
        whole = digits[start : len(digits) - (len(digits) - start) % 2]
        yield from texts_of(bytes.fromhex(whole))


def _unescaped(text: str) -> Iterator[str]:
    """As a browser, a mail program or a program's source would read it."""
    if "&" in text:
        yield html.unescape(text)
    if "%" in text:
        yield urllib.parse.unquote(text)
    if "\\" in text:
        yield _BACKSLASH.sub(_of_backslash, text)
    if "=" in text:
        yield quopri.decodestring(text.encode("utf-8")).decode("utf-8", "replace")


def _of_backslash(found: re.Match[str]) -> str:
    number = int(next(group for group in found.groups() if group), 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else found[0]
