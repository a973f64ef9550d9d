"""`exchange agreement diff`: what changes for whom between two versions of an agreement."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.errors import AgreementError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.agreements.agreement import Agreement


@click.command(
    help=_(
        "Say in words what changes for whom from OLD to NEW (files, or ids of agreements that we keep): what widens "
        "sharing first. A version that says it changes wording alone is refused where it changes more."
    ),
    epilog=desk.example(
        "exchange agreement diff DSA-NTT-2026-004 dsa-new.yaml", "exchange agreement diff old.yaml new.yaml"
    ),
)
@click.argument("old")
@click.argument("new")
def diff(old: str, new: str) -> None:
    from exchange.agreements.amendment_words import document, lines, told
    from exchange.agreements.succession import check_succession, is_patch
    from exchange.locale import language

    before, after = read(old), read(new)
    answer = {
        "from": {"id": before.id, "version": before.version, "digest": before.digest},
        "to": {"id": after.id, "version": after.version, "digest": after.digest},
        "patch": is_patch(before, after),
        "changes": [document(each) for each in told(before, after)],
    }
    problems = () if before.digest == after.digest else check_succession(before, after)
    console.answer_partly(answer, lines(before, after, language()), AgreementError, problems)


def read(name: str) -> Agreement:
    """The agreement in a file, or the newest version that we keep of an id; AgreementError for one that contradicts
    itself. A draft in which something is still to be filled in can be read."""
    from exchange.agreements.check_open import UNFINISHED
    from exchange.agreements.crosschecks import check_agreement
    from exchange.agreements.reading import read_agreement_with_places
    from exchange.agreements.text_file import load_text

    file = Path(name)
    if not file.exists() and file.suffix not in (".yaml", ".yml"):
        return desk.here().agreements.newest(name).agreement
    found, places = read_agreement_with_places(load_text(file, AgreementError), file.name)
    wrong = check_agreement(found, places)
    AgreementError.raise_all(each for each in wrong if each.code not in UNFINISHED)
    return found
