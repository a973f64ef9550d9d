"""The shipped tables, and how two spellings of one label are known to be the same."""

from __future__ import annotations

import csv
import unicodedata
from functools import cache
from importlib.resources import files

Row = dict[str, str]


@cache
def rows(name: str) -> tuple[Row, ...]:
    """The rows of `data/<name>.csv`. Text stays text: `NA` is Namibia."""
    text = files("exchange.codes.data").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def aliases(row: Row) -> tuple[str, ...]:
    """The further spellings in a row's `aliases` cell."""
    return tuple(alias for alias in row["aliases"].split(";") if alias)


def spelling(text: str) -> str:
    """What two spellings of one label share: case, runs of spaces, width and the form of an apostrophe do not count."""
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").replace("`", "'")
    return " ".join(plain.split()).casefold()
