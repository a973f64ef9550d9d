"""An agreement from its file: read strictly, every mistake at once.

Whether its clauses agree with each other is asked in `exchange.agreements.crosschecks`.
"""

from __future__ import annotations

from pathlib import Path

from exchange.agreements.agreement import Agreement
from exchange.agreements.strict_yaml import Places, read_with_places
from exchange.agreements.text_file import load_text
from exchange.errors import AgreementError


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
