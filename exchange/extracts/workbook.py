"""From a file to a `Sheet`: what kind of file it is, its content says."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.errors import ExtractError
from exchange.extracts.csv_text import read_csv
from exchange.extracts.extract import Source
from exchange.extracts.sheet import Sheet, refusal
from exchange.extracts.xlsx import read_xlsx
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.extracts.mapping import Mapping

LARGEST_FILE = 100 * 1024 * 1024  # bytes
_OLE2 = bytes.fromhex("d0cf11e0a1b11ae1")  # the container of .xls, and of encrypted .xlsx ([MS-OFFCRYPTO] 2.3)
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_sheet(path: Path, mapping: Mapping) -> Sheet:
    """The sheet that `mapping` names, from an .xlsx or .csv file.

    ExtractError, one of: extract.missing_file, unreadable, too_large, empty_file, password, old_excel,
    not_a_workbook, damaged, no_sheet, sheets_alike, encoding, bad_csv, ragged_row.
    """
    content = content_of(path)
    if content.startswith(b"PK"):
        return read_xlsx(content, _source(path, content), mapping)
    if content.startswith(_OLE2):
        raise _old_or_encrypted(content, path.name)
    return read_csv(content, _source(path, content), mapping)


def content_of(path: Path) -> bytes:
    """The bytes of a file, as far as it can be an extract. ExtractError as `read_sheet`."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        hint = _("look at its name and place")
        raise refusal("extract.missing_file", _("there is no such file"), path.name, hint) from None
    except OSError:
        hint = _("close it in Excel, and see whether you may read it")
        raise refusal("extract.unreadable", _("the file cannot be read"), path.name, hint) from None
    if len(content) > LARGEST_FILE:
        raise refusal("extract.too_large", _("larger than 100 MB"), path.name, _("send the cases of one period only"))
    if not content.strip():
        hint = _("save the workbook again; a month without cases still has its header row")
        raise refusal("extract.empty_file", _("the file is empty"), path.name, hint)
    return content


def _source(path: Path, content: bytes) -> Source:
    return Source(path.name, hashlib.sha256(content).hexdigest(), "")


def _old_or_encrypted(content: bytes, name: str) -> ExtractError:
    if _ENCRYPTED in content:
        hint = _("open it in Excel, remove the password under File, Info, Protect Workbook, and save it")
        return refusal("extract.password", _("the workbook is protected with a password"), name, hint)
    hint = _("open it in Excel and save it as .xlsx")
    return refusal("extract.old_excel", _("a file of an old Excel"), name, hint)
