"""What a verb of `exchange audit` reads: packs, verified by what is known here, and what can be asked of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.cli import console, desk
from exchange.cli.audit_kept import kept_heads
from exchange.cli.audit_keys import known_keys, seen_here
from exchange.cli.audit_logs import packs_in
from exchange.cli.audit_stamp import authorities
from exchange.errors import AuditError, Problem
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.asking.shown import Shown
    from exchange.audit.verify import Verdict
    from exchange.crypto.signing import VerifyKey


def read(
    packs: tuple[Path, ...],
    keys: tuple[str, ...],
    kept: tuple[Path, ...] = (),
    roots: tuple[Path, ...] = (),
    agreements: tuple[str, ...] = (),
) -> tuple[Verdict, Shown]:
    """The verdict on the packs and their papers, and what can be asked: of each log the longest pack that is in order,
    beside what was kept from an earlier visit. `roots`: files of the authorities whose timestamps count. `agreements`:
    those that are examined, where not all are."""
    from exchange.audit.findings import gravest_first
    from exchange.proving import prove

    verdict, shown, known = _read(packs, keys, kept, roots, agreements)
    proved, wrong = prove(shown, known)
    return replace(verdict, findings=gravest_first((*verdict.findings, *wrong)), proved=proved), shown


def _read(
    packs: tuple[Path, ...],
    keys: tuple[str, ...],
    kept: tuple[Path, ...],
    roots: tuple[Path, ...] = (),
    agreements: tuple[str, ...] = (),
) -> tuple[Verdict, Shown, dict[str, VerifyKey]]:
    """Without their papers; and the keys of logs by which they are judged."""
    from exchange.asking.quiet import quiet
    from exchange.asking.shown import Shown
    from exchange.audit.verify import verify

    found = packs_in(packs)
    known = known_keys(found, keys)
    now = desk.now()
    held = (*kept_heads(kept), *seen_here())
    believed = authorities(roots) if roots else None
    verdict = verify(found, keys=known, held=held, now=now, quiet=quiet, authorities=believed, agreements=agreements)
    heads = kept_heads(kept, {log.origin for log in verdict.logs})
    return verdict, Shown.of(verdict.histories, now, heads), known


def read_to_ask(packs: tuple[Path, ...], keys: tuple[str, ...], kept: tuple[Path, ...] = ()) -> Shown:
    """The same for one question: of logs that are not in order it is said that they are not asked. AuditError with all
    that is wrong where none is."""
    verdict, shown, _known = _read(packs, keys, kept)
    if not shown.histories:
        wrong = (each for each in verdict.findings if each.weight == "wrong")
        AuditError.raise_all(Problem(each.code, each.what, each.where) for each in wrong)
        what, hint = _("no log in these packs can be asked"), _("see what is wrong: exchange audit verify")
        raise AuditError(Problem("audit.nothing_to_ask", what, hint=hint))
    asked = {each.origin for each in shown.histories}
    for name in sorted({log.origin or log.pack for log in verdict.logs} - asked):
        what, hint = _("this log is not in order and was not asked"), _("see what is wrong: exchange audit verify")
        console.warn(Problem("audit.not_asked", what, name, hint))
    for each in verdict.findings:
        if each.code == "audit.scope_narrower":
            console.warn(Problem(each.code, each.what, each.where, _("ask the packs of one agreement together")))
    return shown
