"""The second file of the letters about linking: one line for each row of a bundle, named by bundle and row key.

    filters.csv   bundle, row_key, then `exchange.matching.filters.schema` sender → linking agent
    links.csv     bundle, row_key, person                                  linking agent → recipient
    tokens.csv    bundle, row_key, kind, token                             sender → recipient, after a new epoch

UTF-8, CRLF, no quotes: no cell needs one. A filter is base64url without padding (RFC 4648, 5), "" where the part is not
known; the filters of several words stand in one cell, with spaces between. Whoever reads bounds everything before
it is decoded, and takes the file whole or not at all.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from exchange.bundle.parcel import Letter, Member
from exchange.errors import BundleError, Problem
from exchange.locale import _
from exchange.matching.tokens import TokenKind

if TYPE_CHECKING:
    import pyarrow as pa

FILTERS_FILE, LINKS_FILE, TOKENS_FILE = "filters.csv", "links.csv", "tokens.csv"
MOST_ROWS = 100_000  # in one letter: five years of a large sender
MOST_BYTES = 200 * 1024**2
MOST_WORDS = 64  # of a name
LARGEST_FILTER = 512  # bytes
MOST_TOKENS = 32  # of a row

_LINKS_HEAD = ("bundle", "row_key", "person")
_TOKENS_HEAD = ("bundle", "row_key", "kind", "token")
_BUNDLE = re.compile(r"[0-9a-f]{32}")
_ROW_KEY = re.compile(r"[\w-]{1,64}")  # a row key, or a pseudonym, which may be a word
_PERSON = re.compile(r"[0-9a-f]{32}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class RowLink:
    """One row of a bundle, and the person's key: the same for all rows of a round that are of one person."""

    bundle: str
    row_key: str
    person: str


@dataclass(frozen=True, slots=True)
class RowTokenAgain:
    """A token of a row of a bundle that its recipient holds, made anew."""

    bundle: str
    row_key: str
    kind: TokenKind
    token: str


def filters_schema() -> pa.Schema:
    """Of a table of filters and whose they are."""
    import pyarrow as pa

    from exchange.matching.filters import schema  # imported here: most letters bring none

    return pa.schema([("bundle", pa.string()), ("row_key", pa.string()), *schema()])


def write_filters(table: pa.Table) -> Member:
    """`table`: as `filters_schema`."""
    names = filters_schema().names
    columns = [table.column(name).to_pylist() for name in names]
    lines = ((bundle, key, *map(_cell, parts)) for bundle, key, *parts in zip(*columns, strict=True))
    return _written(FILTERS_FILE, names, lines)


def read_filters(letter: Letter) -> pa.Table:
    """As `filters_schema`. BundleError (letter.unreadable) for a file that holds anything else, or too much."""
    import pyarrow as pa

    wanted = filters_schema()
    lines = _read(letter, FILTERS_FILE, wanted.names)
    columns: list[list[object]] = [[] for _each in wanted]
    several = [pa.types.is_list(each.type) for each in wanted]
    for bundle, key, *parts in lines:
        cells = (_several(part) if many else _one(part) for part, many in zip(parts, several[2:], strict=True))
        for column, value in zip(columns, (bundle, key, *cells), strict=True):
            column.append(value)
    try:
        arrays = [pa.array(column, each.type) for column, each in zip(columns, wanted, strict=True)]
    except pa.ArrowInvalid:  # a filter of another size
        raise unreadable() from None
    return pa.Table.from_arrays(arrays, schema=wanted)


def _cell(part: bytes | list[bytes] | None) -> str:
    return " ".join(map(_text, part)) if isinstance(part, list) else "" if part is None else _text(part)


def _one(cell: str) -> bytes | None:
    return _filter(cell) if cell else None


def _several(cell: str) -> list[bytes] | None:
    if cell.count(" ") >= MOST_WORDS:
        raise unreadable()
    return [_filter(word) for word in cell.split(" ")] if cell else None


