"""The text of a small file that a person wrote: an agreement, a mapping, a plan."""

from __future__ import annotations

from pathlib import Path

from exchange.agreements.yaml_tree import MAX_BYTES
from exchange.errors import ExchangeError, Problem
from exchange.locale import _


def load_text(path: Path, error: type[ExchangeError], prefix: str = "agreement", most: int = MAX_BYTES) -> str:
    """The text of a UTF-8 file of at most so many bytes. `error`: `prefix`.no_file, .not_utf8, .too_large."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError:
        hint = _("look at its name and place, and whether you may read it")
        raise error(Problem(f"{prefix}.no_file", _("the file cannot be opened"), path.name, hint)) from None
    if len(data) > most:
        what = _("the file is larger than {most} KiB").format(most=most >> 10)
        raise error(Problem(f"{prefix}.too_large", what, where=path.name))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        hint = _("save it as UTF-8")
        raise error(Problem(f"{prefix}.not_utf8", _("the file is not UTF-8 text"), path.name, hint)) from None
