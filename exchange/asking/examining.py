"""Every question that can be asked without being told anything, asked at once: what an audit looks at by itself."""

from __future__ import annotations

from collections.abc import Iterable

from exchange.asking.answer import Answer, Asked
from exchange.asking.questions import QUESTIONS
from exchange.asking.shown import Shown
from exchange.audit.findings import Finding, gravest_first


def examine(shown: Shown) -> tuple[Answer, ...]:
    """The answers, in the order of the questions."""
    return tuple(each.answer(shown, Asked()) for each in QUESTIONS if not each.needs)


def with_answers(found: Iterable[Finding], answers: Iterable[Answer]) -> tuple[Finding, ...]:
    """What verifying has `found`, and after it what the answers add: a thing that several say is said once."""
    before = tuple(found)
    said = {_place(each) for each in before}
    further: dict[tuple[str, str, int | None, str], Finding] = {}
    for each in (finding for answer in answers for finding in answer.findings):
        if _place(each) not in said:
            further.setdefault(_place(each), each)
    return gravest_first((*before, *further.values()))


def _place(finding: Finding) -> tuple[str, str, int | None, str]:
    """Two findings of one code at one entry are the same; where there is no entry, of one sentence."""
    sentence = "" if finding.entry is not None else repr(finding.said)
    return finding.code, finding.origin, finding.entry, sentence
