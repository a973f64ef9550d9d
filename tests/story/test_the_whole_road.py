"""The main job, from three CSOs' workbooks to merged views and logs that an auditor has verified."""

from __future__ import annotations

import stat
from itertools import pairwise
from pathlib import Path

import pytest
from story.conftest import Played

from exchange.demo.cast import CAST, RECIPIENTS, SENDERS
from exchange.demo.running import MARK, run
from exchange.demo.scenario import SEED
from exchange.errors import WorkspaceError


def test_nothing_leaves_while_one_signature_is_missing(played: Played) -> None:
    refused = played.ending.told.refused
    assert len(refused) == len(SENDERS)
    assert all(error.codes == ("agreement.unsigned",) for error in refused)


def test_every_bundle_is_delivered_and_acknowledged(played: Played) -> None:
    sealed = [packed.sealed for packed in played.ending.told.packed]
    assert len(sealed) == 18
    assert {played.ending.states[each.ciphertext_sha256] for each in sealed} == {"acknowledged"}


def test_nothing_that_came_is_left_unopened(played: Played) -> None:
    taken = [each for _party, received in played.ending.told.received for each in received.taken]
    assert {each.outcome for each in taken} == {"accepted", "heeded"}
    assert not [problem for _party, received in played.ending.told.received for problem in received.problems]


def test_every_gated_release_with_rows_reaches_k(played: Played) -> None:
    gated = [p for p in played.ending.told.packed if p.prepared.permit.tier.treated_as == "pseudonymised"]
    assert len(gated) == 7
    for packed in gated:
        account = packed.prepared.protected.account
        assert account.rows_out == 0 or (account.k_reached or 0) >= 5


def test_the_empty_month_is_sent_and_looks_like_one_that_is_too_small(played: Played) -> None:
    nil = [
        p
        for p in played.ending.told.packed
        if p.sealed.envelope.sender == "jkm" and not p.prepared.consented.considered
    ]
    assert {p.sealed.envelope.recipient for p in nil} == {"gt-ntt", "io-id"}
    sizes = {p.sealed.size for p in played.ending.told.packed}
    assert {p.sealed.size for p in nil} <= sizes
    assert len(sizes) <= 2


def test_the_correction_takes_the_place_of_what_it_corrects(played: Played) -> None:
    corrected = [p for p in played.ending.told.packed if p.sealed.envelope.replaces]
    first = {p.sealed.envelope.id: p for p in played.ending.told.packed}
    assert {p.sealed.envelope.recipient for p in corrected} == {each.id for each in RECIPIENTS}
    for packed in corrected:
        before = first[packed.sealed.envelope.replaces or ""]
        assert before.sealed.envelope.period == packed.sealed.envelope.period
        assert before.sealed.envelope.recipient == packed.sealed.envelope.recipient


def test_numbers_rise_by_one_and_each_envelope_names_the_one_before(played: Played) -> None:
    series: dict[tuple[str, str], list[object]] = {}
    for packed in played.ending.told.packed:
        series.setdefault((packed.sealed.envelope.sender, packed.sealed.envelope.recipient), []).append(packed.sealed)
    for sealed in series.values():
        for earlier, later in pairwise(sealed):
            assert later.envelope.sequence == earlier.envelope.sequence + 1  # type: ignore[attr-defined]
            assert later.envelope.previous == earlier.envelope_digest  # type: ignore[attr-defined]


def test_each_person_counts_about_once(played: Played) -> None:
    for _party, counts, truth in played.ending.merged:
        assert counts.reports == truth.reports
        assert truth.people <= counts.people <= truth.people * 1.05


def test_the_auditor_finds_every_log_whole_and_every_delivery_received(played: Played) -> None:
    verdict = played.ending.verdict
    assert verdict.ok
    assert all(log.ok for log in verdict.logs)
    assert len(verdict.logs) == 6
    assert len(verdict.matches) == 18
    assert all(match.complete for match in verdict.matches)


def test_every_workspace_is_private(played: Played) -> None:
    for organisation in CAST:
        assert stat.S_IMODE((played.folder / organisation.id).stat().st_mode) == 0o700
        for path in (played.folder / organisation.id).rglob("*"):
            mode = stat.S_IMODE(path.lstat().st_mode)
            # What lies in a drop box and in an evidence pack is for others to take; the workspace around is closed.
            for_others = {"dropbox", "packs"} & set(path.parts)
            assert for_others or not mode & 0o077, f"{path.relative_to(played.folder)} is {mode:o}"


def test_the_pages_named_at_the_end_are_there(played: Played) -> None:
    assert played.ending.pages
    for page in played.ending.pages:
        assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
        assert str(page) in played.said


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(WorkspaceError) as caught:
        run(tmp_path, seed=SEED, tell=print)
    assert caught.value.codes == ("demo.folder",)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_the_folder_is_marked_so_that_a_second_run_may_empty_it(played: Played) -> None:
    assert (played.folder / MARK).is_file()
