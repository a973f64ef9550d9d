"""A seeded year of ten organisations: whatever is planted is found, and nothing else.

By verifying or by its own question. An honest year gives no finding at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from audit.irregularities import IRREGULARITIES, Irregularity, Planted, plant_all
from audit.tampering import TAMPERING, VICTIM, Tamper
from audit.year import Year, written
from audit.year_cast import END, RECIPIENTS, SENDERS, origin
from audit.year_story import HOUR, Story
from simulator import SENDER, TABLES, founded, quick_folder

from exchange.asking.answer import Answer
from exchange.asking.examining import examine, with_answers
from exchange.asking.quiet import quiet
from exchange.asking.shown import Shown
from exchange.audit.checkpoint import party_of
from exchange.audit.entries import Entry
from exchange.audit.findings import Finding
from exchange.audit.verify import Verdict, verify

SEED = 2026


@dataclass(frozen=True, slots=True)
class Audited:
    """One year, what was planted into it, and what the auditor finds. `story` as it was written; `verified`: what is
    found before any question is asked."""

    story: Story
    year: Year
    planted: tuple[Planted, ...]
    verified: Verdict
    answers: tuple[Answer, ...]

    @property
    def verdict(self) -> Verdict:
        """As `exchange audit verify` has it."""
        return replace(self.verified, findings=with_answers(self.verified.findings, self.answers))

    def found_by(self, question: str) -> tuple[Finding, ...]:
        """What the question of this name finds; "" is verifying."""
        if not question:
            return self.verified.findings
        return next(each.findings for each in self.answers if each.question == question)


def audited(story: Story, folder: Path, planted: tuple[Planted, ...] = ()) -> Audited:
    return examined(story, year := written(story, folder), tuple(year.packs.values()), planted)


def examined(story: Story, year: Year, packs: tuple[Path, ...], planted: tuple[Planted, ...] = ()) -> Audited:
    verdict = verify(packs, keys=year.keys, quiet=quiet)
    answers = examine(Shown.of(verdict.histories, END + HOUR, year.kept))
    return Audited(story, year, planted, verdict, answers)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    with quick_folder(tmp_path_factory.mktemp("honest")) as folder:
        yield audited(Story(SEED), folder)


@pytest.fixture(scope="module")
def crooked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    with quick_folder(tmp_path_factory.mktemp("crooked")) as folder:
        story = Story(SEED)
        yield audited(story, folder, plant_all(story))


def told(finding: Finding) -> str:
    return f"{finding.code} {finding} "


# --- an honest year ---


def test_an_honest_year_gives_no_finding(honest: Audited) -> None:
    assert [told(each) for each in honest.verdict.findings] == []
    assert honest.verdict.ok


def test_every_sending_of_an_honest_year_is_matched_and_witnessed(honest: Audited) -> None:
    assert len(honest.verdict.matches) == len(honest.story.bundles) > 150
    assert all(match.complete for match in honest.verdict.matches)
    assert {party_of(log.origin) for log in honest.verdict.logs} == {*SENDERS, *RECIPIENTS}
    assert all(log.witnessed == log.size > 200 for log in honest.verdict.logs)


def test_the_year_tells_what_a_real_month_tells(honest: Audited, tmp_path: Path) -> None:
    with quick_folder(tmp_path) as folder:
        real = founded(folder)
        real.pack()
        real.round()
        for party in (SENDER, TABLES):
            with real.office(party).workspace.logs.open("ntt") as log:
                entries = [record.opening.entry for record in log.records() if record.opening]
            ours = _shape(each.entry for each in honest.story.of(party))
            for kind, names in _shape(each for each in entries if each.kind != "log.padding").items():
                assert names <= ours.get(kind, set()), (kind, names - ours.get(kind, set()))


def _shape(entries: Iterable[Entry]) -> dict[str, set[str]]:
    """Of each kind of entry the fields that it ever has, and what is counted."""
    found: dict[str, set[str]] = {}
    for each in entries:
        told = each.model_dump(exclude_none=True, exclude_defaults=True)
        found.setdefault(each.kind, set()).update(told, told.get("counts", {}))
    return found


# --- a year in which not all is as it should be ---


@pytest.mark.parametrize("irregularity", IRREGULARITIES, ids=lambda each: each.name)
def test_every_irregularity_is_found_where_it_is(crooked: Audited, irregularity: Irregularity) -> None:
    """By its own question, and in the whole examination, once."""
    [planted] = [each for each in crooked.planted if each.irregularity is irregularity]
    place = (irregularity.code, origin(planted.party))
    for findings in (crooked.found_by(irregularity.question), crooked.verdict.findings):
        found = [each for each in findings if (each.code, each.origin) == place]
        assert found, f"{irregularity.code} in the log of {planted.party}"
        if planted.entry is not None:
            assert [each.entry for each in found].count(planted.entry) == 1


def test_nothing_else_is_found(crooked: Audited) -> None:
    def explained(finding: Finding) -> bool:
        party = party_of(finding.origin)
        return any(each.explains(finding.code, party, finding.entry) for each in crooked.planted)

    assert [told(each) for each in crooked.verdict.findings if not explained(each)] == []


def test_thirty_irregularities_are_planted_each_at_a_place_of_its_own(crooked: Audited) -> None:
    assert len(IRREGULARITIES) + len(TAMPERING) >= 30
    places = [(each.irregularity.code, each.party, each.entry) for each in crooked.planted]
    assert len(set(places)) == len(places)
    assert len({each.irregularity.code for each in crooked.planted}) == len(IRREGULARITIES)


def test_what_touches_the_history_itself_is_said_first(crooked: Audited) -> None:
    weights = [each.weight for each in crooked.verdict.findings]
    assert weights == sorted(weights, reverse=True)
    assert not crooked.verdict.ok
    assert all(log.ok for log in crooked.verdict.logs)  # the logs are whole: what they tell is not in order


@pytest.mark.parametrize(("code", "tamper"), TAMPERING, ids=[tamper.__name__ for _code, tamper in TAMPERING])
def test_no_history_is_changed_unseen(honest: Audited, tmp_path: Path, code: str, tamper: Tamper) -> None:
    tampered = tamper(honest.story, honest.year, tmp_path)
    verdict = examined(honest.story, honest.year, tampered.packs).verdict
    first = verdict.findings[0]
    found = [each for each in verdict.findings if each.code == code]
    assert found, [told(each) for each in verdict.findings]
    assert {party_of(each.origin) for each in found} == {VICTIM}
    assert first.weight == "wrong"
    assert party_of(first.origin) == VICTIM
    if tampered.at is not None:
        assert tampered.at in {each.entry for each in found}
