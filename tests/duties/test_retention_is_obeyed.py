"""What may no longer be kept is destroyed for good, certified once, and believed only of whoever got it."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from agreements.example import agreement, changed
from hypothesis import given
from hypothesis import strategies as st
from simulator import AGREEMENT, RECIPIENTS, ROWS, SENDER, TABLES, Simulated, founded, quick_folder

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.reading import read_agreement
from exchange.agreements.state import Notice, end
from exchange.audit.entries import AgreementRef, Entry, Kind
from exchange.bundle.letters import Certificate
from exchange.demo.cast import NETWORK
from exchange.duties.clock import Clock, Facts
from exchange.duties.disposal import dispose, due
from exchange.duties.retention import CERTIFY, DESTROY, clocks, destroy_on, months_later
from exchange.errors import KeyringError, MergeError, UsageError
from exchange.keyring.card import issue_card
from exchange.keyring.identity import rotate
from exchange.merge.export import export
from exchange.merge.merging import named
from exchange.merge.store import Store
from exchange.merging import merge_received, open_store
from exchange.office import Office
from exchange.posting import post_letter

RECEIVED = dt.datetime(2026, 10, 31, 17, tzinfo=dt.UTC)  # in Makassar the first of November
BUNDLE = "b" * 32
LATER = dt.datetime(2029, 11, 6, 1, tzinfo=dt.UTC)  # io-id keeps for 36 months, gt-ntt for 24


def ends_with_the_agreement() -> Agreement:
    return read_agreement(
        changed(
            (
                "keep_months: 24, from: receipt, then: destroy, survives_end: true",
                "keep_months: 24, from: receipt, then: destroy, survives_end: false",
            )
        ),
        "dsa.yaml",
    )  # a clause as it stands


# --- which day ---


def test_months_run_where_the_agreement_lives() -> None:
    far = dt.date.max
    assert destroy_on(agreement(), "gt-ntt", RECEIVED, far) == dt.date(2028, 11, 1)
    assert destroy_on(agreement(), "io-id", RECEIVED, far) == dt.date(2029, 11, 1)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2100, 1, 1)), st.integers(1, 600))
def test_months_are_those_of_the_calendar(day: dt.date, months: int) -> None:
    later = months_later(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + dt.timedelta(days=1)).day == 1)


def test_where_retention_ends_with_the_agreement_all_is_due_at_its_end() -> None:
    one = ends_with_the_agreement()
    at_end = one.term.expires + dt.timedelta(days=1)
    assert destroy_on(one, "gt-ntt", RECEIVED, end(one)) == at_end
    assert destroy_on(agreement(), "gt-ntt", RECEIVED, end(agreement())) == dt.date(2028, 11, 1)
    given_up = Notice("termination", Reference.to(one), "yks", dt.date(2026, 12, 1))
    assert end(one, (given_up,)) == dt.date(2026, 12, 1) + dt.timedelta(days=one.term.termination.notice_days)
    at_once = Notice("termination", Reference.to(one), "yks", dt.date(2026, 12, 1), "breach_unreported")
    assert destroy_on(one, "gt-ntt", RECEIVED, end(one, (at_once,))) == dt.date(2026, 12, 1)
    came_later = dt.datetime(2027, 1, 5, tzinfo=dt.UTC)
    assert destroy_on(one, "gt-ntt", came_later, end(one, (at_once,))) == dt.date(2027, 1, 5)


# --- clocks ---


def entry(kind: Kind, party: str, counterpart: str, time: dt.datetime, document: Agreement | None = None) -> Entry:
    reference = Reference.to(document or agreement())
    needs = {"ciphertext": "sha256:" + "c" * 64, "receipt": "sha256:" + "d" * 64}
    return Entry(
        time=time, kind=kind, party=party, counterpart=counterpart, bundle=BUNDLE,
        agreement=AgreementRef(**reference.model_dump()), **needs,
    )  # fmt: skip


def read(party: str, *entries: Entry, document: Agreement | None = None) -> dict[str, Clock]:
    facts = Facts(document or agreement(), party, RECEIVED, entries)
    return {each.code: each for each in clocks(facts)}


def test_a_recipient_has_a_day_for_destroying_and_one_for_certifying() -> None:
    came = entry("bundle.accepted", "gt-ntt", "yks", RECEIVED)
    running = read("gt-ntt", came)
    assert running[DESTROY].ends == dt.datetime(2028, 11, 1, 15, 59, 59, tzinfo=dt.UTC)
    assert running[CERTIFY].ends == running[DESTROY].ends + dt.timedelta(days=14)
    assert running[DESTROY].state(running[DESTROY].ends) == "running"
    assert running[DESTROY].state(running[DESTROY].ends + dt.timedelta(seconds=1)) == "overdue"
    done = running[DESTROY].ends - dt.timedelta(days=1)
    stopped = read(
        "gt-ntt",
        came,
        entry("disposal.done", "gt-ntt", "yks", done),
        entry("disposal.certified", "gt-ntt", "yks", done),
    )
    assert {each.state(LATER) for each in stopped.values()} == {"met"}


def test_a_sender_waits_for_the_certificate_of_what_was_acknowledged() -> None:
    arrived = entry("bundle.acknowledged", "yks", "gt-ntt", RECEIVED)
    (waiting,) = read("yks", arrived).values()
    assert (waiting.code, waiting.party, waiting.about) == (CERTIFY, "gt-ntt", BUNDLE)
    late = waiting.ends + dt.timedelta(days=1)
    (stopped,) = read("yks", arrived, entry("disposal.certified", "yks", "gt-ntt", late)).values()
    assert (waiting.state(late), stopped.state(late)) == ("overdue", "missed")


def test_a_termination_in_the_log_moves_the_clock_where_retention_ends_with_the_agreement() -> None:
    one = ends_with_the_agreement()
    came = entry("bundle.accepted", "gt-ntt", "yks", RECEIVED, one)
    over = entry("agreement.ended", "gt-ntt", "yks", dt.datetime(2026, 12, 1, tzinfo=dt.UTC), one)
    ended = over.model_copy(update={"codes": ("risk_to_survivor",)})
    assert read("gt-ntt", came, ended, document=one)[DESTROY].ends.date() == dt.date(2026, 12, 1)
    assert read("gt-ntt", came, document=one)[DESTROY].ends.date() == one.term.expires + dt.timedelta(days=1)


# --- the deed ---


@pytest.fixture(scope="module")
def acknowledged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with quick_folder(tmp_path_factory.mktemp("retention")) as folder:
        network = founded(folder / "network", rows=12)
        network.pack()
        network.round()
        yield network


@pytest.fixture
def network(acknowledged: Simulated) -> Iterator[Simulated]:
    copy = acknowledged.copied(acknowledged.folder.parent / "copy")
    yield copy
    shutil.rmtree(copy.folder)


def contents(folder: Path) -> bytes:
    return b"\0".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def cards_renewed(network: Simulated) -> None:
    """Everybody has a new card of everybody, three years on."""
    for party, (workspace, identity) in [*network.network.members.items()]:
        newer = rotate(identity, network.now.date())
        workspace.own.save_card(issue_card(newer, network.now.date(), previous=workspace.own.card()))
        network.network.members[party] = (workspace, newer)  # type: ignore[index]  # a dict; nobody else changes it
    for workspace, _identity in network.network.members.values():
        for other, _other in network.network.members.values():
            if other.party != workspace.party:
                workspace.cards.add(other.own.card(), network.now.date())


def test_nothing_is_due_before_its_day(network: Simulated) -> None:
    assert due(network.office(ROWS)) == ()
    assert dispose(network.office(ROWS)) == ()
    assert network.segments(ROWS)
    network.now = LATER - dt.timedelta(days=2)
    assert due(network.office(ROWS)) == ()


def test_on_its_day_data_and_key_are_gone_though_no_certificate_can_be_written(network: Simulated) -> None:
    workspace = network.office(ROWS).workspace
    merge_received(network.office(ROWS))
    with sqlite3.connect(workspace.store_folder / "store.sqlite") as table:
        locked = [row[0] for row in table.execute("SELECT locked FROM entry")]
    sealed = [file.read_bytes()[40:90] for file in (workspace.store_folder / "segments").iterdir()]
    assert all(each in contents(workspace.folder) for each in (*locked, *sealed))
    network.now = LATER
    (kept,) = due(network.office(ROWS))
    with pytest.raises(KeyringError) as refused:  # of the sender we have a card that has expired
        dispose(network.office(ROWS))
    assert refused.value.codes == ("card.expired",)
    after = contents(workspace.folder)
    assert not [each for each in (*locked, *sealed) if each in after]
    assert not network.segments(ROWS)
    assert [each.bundle for each in network.entries(ROWS, "disposal.done")] == [kept.bundle]
    assert not network.entries(ROWS, "disposal.certified")

    cards_renewed(network)
    (disposed,) = dispose(network.office(ROWS))
    assert [each.bundle for each in disposed.bundles] == [kept.bundle]
    assert disposed.reports == kept.reports != 0
    network.round()
    (certified,) = network.entries(SENDER, "disposal.certified")
    assert (certified.bundle, certified.counterpart) == (kept.bundle, ROWS)


def opened(office: Office, folder: Path) -> tuple[str, ...]:
    """With our identity as it is now: the codes of the refusal, or nothing where the store in a folder opens."""
    try:
        with Store.open(folder, office.identity.key_for("store")) as store:
            assert store.segments()
    except MergeError as refused:
        return refused.codes
    return ()


def test_an_old_copy_of_the_store_opens_with_nothing_that_is_left(network: Simulated) -> None:
    """A thief who copied the store's folder before, and has our identity, its passphrase and all that is here now."""
    office = network.office(ROWS)
    workspace, copy = office.workspace, network.folder / "thief" / "store"
    merge_received(office)
    shutil.copytree(workspace.store_folder, copy)
    shutil.copy(workspace.store_folder.with_name("store.key"), copy.with_name("store.key"))
    assert opened(office, copy) == ()  # for as long as nothing was destroyed the copy is as good as the store
    dispose(office, AGREEMENT, all_now=True)
    shutil.copy(workspace.store_folder.with_name("store.key"), copy.with_name("store.key"))
    assert opened(office, copy) == ("store.wrong_key",)
    copy.with_name("store.key").unlink()
    assert opened(office, copy) == ("store.no_key",)