def write_links(links: Iterable[RowLink]) -> Member:
    return _written(LINKS_FILE, _LINKS_HEAD, ((each.bundle, each.row_key, each.person) for each in links))


def read_links(letter: Letter) -> tuple[RowLink, ...]:
    """BundleError (letter.unreadable)."""
    found = tuple(RowLink(*line) for line in _read(letter, LINKS_FILE, _LINKS_HEAD))
    if not all(_PERSON.fullmatch(each.person) for each in found):
        raise unreadable()
    return found


def write_tokens(tokens: Iterable[RowTokenAgain]) -> Member:
    lines = ((each.bundle, each.row_key, each.kind, each.token) for each in tokens)
    return _written(TOKENS_FILE, _TOKENS_HEAD, lines)


def read_tokens(letter: Letter) -> tuple[RowTokenAgain, ...]:
    """BundleError (letter.unreadable)."""
    kinds: dict[str, TokenKind] = {kind: kind for kind in get_args(TokenKind)}
    found = []
    for bundle, key, kind, token in _read(letter, TOKENS_FILE, _TOKENS_HEAD, once=False):
        if kind not in kinds or not _TOKEN.fullmatch(token):
            raise unreadable()
        found.append(RowTokenAgain(bundle, key, kinds[kind], token))
    if len({(each.bundle, each.row_key, each.kind, each.token) for each in found}) < len(found):
        raise unreadable()
    return tuple(found)


def unreadable() -> BundleError:
    """Nothing of what the file holds is repeated."""
    what = _("a file of the letter holds what it may not, or more than it may")
    hint = _("nothing was done about the letter; ask its sender to write it again with a current version")
    return BundleError(Problem("letter.unreadable", what, hint=hint))


def refuse_the_future(made: dt.datetime, now: dt.datetime) -> None:
    """What says it was made later than today would stand before all that is made until then. BundleError
    letter.from_the_future."""
    if made > now + dt.timedelta(days=1):
        what, hint = _("it says that it was made later than today"), _("see whether the time is right on both machines")
        raise BundleError(Problem("letter.from_the_future", what, hint=hint))


# --- lines ---


def _written(path: str, head: Sequence[str], lines: Iterable[tuple[str, ...]]) -> Member:
    text = "".join(",".join(line) + "\r\n" for line in (tuple(head), *lines))
    return Member(path, text.encode("utf-8"))


def _read(letter: Letter, path: str, head: Sequence[str], *, once: bool = True) -> Iterator[tuple[str, ...]]:
    """The cells of each line. `once`: no row has two lines."""
    (found,) = (member for member in letter.members if member.path == path)
    if found.size > MOST_BYTES:
        raise unreadable()
    content = found.content
    most = MOST_ROWS if once else MOST_ROWS * MOST_TOKENS
    if content.count(b"\n") > most + 1:
        raise unreadable()
    try:
        first, *lines = content.decode("utf-8").split("\r\n")
    except UnicodeDecodeError:
        raise unreadable() from None
    if first != ",".join(head) or not lines or lines.pop():
        raise unreadable()
    seen: set[tuple[str, str]] = set()
    for line in lines:
        cells = tuple(line.split(","))
        if len(cells) != len(head) or not _BUNDLE.fullmatch(cells[0]) or not _ROW_KEY.fullmatch(cells[1]):
            raise unreadable()
        seen.add((cells[0], cells[1]))
        yield cells
    if len(seen) > MOST_ROWS or (once and len(seen) < len(lines)):
        raise unreadable()


def _text(made: bytes) -> str:
    return base64.urlsafe_b64encode(made).decode("ascii").rstrip("=")


def _filter(text: str) -> bytes:
    if not 0 < len(text) <= LARGEST_FILTER * 4 // 3 + 2:
        raise unreadable()
    try:
        made = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise unreadable() from None
    if not 0 < len(made) <= LARGEST_FILTER or _text(made) != text:
        raise unreadable()
    return made
