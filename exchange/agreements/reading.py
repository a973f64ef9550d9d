"""An agreement from its file: read strictly, every mistake at once.

Whether its clauses agree with each other is asked in `exchange.agreements.crosschecks`.
"""

from __future__ import annotations

from pathlib import Path

from exchange.agreements.agreement import Agreement
from exchange.agreements.strict_yaml import Places, read_with_places
from exchange.agreements.yaml_tree import MAX_BYTES
from exchange.errors import AgreementError, ExchangeError, Problem
from exchange.locale import _


def load_agreement(path: Path) -> Agreement:
    """The agreement in the file at `path`. AgreementError as of `load_text` and `read_agreement`."""
    return read_agreement(load_text(path, AgreementError), path.name)


def read_agreement(text: str, file: str) -> Agreement:
    """The agreement that `text` holds; `file` is its name for messages. AgreementError with every mistake, see
    `exchange.agreements.strict_yaml.read`."""
    return read_agreement_with_places(text, file)[0]


def read_agreement_with_places(text: str, file: str) -> tuple[Agreement, Places]:
    """As `read_agreement`, and where everything stands, so that `check_agreement` can name the line."""
    return read_with_places(text, Agreement, file, AgreementError)


def load_text(path: Path, error: type[ExchangeError], prefix: str = "agreement") -> str:
    """The text of a small UTF-8 file. `error`: `prefix`.no_file, .not_utf8, .too_large."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError:
        hint = _("look at its name and place, and whether you may read it")
        raise error(Problem(f"{prefix}.no_file", _("the file cannot be opened"), path.name, hint)) from None
    if len(data) > MAX_BYTES:
        raise error(Problem(f"{prefix}.too_large", _("the file is larger than 1 MiB"), where=path.name))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        hint = _("save it as UTF-8")
        raise error(Problem(f"{prefix}.not_utf8", _("the file is not UTF-8 text"), path.name, hint)) from None
