"""Keeps `id.po` in step with the code, and compiles it: `python -m exchange.locale.update`.

The catalogue holds every text that the code and the templates pass through `_`, in the order of their files, without
line numbers, so that a change of one text is a change of one entry. A new text is added without a translation, one that
is gone is removed; texts are never matched by likeness, which would put a stale sentence under a new one.

Only whoever translates needs this and its library; the program reads the compiled catalogue alone.
"""

from __future__ import annotations

import ast
import datetime as dt
import io
import sys
from collections.abc import Container, Iterator
from pathlib import Path
from typing import IO

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from exchange.locale import DOMAIN, ROOM

HOUSE = ROOM.parent
SOURCE = ROOM / "id.po"
COMPILED = ROOM / "id" / "LC_MESSAGES" / f"{DOMAIN}.mo"

_METHODS = [("**.py", "exchange.locale.update:texts_of_python"), ("**/templates/**.j2", "jinja2")]
_KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "later": (1,),
    "ngettext": (1, 2),
    "counted_later": (1, 2),
}
# A text that cannot be read is an error; by itself the extractor of templates would pass over the whole file.
_OPTIONS = {"**.j2": {"silent": "false", "trimmed": "true"}}
_UNDATED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # a date in the catalogue would change when nothing else does
_HEADER = """\
# Bahasa Indonesia. One entry for each text of the program; `python -m exchange.locale.update` adds, removes, compiles.
# The words are those of exchange/agreements/VOCABULARY.md; beside them: envelope sampul, epoch masa, evidence pack
# berkas bukti, file file, fingerprint sidik kunci, inbox kotak masuk, level jenjang, look-alikes orang yang serupa,
# outbox kotak keluar, parcel kiriman, passphrase frasa sandi, row baris, withdrawal pencabutan, workspace ruang kerja.
# Names of people keep their capital.
msgid ""
msgstr ""
"Language: id\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""


def texts(house: Path = HOUSE) -> Catalog:
    """Every text of the program, without translations, each with the files that say it."""
    catalog = catalogue(_HEADER.encode())
    found = extract_from_dir(house, _METHODS, _OPTIONS, _KEYWORDS)
    for file, _line, text, _comments, _context in sorted(found, key=lambda one: one[:2]):
        catalog.add(text, locations=[(f"{house.name}/{file}", 1)])
    return catalog


def catalogue(source: bytes) -> Catalog:
    """What stands in a `.po` file."""
    read = read_po(io.BytesIO(source), locale="id", abort_invalid=True)
    read.creation_date = read.revision_date = _UNDATED
    return read


def entries(catalog: Catalog) -> Iterator[Message]:
    """The texts of a catalogue, without its header."""
    return (message for message in catalog if message.id)


def in_step(catalog: Catalog, translated: Catalog) -> bytes:
    """The `.po` file of the texts of `catalog`, with the translations that `translated` has for them."""
    for message in entries(catalog):
        known = translated.get(message.id)
        plural = not isinstance(message.id, str)
        bare = ("",) if plural else ""
        message.string = known.string if known is not None and known.pluralizable == plural else bare
        message.flags.clear()  # the extractor takes "5 % of" for a format
    written = io.BytesIO()
    write_po(written, catalog, width=0, include_lineno=False, omit_header=True)
    return _HEADER.encode() + written.getvalue()


def compiled(source: bytes) -> bytes:
    """The catalogue as the program reads it."""
    written = io.BytesIO()
    write_mo(written, catalogue(source))
    return written.getvalue()


def texts_of_python(
    file: IO[bytes], keywords: Container[str], _comments: object, options: object
) -> Iterator[tuple[int, str, list[str], list[str]]]:
    """Babel's way to ask for the texts of a module: line, function, texts, comments.

    Its own extractor reads tokens, and before Python 3.12 sees nothing inside an f-string.
    """
    calls = (node for node in ast.walk(ast.parse(file.read())) if isinstance(node, ast.Call))
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        if isinstance(call.func, ast.Name) and call.func.id in keywords:
            said = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            yield call.lineno, call.func.id, said, []


def main() -> None:
    """Write both files anew, and say what has no translation yet."""
    before = catalogue(SOURCE.read_bytes())
    source = in_step(texts(), before)
    SOURCE.write_bytes(source)
    COMPILED.parent.mkdir(parents=True, exist_ok=True)
    COMPILED.write_bytes(compiled(source))
    now = catalogue(source)
    bare = [message for message in entries(now) if not all(_forms(message))]
    gone = {message.id for message in entries(before)} - {message.id for message in entries(now)}
    for message in bare:
        sys.stdout.write(f"not translated: {message.locations[0][0]}: {message.id}\n")
    sys.stdout.write(f"{len(now)} texts, {len(bare)} not translated, {len(gone)} removed\n")


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


if __name__ == "__main__":
    main()
