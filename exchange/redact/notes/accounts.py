"""E-mail addresses, links, @handles, and names of accounts after the name of a platform."""

from __future__ import annotations

import re

from exchange.redact.notes.cues import CUES
from exchange.redact.notes.plain import Note, words_from
from exchange.redact.notes.taken import Taken
from exchange.redact.notes.vocabulary import Tier, tier

_EMAIL = re.compile(r"[\w.+\-]{1,64}(?:@| @ | ?(?:\(at\)|\[at\]) ?)[\w\-]{1,63}(?:\.[\w\-]{2,63}){1,4}")
_LINK = re.compile(
    r"(?:https?://|www\.)\S{3,300}"
    r"|(?<![\w@.])(?:[\w-]{1,20}\.){0,2}(?:facebook|fb|instagram|tiktok|twitter|youtube|whatsapp"
    r"|telegram|linkedin|line|michat|wechat|m|discord"
    r"|snapchat|t|wa|bit|x|youtu|s\.id|linktr|shopee|tokopedia|google|goo)\.(?:com|me|ly|co\.id|be|id"
    r"|ee|co|gl|us|gg)/\S{1,300}"
)
_AT = re.compile(r"(?<![\w.])@[\w.\-]{2,60}")
_PLATFORM = (
    r"(?:akun|ig|instagram|insta|fb|facebook|fesbuk|tiktok|tik tok|handle|username|user name|user"
    r"|medsos|sosmed|telegram|line|michat"
    r"|wechat|twitter|youtube|snapchat|profil|profile|nama akun|account name)"
)
_AFTER_PLATFORM = re.compile(
    rf"\b{_PLATFORM}\b(?: ?nya| handle| account| akun| page| bernama| atas nama| \w{{2,9}}:)*[ :=(]{{1,3}}"
)
_HANDLE = re.compile(r"(?:user ?name|handle)\b")  # behind these stands an account, whatever it looks like
_ACCOUNT = re.compile(r"[a-z][a-z0-9]*(?:[._][a-z0-9_]+|[0-9]+)*_*[a-z0-9_]*")
_LIKE_ACCOUNT = re.compile(
    r"(?<![\w.@/])(?:[a-z]{2,40}[a-z0-9]{0,8}(?:[._][a-z0-9]{2,40}){1,4}|[a-z]{4,40}\d{1,4}"
    r"|[a-z0-9]{0,40}[a-z]_[a-z0-9_]{0,40})_{0,3}(?![\w@/])"
)
# Without one of these a note holds nothing that is built so.
_SIGN_OF_ACCOUNT = re.compile(r"\.(?<=[a-z]\.)(?=[a-z0-9]{2})|_|\d(?<=[a-z]\d)")
_TRAILING = ".,;:!?)]}'\"»”’"
_PARTS = re.compile("[a-z]{2,}")


def find_accounts(note: Note, taken: Taken) -> None:
    small = note.small
    if "@" in small or "at)" in small or "at]" in small:
        for found in _EMAIL.finditer(small):
            taken.take(found.start(), _end(small, found), "email")
    if "/" in small or "www." in small:
        for found in _LINK.finditer(small):
            taken.take(found.start(), _end(small, found), "handle")
    if "@" in small:
        for found in _AT.finditer(small):
            taken.take(found.start(), _end(small, found), "handle")
    _after_platforms(note, taken)


def find_strange_tokens(note: Note, taken: Taken) -> None:
    """Marks what is built like the name of an account: "ambo.pasinringi", "mince66"."""
    small = note.small
    if _SIGN_OF_ACCOUNT.search(small) is None:
        return
    for found in _LIKE_ACCOUNT.finditer(small):
        parts = _PARTS.findall(found[0])
        written = note.text[slice(*found.span())]
        if (
            parts
            and not (note.cased and not written.islower())
            and parts[0] not in CUES
            and _is_strange(parts, found[0])
        ):
            taken.take(*found.span(), "handle", sure=False)


def _is_strange(parts: list[str], text: str) -> bool:
    return any(tier(part) >= Tier.RARE for part in parts) and not _is_short_form(text)


def _is_short_form(text: str) -> bool:
    """ "anak2" is written for anak-anak; "a.n." is no account."""
    return text[-1] == "2" and tier(text[:-1]) < Tier.ALSO_NAME


def _end(text: str, found: re.Match[str]) -> int:
    end = found.end()
    while end > found.start() and text[end - 1] in _TRAILING:
        end -= 1
    return end


def _after_platforms(note: Note, taken: Taken) -> None:
    for cue in _AFTER_PLATFORM.finditer(note.small):
        shown = _display_name(note, cue.end()) if cue[0].startswith(("akun", "profil", "nama")) else cue.end()
        if shown > cue.end():
            taken.take(cue.end(), shown, "handle")
            continue
        found = _ACCOUNT.match(note.small, cue.end())
        least = Tier.DERIVED if _HANDLE.match(cue[0]) else Tier.UNKNOWN
        if found and _is_account(found[0], least):
            taken.take(found.start(), _end(note.small, found), "handle")


def _is_account(text: str, least: Tier) -> bool:
    if not text.isalpha():
        return len(text) > 2 and not _is_short_form(text)
    return len(text) > 2 and tier(text) >= least


def _display_name(note: Note, start: int) -> int:
    """The end of "Mama Kembar Oesao", which stands after "akun": two words or more with capitals; else `start`."""
    if not note.cased:
        return start
    end, count = start, 0
    for word in words_from(note, start):
        if word.start != end + bool(count) or word.shape != "title" or _is_platform(word.text):
            break
        end, count = word.end, count + 1
    return end if count > 1 else start


def _is_platform(word: str) -> bool:
    return re.fullmatch(_PLATFORM, word) is not None
