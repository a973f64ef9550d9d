"""Whose cases a breach exposed: at the sender alone, whose registers lead from a bundle back to its case numbers.

The memory of releases knows a case that went by a keyed reference, which nobody turns round; the register of pseudonyms
holds the case numbers to try. Whoever is in neither any more is to be found in the case files: `missing` says how many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exchange.duties.breach_scope import Reached
from exchange.office import Office
from exchange.pseudonyms import register
from exchange.registers import case_key


@dataclass(frozen=True, slots=True)
class Cases:
    """The case numbers in a bundle of ours, in rows or tables, as far as registers tell; of `missing` rows they do
    not."""

    bundle: str
    recipient: str
    period: str | None
    cases: tuple[str, ...]
    missing: int


def cases_of(office: Office, bundles: Iterable[Reached]) -> tuple[Cases, ...]:
    """Of each of these bundles that we sent."""
    known = tuple(dict.fromkeys(each.case for each in register(office) if each.case))
    return tuple(_cases(office, each, known) for each in bundles if each.sender == office.party)


def _cases(office: Office, one: Reached, known: Iterable[str]) -> Cases:
    release, found = office.workspace.releases.find(one.bundle), list[str]()
    if release is not None:
        marks = ((each, case_key(office, release.agreement.id, one.recipient, each)) for each in known)
        found = sorted(case for case, mark in marks if office.workspace.releases.holds_any(one.bundle, [mark]))
    return Cases(one.bundle, one.recipient, one.period, tuple(found), max(0, (one.rows or 0) - len(found)))