def test_whoever_copied_the_key_file_too_and_has_the_identity_opens_the_copy(network: Simulated) -> None:
    """No program prevents it; SECURITY.md says so, and who destroys must think of backups."""
    office = network.office(ROWS)
    copy = network.folder / "backup" / "store"
    shutil.copytree(office.workspace.store_folder, copy)
    shutil.copy(office.workspace.store_folder.with_name("store.key"), copy.with_name("store.key"))
    dispose(office, AGREEMENT, all_now=True)
    assert opened(office, copy) == ()
    assert opened(network.office(TABLES), copy) == ("store.wrong_key",)


def test_disposing_twice_is_disposing_once(network: Simulated) -> None:
    (first,) = dispose(network.office(ROWS), AGREEMENT, all_now=True)
    with open_store(network.office(ROWS)) as store:
        generation = store.generation
    with network.office(ROWS).workspace.logs.open(NETWORK) as log:
        size = log.size
    assert dispose(network.office(ROWS), AGREEMENT, all_now=True) == ()
    with open_store(network.office(ROWS)) as store:
        assert store.generation == generation
    with network.office(ROWS).workspace.logs.open(NETWORK) as log:
        assert log.size == size
    assert first.reports > 0


def test_no_replay_brings_it_back(network: Simulated) -> None:
    dispose(network.office(ROWS), AGREEMENT, all_now=True)
    for number, (party, _name, content) in enumerate(tuple(network.carrier.seen)):
        network.carrier.put(party, f"{number:032x}.age", content)
    taken = network.receive(ROWS).taken
    assert {each.outcome for each in taken} <= {"repeated", "heeded"}
    assert not network.segments(ROWS)
    assert not network.entries(ROWS, "bundle.refused")


