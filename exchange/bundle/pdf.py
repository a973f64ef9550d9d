"""The view-only PDF: what the bundle says to people and its tables, never a row. Tagged (PDF/UA-1), for screen readers.

View-only says what it is for, and is no lock: whoever has it can copy from it. Typst typesets it. The texts reach the
template as JSON, so that none of them is ever markup; the template reads no file, and its fonts come with Typst.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal

from exchange.agreements.words import caveat_kind
from exchange.bundle import words
from exchange.bundle.descriptor import File
from exchange.bundle.halves import Half, PrintedTable, halves_of
from exchange.bundle.metadata import Metadata
from exchange.bundle.released import ReleasedField
from exchange.errors import BundleError, Problem
from exchange.locale import Language, _, speaking
from exchange.protect.protected import Protected

if TYPE_CHECKING:
    from typst import Compiler

STANDARD: Final = "ua-1"  # ISO 14289-1: every heading, table header and language is tagged


def pdf(
    protected: Protected, metadata: Metadata, released: Sequence[ReleasedField], tables: Sequence[File] = ()
) -> bytes:
    """The PDF, dated when the bundle was made. `tables`: the files beside it that hold the data. BundleError
    `bundle.no_pdf` where it cannot be typeset.

    A script that our font does not have (Jawa, Bali, Han) is printed as boxes and can still be copied; PDF/UA-1 does
    not allow that, so such a PDF is tagged like the others but does not claim to conform.
    """
    import typst

    told = [_told(half, metadata, tables) for half in halves_of(protected, metadata, released)]
    inputs = _inputs(told, metadata)
    try:
        try:
            return _typeset(inputs, STANDARD)
        except typst.TypstError:
            return _typeset(inputs, None)
    except typst.TypstError:
        raise _no_pdf() from None


def _typeset(inputs: dict[str, str], standard: Literal["ua-1"] | None) -> bytes:
    made = _compiler().compile(_template(), format="pdf", sys_inputs=inputs, pdf_standards=standard)
    if not isinstance(made, bytes):  # of other formats it makes one file a page
        raise _no_pdf()
    return made


@cache
def _compiler() -> Compiler:
    """Made once: what it has read of its fonts it need not read again."""
    import typst

    return typst.Compiler(ignore_system_fonts=True)


def _inputs(told: list[dict[str, Any]], metadata: Metadata) -> dict[str, str]:
    made = metadata.created.astimezone(dt.UTC)
    document = {"halves": told, "made": [made.year, made.month, made.day]}
    return {"document": json.dumps(document, ensure_ascii=False)}


def _told(half: Half, metadata: Metadata, tables: Sequence[File]) -> dict[str, Any]:
    """One half as the template takes it: texts, lists of texts, tables."""
    tongue = half.tongue
    with speaking(tongue):
        return {
            "language": tongue,
            "title": f"{metadata.title.in_(tongue)} – {metadata.period}",
            "notice": metadata.confidentiality.in_(tongue),
            "view_only": _("For viewing only: use the other files to work with the data, under the same agreement."),
            "sections": [*_sections(half, metadata), *_fields(half), *_files(tables)],
        }


def _sections(half: Half, metadata: Metadata) -> Iterator[dict[str, Any]]:
    tongue = half.tongue
    yield _section("", table=([], [list(pair) for pair in half.answers]))
    caveats = [f"{each.code} ({caveat_kind(each.kind)}): {each.text.in_(tongue)}" for each in metadata.caveats]
    yield _section(_("What you must know before using these data"), items=caveats)
    if metadata.note:
        yield _section(_("The sender's note for this period"), text=metadata.note)
    yield _section(_("What they may be used for"), items=half.uses)
    yield _section(_("Forbidden"), items=half.forbidden)
    yield _section(_("How people are protected"), text=half.protection)
    for table in half.tables:
        yield _section(" × ".join(table.heads), table=_counts(table))


def _fields(half: Half) -> Iterator[dict[str, Any]]:
    heads = [_("Field"), _("Meaning"), _("What was done"), _("Why"), _("Where"), _("Purpose")]
    fields = [
        [each.story.label, each.story.description, each.done, each.why, each.place, each.grounds]
        for each in half.fields
    ]
    yield _section(_("Fields"), table=(heads, fields))
    if half.codes:
        codes = [[each.field.label, "; ".join(_codes(each, half.tongue))] for each in half.codes]
        yield _section(_("Codes"), table=([_("Field"), _("Codes and what they mean")], codes))
    missing = [[written or _("(empty)"), meaning] for written, meaning in half.missing]
    yield _section(_("Where nothing stands"), table=([_("Written"), _("Meaning")], missing))
    if half.missing_in:
        told = [list(pair) for pair in half.missing_in]
        yield _section(_("What is missing"), table=([_("Field"), _("How much, by kind")], told))


def _codes(released: ReleasedField, tongue: Language) -> Iterator[str]:
    for code in released.codes or ():
        label = code.id if tongue == "id" else code.en
        yield code.code if label == code.code else f"{code.code} {label}"


def _files(tables: Sequence[File]) -> Iterator[dict[str, Any]]:
    if tables:
        rows = [[each.path, str(each.bytes), each.hash.removeprefix("sha256:")] for each in tables]
        yield _section(_("Files"), table=([_("File"), _("Bytes"), "SHA-256"], rows))
    proves = _(
        "The signature and the encryption around this page prove who sent it and to whom. They do not prove that what "
        "it says about people is true."
    )
    yield _section("", text=proves)


def _counts(table: PrintedTable) -> tuple[list[str], list[list[str]]]:
    rows = [[*values, _("withheld") if count is None else str(count)] for values, count in table.lines]
    return [*table.heads, _("People")], rows


def _section(
    head: str,
    *,
    text: str = "",
    items: Sequence[str] = (),
    table: tuple[list[str], list[list[str]]] = ([], []),
) -> dict[str, Any]:
    heads, rows = table
    return {
        "head": _seen(head),
        "text": _seen(text),
        "items": [_seen(item) for item in items],
        "heads": [_seen(each) for each in heads],
        "rows": [[_seen(cell) for cell in row] for row in rows],
    }


def _seen(text: str) -> str:
    """Line by line."""
    return "\n".join(map(words.seen, text.split("\n")))


@cache
def _template() -> bytes:
    return files("exchange.bundle").joinpath("templates/bundle.typ").read_bytes()


def _no_pdf() -> BundleError:
    return BundleError(
        Problem(
            "bundle.no_pdf",
            _("the PDF that the agreement asks for cannot be made"),
            hint=_("this is a fault of ours: report it; nothing was packed"),
        )
    )
