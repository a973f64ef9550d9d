"""By what we know a file of ours again that lies somewhere, under any name: an export, an opened bundle, a marked
workbook.

Only the beginning of a file is read, and of a workbook its list of sheets. Nothing is recognised by its name alone,
since what is found here is deleted.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.bundle.datapackage import PACKAGE_FILE
from exchange.bundle.descriptor import Descriptor, File
from exchange.crypto.hashing import hash_stream

if TYPE_CHECKING:
    from exchange.duties.leftovers import Sort

_BEGINNING = 4096
_LARGEST = 16 * 1024 * 1024  # bytes of a descriptor, or of a part of a workbook, that are read
_SHEETS = {"people", "reports", "conflicts"}  # of an export
# An export's first column is the person; by one of these it is no other table of persons.
_COLUMNS = {"sources", "release"}
_SHEET_NAME = re.compile(rb'<sheet [^>]*name="([^"]{1,40})"')
_OUR_COMMENTS = b"<author>exchange</author>"


def sort_of(file: Path) -> Sort | None:
    """What a regular file is by its content; None where it has no mark of ours."""
    with suppress(OSError):
        with file.open("rb") as source:
            beginning = source.read(_BEGINNING)
        if beginning.startswith(b"PK\x03\x04"):
            return _of_workbook(file)
        if beginning.startswith(b"PAR1"):
            return "export" if _is_exported_parquet(file) else None
        return "export" if _is_exported_csv(beginning) else None
    return None


def opened_in(folder: Path) -> Iterator[Path]:
    """The files of an opened bundle whose descriptor lies in `folder`: those that are what it says; none elsewhere."""
    package = folder / PACKAGE_FILE
    with suppress(OSError):
        if package.is_file() and not package.is_symlink() and package.stat().st_size <= _LARGEST:
            told = Descriptor.read(package.read_bytes())
            if told is not None:
                yield package
                yield from (folder / each.path for each in (*told.resources, *told.files) if _is(each, folder))


def _is(named: File, folder: Path) -> bool:
    """A descriptor is text that anybody can write: it names nothing of somebody else's for us to delete."""
    file = folder / named.path
    with suppress(OSError):
        if file.is_file() and file.stat().st_size == named.bytes:
            with file.open("rb") as source:
                return named.hash == f"sha256:{hash_stream('sha256', source).hex()}"
    return False


def _is_exported_csv(beginning: bytes) -> bool:
    head = beginning.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    columns = [each.strip('"') for each in re.split("[,;\t]", head)]
    return columns[0] == "person" and bool(_COLUMNS & set(columns))


def _is_exported_parquet(file: Path) -> bool:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        schema = parquet.read_schema(file)
    except (pa.ArrowException, OSError):
        return False
    return schema.names[:1] == ["person"] and b"about" in (schema.metadata or {})


def _of_workbook(file: Path) -> Sort | None:
    try:
        with zipfile.ZipFile(file) as book:
            names = {each.filename: each.file_size for each in book.infolist() if each.file_size <= _LARGEST}
            if "xl/workbook.xml" not in names:
                return None
            sheets = {name.decode("utf-8", "replace") for name in _SHEET_NAME.findall(book.read("xl/workbook.xml"))}
            if sheets >= _SHEETS:
                return "export"
            comments = (name for name in names if name.startswith("xl/comments") and name.endswith(".xml"))
            return "marked" if any(_OUR_COMMENTS in book.read(name) for name in comments) else None
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
        zlib.error,
    ):
        return None