def test_a_bundle_that_is_gone_can_come_in_a_new_correction(network: Simulated) -> None:
    dispose(network.office(ROWS), AGREEMENT, all_now=True)
    network.pack(corrects=True)
    network.round()
    (segment,) = network.segments(ROWS)
    assert segment.metadata.replaces is not None
    (kept,) = due(network.office(ROWS), AGREEMENT, all_now=True)
    assert kept.bundle == segment.metadata.bundle


def test_what_a_correction_replaced_is_certified_with_it(network: Simulated) -> None:
    network.pack(corrects=True)
    network.round()
    (disposed,) = dispose(network.office(ROWS), AGREEMENT, all_now=True)
    assert len(disposed.bundles) == 2
    network.round()
    assert len(network.entries(SENDER, "disposal.certified")) == 2


def test_what_was_derived_goes_too(network: Simulated) -> None:
    office = network.office(ROWS)
    merged = merge_received(office)
    export(merged, office.workspace.exports / "september", ["csv", "xlsx"])
    (office.workspace.exports / "a-card.json").write_text("{}")
    office.note(NETWORK, office.entry("store.exported", person="case.data.officer"))
    with open_store(office) as store:
        assert named(store).known.num_rows
    (disposed,) = dispose(office, AGREEMENT, all_now=True)
    assert (disposed.files, disposed.exported) == (5, 1)
    assert [file.name for file in office.workspace.exports.rglob("*") if file.is_file()] == ["a-card.json"]
    with open_store(office) as store:
        assert not named(store).known.num_rows


