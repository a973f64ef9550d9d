"""`exchange audit query …`: one verb for each of the auditor's questions, asked of packs or of our own log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from exchange.asking.questions import OPTIONS, QUESTIONS, Question
from exchange.cli import console, desk
from exchange.cli.audit_answer import show
from exchange.cli.audit_kept import kept_heads, kept_option
from exchange.cli.audit_keys import key_option
from exchange.cli.audit_logs import log_of, network_option
from exchange.cli.audit_pseudonym import pseudonym
from exchange.cli.audit_reading import read_to_ask
from exchange.cli.groups import Group
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.asking.answer import Asked
    from exchange.asking.shown import Shown
    from exchange.audit.history import History

_Kept: TypeAlias = tuple[Path, ...] | None


@click.group(
    cls=Group,
    help=_(
        "Ask logs. Each answer has a sentence and, with --json, its proofs. The status is 13 where something is wrong."
    ),
    epilog=desk.example(
        "exchange audit query sent --to gt-ntt --since 2026-10-01 --until 2026-12-31 --pack packs",
        "exchange audit query months --pack yks.tar --pack gt-ntt.tar",
    ),
)
def query() -> None:
    pass


def _options() -> dict[str, tuple[Any, str]]:
    """What a question can be about: what is written behind the option, and what it says."""
    day = desk.a_day()
    return {
        "sender": ("PARTY", _("the sender")),
        "recipient": ("PARTY", _("the recipient")),
        "party": ("PARTY", _("the organisation that is asked about")),
        "since": (day, _("the first day (UTC)")),
        "until": (day, _("the last day (UTC)")),
        "agreement": ("ID", _("the agreement, by its id")),
        "bundle": ("ID", _("the bundle, by its id or the digest of the sealed file, or how one begins")),
    }


def _command(question: Question) -> click.Command:
    def asking(
        *,
        packs: tuple[Path, ...],
        keys: tuple[str, ...],
        network_id: str | None,
        kept: _Kept = None,
        **about: Any,
    ) -> None:
        from exchange.asking.known import checked

        shown = _shown(packs, keys, network_id, kept)
        show(question.answer(shown, checked(shown, _asked(about))))

    what = _("ask this evidence pack, or all in this folder, instead of our own log (may be repeated)")
    pack_option = click.option("--pack", "packs", multiple=True, type=desk.a_path(), help=what)
    ask: Any = kept_option()(asking) if question.heads else asking
    for option in (network_option(), key_option(), pack_option, *reversed(tuple(_about(question)))):
        ask = option(ask)
    text = str(question.what)
    return click.command(question.name, help=f"{text[0].upper()}{text[1:]}", epilog=_example(question))(ask)


def _about(question: Question) -> Iterator[desk.Options]:
    for name, (kind, text) in _options().items():
        if name in (*question.needs, *question.takes):
            told: dict[str, Any] = {"metavar": kind} if isinstance(kind, str) else {"metavar": "DAY", "type": kind}
            yield click.option(OPTIONS[name], name, required=name in question.needs, help=text, **told)


def _example(question: Question) -> str:
    told = {"sender": "yks", "recipient": "gt-ntt", "party": "gt-ntt", "since": "2026-10-01", "until": "2026-12-31"}
    told |= {"agreement": "DSA-NTT-001", "bundle": "b-0a1b2c3d4e"}
    return desk.example(question.command({name: told[name] for name in question.needs}, ("packs",)))


def _asked(about: dict[str, Any]) -> Asked:
    from exchange.asking.answer import Asked

    told: dict[str, Any] = {
        name: each.date() if isinstance(each, dt.datetime) else each for name, each in about.items()
    }
    return Asked(**told)


def _shown(packs: tuple[Path, ...], keys: tuple[str, ...], network_id: str | None, kept: _Kept) -> Shown:
    """With what was kept, where the question compares with it."""
    from exchange.asking.shown import Shown

    if packs:
        return read_to_ask(packs, keys, kept or ())
    console.say(_("this is our own log; --pack asks others"))
    own = _own(network_id)
    return Shown.of([own], desk.now(), () if kept is None else kept_heads(kept, {own.origin}))


def _own(network_id: str | None) -> History:
    from exchange.duties.inspection import own_history

    office = desk.office()
    return own_history(office, log_of(office.workspace, network_id))


for each in QUESTIONS:
    query.add_command(pseudonym if each.name == pseudonym.name else _command(each))
