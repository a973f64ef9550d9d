"""A network's secret is renewed: what recipients hold is encoded anew, nothing is silently unmatched, the old secret
goes."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest
from agent.county import NOW, County, county, month, number
from agent.test_a_round_of_linking import store

from exchange.crypto.age import Passphrase
from exchange.kept_marks import held_marks
from exchange.matching.secret import NetworkSecret
from exchange.merge.merging import merge
from exchange.registers import case_key, keep_network_secret, secrets_of
from exchange.rotating import rotate


@pytest.fixture(scope="session")
def one_without_agent(tmp_path_factory: pytest.TempPathFactory) -> County:
    return county(tmp_path_factory.mktemp("tokens"), through_agent=False)


@pytest.fixture(scope="session")
def _two_with_tokens(one_without_agent: County, tmp_path_factory: pytest.TempPathFactory) -> County:
    made = one_without_agent.copied(tmp_path_factory.mktemp("sent") / "county")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange.keyring.locked_files.Passphrase", lambda text, _work=0: Passphrase(text, 10))
        for sender in ("yks", "rpk"):
            made.packs(sender)
        made.carry()
        made.carry()
    return made


@pytest.fixture
def tokens(_two_with_tokens: County, tmp_path: Path) -> County:
    return _two_with_tokens.copied(tmp_path / "county")


def new_epoch(county: County, *senders: str, epoch: str = "2027", secret: bytes = b"2" * 32) -> None:
    for sender in senders:
        keep_network_secret(county.office(sender), NetworkSecret("ntt", epoch, secret), "yks")


def epochs(county: County) -> dict[str, str]:
    with store(county) as opened:
        return {
            each.metadata.sender.id: each.metadata.linking.epoch if each.metadata.linking else ""
            for each in opened.segments()
        }


def people(county: County, party: str = "io-id") -> tuple[int, int, tuple[str, ...]]:
    with store(county, party) as opened:
        merged = merge(opened)
    return merged.counts.people, merged.counts.apart, tuple(sorted(merged.people.column("person").to_pylist()))


def test_what_recipients_hold_is_encoded_anew_and_counts_as_before(tokens: County) -> None:
    before = people(tokens)
    new_epoch(tokens, "yks", "rpk")
    for sender in ("yks", "rpk"):
        tokens.desk(sender).does("network", "rotate")
    tokens.carry("yks", "rpk")
    assert epochs(tokens) == {"yks": "2027", "rpk": "2027"}
    assert people(tokens) == before  # the same people, under the same ids
    assert "nothing" in tokens.desk("yks").run("network", "rotate").err


def test_people_behind_row_keys_keep_their_ids_too(one_without_agent: County, tmp_path: Path) -> None:
    """There a report is known by its tokens alone, and all of them change."""
    made = one_without_agent.copied(tmp_path / "county")
    made.packs("yks", "gt-ntt")
    made.carry("yks")
    made.carry("gt-ntt")
    before = people(made, "gt-ntt")
    assert before[0] > 5
    new_epoch(made, "yks")
    made.desk("yks").does("network", "rotate")
    made.carry("yks")
    assert people(made, "gt-ntt") == before


def test_reports_of_an_epoch_that_is_over_are_said_to_be_apart(tokens: County) -> None:
    new_epoch(tokens, "yks")
    tokens.desk("yks").does("network", "rotate")
    tokens.carry("yks")
    with store(tokens) as opened:
        old = sum(each.row_count for each in opened.segments() if each.metadata.sender.id == "rpk")
    assert 0 < people(tokens)[1] <= old
    assert "cannot be compared" in tokens.desk("io-id").does("merge")


def test_a_bundle_of_an_epoch_that_is_over_is_refused_and_its_sender_told(tokens: County) -> None:
    new_epoch(tokens, "yks")
    tokens.desk("yks").does("network", "rotate")
    tokens.carry("yks")
    tokens.packs("jkm")  # which has not taken the new secret
    tokens.desk("jkm").does("deliver", "--to-folder", tokens.stick)
    said = tokens.desk("io-id").run("receive", "--from-folder", tokens.stick)
    assert said.codes == ["match.epoch_over"]
    assert "jkm" not in epochs(tokens)
    tokens.carry("io-id")
    refused = list(tokens.office("jkm").entries("ntt", "bundle.refused"))
    assert [each.codes for each in refused] == [("match.epoch_over",)]


def test_nothing_is_packed_under_a_new_epoch_before_the_old_is_encoded_anew(tokens: County) -> None:
    new_epoch(tokens, "yks")
    job = ("-a", number("yks"), "-p", "2026-09", "--to", "io-id", "--corrects", "--note", "-")
    pack = ("pack", tokens.folder / "yks.xlsx", *job)
    assert tokens.desk("yks").run(*pack, stdin="Koreksi.").codes == ["network.rotate_first"]
    tokens.desk("yks").does("network", "rotate")
    tokens.desk("yks").does(*pack, stdin="Koreksi.")


def test_a_bundle_on_its_way_is_waited_for(tokens: County) -> None:
    job = ("-a", number("yks"), "-p", "2026-09", "--to", "io-id", "--corrects", "--note", "-")
    tokens.desk("yks").does("pack", tokens.folder / "yks.xlsx", *job, stdin="Koreksi.")
    new_epoch(tokens, "yks")
    assert "[network.bundle_on_its_way]" in tokens.desk("yks").run("network", "rotate").err
    tokens.desk("yks").approves()
    tokens.carry("yks")
    tokens.carry("io-id")  # its receipt
    assert "bundle_on_its_way" not in tokens.desk("yks").run("network", "rotate").err
    tokens.carry("yks")
    assert epochs(tokens)["yks"] == "2027"


def test_of_a_person_who_withdrew_no_mark_is_kept(tokens: County) -> None:
    office = tokens.office("yks")
    agreement = office.workspace.agreements.newest(number("yks")).agreement
    (before,) = held_marks(office, agreement, "io-id")
    case = next(
        each.case_ref for each in month("yks") if case_key(office, agreement.id, "io-id", each.case_ref) in before.cases
    )
    file = office.workspace.registers.marks_file(before.release.bundle)
    size = len(office.load_register(file) or b"")
    tokens.desk("yks").does("withdraw", "-a", number("yks"), case)
    (after,) = held_marks(office, agreement, "io-id")
    assert len(after.row_keys) == len(before.row_keys) - 1
    assert len(office.load_register(file) or b"") < size  # it is not only left out: it is gone


def test_an_old_secret_goes_once_nothing_needs_it(tokens: County) -> None:
    new_epoch(tokens, "yks")
    desk = tokens.desk("yks")
    assert desk.run("network", "retire", "2027").codes == ["network.newest_epoch"]
    assert desk.run("network", "retire", "2026").codes == ["network.epoch_needed"]
    desk.does("network", "rotate")
    desk.does("network", "retire", "2026", "--dry-run")
    assert len(secrets_of(tokens.office("yks"), "ntt")) == 2
    desk.does("network", "retire", "2026")
    assert [each.epoch for each in secrets_of(tokens.office("yks"), "ntt")] == ["2027"]
    assert desk.run("network", "retire", "2026").codes == ["network.no_secret"]
    assert desk.run("network", "new", "--epoch", "2026").codes == ["network.epoch_over"]
    assert list(tokens.office("yks", NOW).entries("ntt", "secret.retired"))


def test_a_crash_before_the_memory_knows_tells_the_recipient_once_more(tokens: County) -> None:
    new_epoch(tokens, "yks")
    with mock.patch("exchange.rotating._remember", side_effect=OSError), pytest.raises(OSError):
        rotate(tokens.office("yks"), "ntt")
    job = ("-a", number("yks"), "-p", "2026-09", "--to", "io-id", "--corrects", "--note", "-")
    pack = ("pack", tokens.folder / "yks.xlsx", *job)
    assert tokens.desk("yks").run(*pack, stdin="Koreksi.").codes == ["network.rotate_first"]
    tokens.desk("yks").does("network", "rotate")
    tokens.carry("yks")
    assert epochs(tokens)["yks"] == "2027"
