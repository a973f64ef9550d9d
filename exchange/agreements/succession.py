"""May this version follow that one? Everybody signs every version; a PATCH promises that nothing but words differ.

Semantic versioning (https://semver.org) as agreements use it: MAJOR or MINOR where what is shared may change, PATCH
where wording alone differs: texts, notes, contacts, titles. Nobody has to read a PATCH for a change of substance, so
one that holds such a change is refused, with every clause that is more than wording.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.agreements.agreement import Agreement
from exchange.agreements.amendment_words import told
from exchange.agreements.clause import numbers
from exchange.agreements.strict_yaml import written
from exchange.errors import Problem
from exchange.locale import _


def check_succession(old: Agreement, new: Agreement) -> tuple[Problem, ...]:
    """Why `new` cannot follow `old`; empty where it can.

    Codes: agreement.another_agreement, agreement.version_order, agreement.supersedes_another,
    agreement.more_than_wording (one for each clause).
    """
    if old.id != new.id:
        return (Problem("agreement.another_agreement", _("these are two agreements"), f"{old.id}, {new.id}"),)
    return (*_numbering(old, new), *_more_than_wording(old, new))


def is_patch(old: Agreement, new: Agreement) -> bool:
    """Whether the version says that wording alone differs: only its last number does."""
    return numbers(old.version)[:2] == numbers(new.version)[:2]


def _numbering(old: Agreement, new: Agreement) -> Iterator[Problem]:
    if numbers(new.version) <= numbers(old.version):
        what = _("the version is not higher than the one that it follows")
        yield Problem("agreement.version_order", what, "version", _("a change needs a higher version"))
    replaced = new.term.supersedes
    if replaced is not None and replaced.version == old.version and replaced.digest != old.digest:
        what = _("it replaces another text of that version")
        hint = _("put the digest that exchange agreement check prints: {digest}").format(digest=old.digest)
        yield Problem("agreement.supersedes_another", what, "term.supersedes.digest", hint)


def _more_than_wording(old: Agreement, new: Agreement) -> Iterator[Problem]:
    if not is_patch(old, new):
        return
    hint = _("raise the second number of the version, or the first")
    for each in told(old, new):
        if each.effect != "wording":
            yield Problem("agreement.more_than_wording", each.sentence, written(each.change.path), hint)