def test_only_a_recipient_disposes(network: Simulated) -> None:
    with pytest.raises(UsageError) as refused:
        dispose(network.office(SENDER), AGREEMENT, all_now=True)
    assert refused.value.codes == ("dispose.not_a_recipient",)


# --- certificates that are not what they say ---


def certificate(network: Simulated, party: str, *bundles: str) -> tuple[str, ...]:
    """A certificate from `party`; the codes with which the sender refuses it."""
    office = network.office(party)
    body = Certificate(kind="certificate", letter=None, bundles=bundles, erased=network.now, reports_erased=1)
    reference = Reference.to(office.workspace.agreements.newest(AGREEMENT).agreement)
    post_letter(office, SENDER, body, NETWORK, reference)
    network.deliver(party)
    return tuple(problem.code for each in network.receive(SENDER).taken for problem in each.problems)


def sent_to(network: Simulated, party: str) -> str:
    (release,) = network.office().workspace.releases.current(AGREEMENT, party)
    return release.bundle


def test_nobody_certifies_for_another(network: Simulated) -> None:
    ours, theirs = (sent_to(network, party) for party in RECIPIENTS)
    assert certificate(network, TABLES, ours, theirs) == ("letter.foreign_certificate",)
    assert not network.entries(SENDER, "disposal.certified")


def test_nobody_certifies_what_was_never_sent(network: Simulated) -> None:
    assert certificate(network, ROWS, sent_to(network, ROWS), "0" * 32) == ("letter.foreign_certificate",)
    assert not network.entries(SENDER, "disposal.certified")


def test_a_certificate_counts_once_however_often_it_is_written(network: Simulated) -> None:
    for _time in range(2):
        assert certificate(network, ROWS, sent_to(network, ROWS)) == ()
    (certified,) = network.entries(SENDER, "disposal.certified")
    assert certified.bundle == sent_to(network, ROWS)
