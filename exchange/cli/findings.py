"""How findings about a server are shown: a line each, in the order in which they were looked at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from exchange.finding import Finding, Severity
from exchange.locale import _


def finding_lines(findings: Iterable[Finding]) -> list[str]:
    """What is wrong gets its hint where errors are shown; what is a note has it here."""
    return [line for each in findings for line in _lines(each)]


def finding_documents(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {"severity": each.severity, "code": each.code, "what": each.what, "where": each.where, "hint": each.hint}
        for each in findings
    ]


def _lines(finding: Finding) -> list[str]:
    where = f"{finding.where}: " if finding.where else ""
    line = f"{_word(finding.severity)}: {where}{finding.what} [{finding.code}]"
    return [line, f"  {_('hint')}: {finding.hint}"] if finding.severity == "note" and finding.hint else [line]


def _word(severity: Severity) -> str:
    return {"ok": _("ok"), "note": _("note"), "wrong": _("wrong")}[severity]
