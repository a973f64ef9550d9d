"""A timestamp authority dates a log for people who believe neither the organisation nor its witnesses."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from audit.network import Network, Organisation, codes
from needs import library, needs
from timestamp_authority import StampAuthority, openssl, refused

from exchange.audit import reading, timestamps
from exchange.audit.checkpoint import Checkpoint, sign_checkpoint
from exchange.audit.findings import Finding
from exchange.audit.log import Log
from exchange.audit.timestamps import accept_stamp, request_stamp
from exchange.audit.verify import Verdict, verify
from exchange.crypto.timestamp import Authorities, Timestamp, query
from exchange.errors import ExchangeError

library("rfc3161_client")
pytestmark = needs("openssl")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> StampAuthority:
    return StampAuthority.founded(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def believed(authority: StampAuthority) -> Authorities:
    return Authorities.of(authority.root.pem)


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """The authority's clock is the machine's, and so the network lives today."""
    network = Network(tmp_path)
    network.now = datetime.now(UTC).replace(microsecond=0)
    return network


def asked(party: Organisation) -> bytes:
    with party.log() as log:
        _size, asked = request_stamp(log, party.key, party.network.now)
        return asked.data


def accepted(party: Organisation, answer: bytes, believed: Authorities) -> int:
    with party.log() as log:
        return accept_stamp(log, party.key.verify_key, answer, believed, party.network.now).size


def kept(party: Organisation, answer: bytes) -> None:
    """As a program keeps it that does not look."""
    with party.log() as log, log.turn():
        log.keep_stamp(f"{Timestamp.read(answer).nonce:x}", answer)


def stamped(party: Organisation, authority: StampAuthority) -> int:
    return accepted(party, authority.answers(asked(party)), Authorities.of(authority.root.pem))


def judged(network: Network, pack: Path, believed: Authorities | None) -> Verdict:
    keys = {each.origin: each.key.verify_key for each in network.members.values()}
    return verify([pack], keys=keys, authorities=believed)


def about_stamps(verdict: Verdict) -> list[Finding]:
    return [each for each in verdict.findings if "stamp" in each.code or each.code == "audit.back_dated"]


def dated(party: Organisation, after: timedelta) -> int:
    """An entry that claims to be of another day than the one on which it is written."""
    with party.log() as log:
        entry = party.entry("store.merged")
        return log.append(entry.model_copy(update={"time": entry.time + after}))[0]


# --- asking and taking ---


def test_what_was_stamped_goes_along_in_the_pack_and_counts(
    network: Network, authority: StampAuthority, believed: Authorities
) -> None:
    yks = network["yks"]
    network.send("yks", "gt-ntt", "bundle-00")
    before = datetime.now(UTC) - timedelta(seconds=5)
    assert stamped(yks, authority) == 64
    network.send("yks", "gt-ntt", "bundle-01")
    assert stamped(yks, authority) == 128
    yks.write("store.merged")
    verdict = judged(network, yks.pack(), believed)
    [log] = verdict.logs
    assert [(each.size, each.by) for each in log.stamps] == [(64, "CN=Stempel Contoh"), (128, "CN=Stempel Contoh")]
    assert all(before < each.time < before + timedelta(minutes=5) for each in log.stamps)
    assert (log.ok, about_stamps(verdict)) == (True, [])
    assert verdict.as_json()["logs"][0]["stamps"][0]["size"] == 64  # type: ignore[index,call-overload]


def test_cosignatures_that_come_later_take_nothing_from_a_stamp(
    network: Network, authority: StampAuthority, believed: Authorities
) -> None:
    yks = network["yks"]
    yks.write("store.merged")
    question = asked(yks)
    yks.show(network["gt-ntt"], back=True)
    assert accepted(yks, authority.answers(question), believed) == 64
    yks.show(network["peduli"], back=True)
    verdict = judged(network, yks.pack(), believed)
    assert ([each.size for each in verdict.logs[0].stamps], about_stamps(verdict)) == ([64], [])


def test_openssl_verifies_a_stamp_with_the_pack_alone(network: Network, authority: StampAuthority) -> None:
    """As LOG.md says: the first five lines of a checkpoint are what was stamped."""
    yks = network["yks"]
    yks.write("store.merged")
    stamped(yks, authority)
    yks.show(network["gt-ntt"], back=True)
    pack = yks.pack()
    [stamp] = (pack / "timestamps").iterdir()
    assert stamp.name == "64-1.tsr"
    note = pack.parent / "note"
    note.write_bytes(b"".join((pack / "checkpoint").read_bytes().splitlines(keepends=True)[:5]))
    assert "OK" in openssl("ts", "-verify", "-data", note, "-in", stamp, "-CAfile", authority.root.file)


def test_two_authorities_may_stamp_one_log(network: Network, authority: StampAuthority, tmp_path: Path) -> None:
    yks, second = network["yks"], StampAuthority.founded(tmp_path / "second", "Stempel Kedua")
    yks.write("store.merged")
    for each in (authority, second):
        stamped(yks, each)
    both = Authorities.of(authority.root.pem) | Authorities.of(second.root.pem)
    verdict = judged(network, yks.pack(), both)
    assert {each.by for each in verdict.logs[0].stamps} == {"CN=Stempel Contoh", "CN=Stempel Kedua"}
    one = judged(network, yks.pack("again.pack"), Authorities.of(second.root.pem))
    assert [each.by for each in one.logs[0].stamps] == ["CN=Stempel Kedua"]
    assert [(each.code, each.weight) for each in about_stamps(one)] == [("audit.timestamp_unknown", "look")]


def test_two_authorities_may_answer_one_question(network: Network, authority: StampAuthority, tmp_path: Path) -> None:
    yks, second = network["yks"], StampAuthority.founded(tmp_path / "second", "Stempel Kedua")
    yks.write("store.merged")
    question, both = asked(yks), Authorities.of(authority.root.pem) | Authorities.of(second.root.pem)
    for each in (authority, second, second):
        accepted(yks, each.answers(question), both)
    verdict = judged(network, yks.pack(), both)
    assert {each.by for each in verdict.logs[0].stamps} == {"CN=Stempel Contoh", "CN=Stempel Kedua"}


def _of_another_question(_party: Organisation, network: Network, authority: StampAuthority) -> bytes:
    return authority.answers(asked(network["gt-ntt"]))


def _refused(_party: Organisation, _network: Network, _authority: StampAuthority) -> bytes:
    return refused()


def _with_another_nonce(party: Organisation, _network: Network, authority: StampAuthority) -> bytes:
    question = asked(party)
    return authority.answers(question[:-5] + bytes([question[-5] ^ 1]) + question[-4:])


def _of_another_message(party: Organisation, _network: Network, authority: StampAuthority) -> bytes:
    question = bytearray(asked(party))
    question[question.index(b"\x04\x20") + 5] ^= 1
    return authority.answers(bytes(question))


def _without_nonce(party: Organisation, network: Network, authority: StampAuthority) -> bytes:
    message = network.folder / "message"
    message.write_bytes(b"anything")
    openssl("ts", "-query", "-data", message, "-sha256", "-no_nonce", "-cert", "-out", network.folder / "q.tsq")
    return authority.answers((network.folder / "q.tsq").read_bytes())


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (_of_another_question, "audit.timestamp_unasked"),
        (_refused, "timestamp.refused"),
        (_with_another_nonce, "audit.timestamp_unasked"),
        (_of_another_message, "timestamp.other_message"),
        (_without_nonce, "audit.timestamp_unasked"),
        (lambda *_all: b"\x30\x03rubbish", "timestamp.malformed"),
        (lambda *_all: bytes(10_000_000), "timestamp.malformed"),
    ],
)
def test_what_we_did_not_ask_is_not_kept(
    network: Network,
    authority: StampAuthority,
    believed: Authorities,
    answer: Callable[[Organisation, Network, StampAuthority], bytes],
    code: str,
) -> None:
    yks = network["yks"]
    yks.write("store.merged")
    asked(yks)
    content = answer(yks, network, authority)
    with pytest.raises(ExchangeError) as caught:
        accepted(yks, content, believed)
    assert caught.value.codes == (code,)
    with yks.log() as log:
        assert log.stamps() == []


def test_an_authority_that_is_not_believed_is_not_kept(
    network: Network, authority: StampAuthority, tmp_path: Path
) -> None:
    yks, other = network["yks"], StampAuthority.founded(tmp_path / "other")
    yks.write("store.merged")
    with pytest.raises(ExchangeError) as caught:
        accepted(yks, authority.answers(asked(yks)), Authorities.of(other.root.pem))
    assert caught.value.codes == ("timestamp.authority_unknown",)
    with yks.log() as log:
        assert log.stamps() == []


@pytest.mark.parametrize(
    ("days", "code"), [(-10, "audit.timestamp_early"), (2, "audit.timestamp_ahead"), (4000, "audit.timestamp_ahead")]
)
def test_a_stamp_by_a_clock_that_is_wrong_is_not_kept_and_the_log_stays_in_order(
    network: Network, authority: StampAuthority, believed: Authorities, days: int, code: str
) -> None:
    """A believed authority, or one of its keys, lies: kept, every later pack would accuse the one that kept it."""
    yks = network["yks"]
    yks.write("store.merged")
    lie = authority.signs(authority.answers(asked(yks)), at=network.now + days * DAY)
    with pytest.raises(ExchangeError) as caught:
        accepted(yks, lie, believed)
    [problem] = caught.value.problems
    assert (problem.code, "the date of this computer; if it is right" in problem.hint) == (code, True)
    network.now += DAY
    yks.write("store.merged")
    verdict = judged(network, yks.pack(), believed)
    assert (verdict.ok, about_stamps(verdict), verdict.logs[0].stamps) == (True, [], ())


def test_whose_own_clock_was_ahead_is_told_so_before_the_stamp_accuses_anybody(
    network: Network, authority: StampAuthority, believed: Authorities
) -> None:
    """Not the last entry counts but the newest."""
    yks = network["yks"]
    dated(yks, 30 * DAY)
    yks.write("store.merged")
    answer = authority.answers(asked(yks))
    with pytest.raises(ExchangeError) as caught:
        accepted(yks, answer, believed)
    [problem] = caught.value.problems
    assert (problem.code, "it was ahead when that was written" in problem.hint) == ("audit.timestamp_early", True)
    kept(yks, answer)
    network.now += 31 * DAY
    assert "audit.timestamp_contradicts" in codes(judged(network, yks.pack(), believed))


@pytest.mark.parametrize("hours", [-23, 23])
def test_a_clock_that_is_hours_off_keeps_no_stamp_away(
    network: Network, authority: StampAuthority, believed: Authorities, hours: int
) -> None:
    yks = network["yks"]
    yks.write("store.merged")
    answer = authority.signs(authority.answers(asked(yks)), at=network.now + timedelta(hours=hours))
    assert accepted(yks, answer, believed) == 64


def test_the_size_of_what_is_stamped_tells_no_caseload(
    network: Network, authority: StampAuthority, believed: Authorities
) -> None:
    """Packs with a scope show sizes of stamps to people who may not see every entry."""
    quiet, busy = network["yks"], network["gt-ntt"]
    sizes = []
    for party, many in ((quiet, 0), (busy, 40)):
        found = []
        for _each in range(3):
            for _entry in range(many):
                party.write("store.merged")
            found.append(stamped(party, authority))
        sizes.append(found)
    assert sizes[0] == sizes[1] == [64, 128, 192]
    verdict = judged(network, busy.pack(), believed)
    assert ([each.size for each in verdict.logs[0].stamps], verdict.logs[0].ok) == ([64, 128, 192], True)


def test_a_log_of_an_earlier_version_can_be_stamped(network: Network, authority: StampAuthority) -> None:
    yks = network["yks"]
    yks.write("store.merged")
    with sqlite3.connect(yks.path) as file:
        file.execute("DROP TABLE stamp")
    assert stamped(yks, authority) == 64


# --- what an auditor finds ---


def test_without_a_root_nothing_is_judged_and_nobody_needs_the_extra(
    network: Network, authority: StampAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    yks = network["yks"]
    yks.write("store.merged")
    stamped(yks, authority)
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    verdict = judged(network, yks.pack(), None)
    assert [(each.code, each.weight) for each in about_stamps(verdict)] == [("audit.timestamp_unknown", "look")]
    assert (verdict.logs[0].ok, verdict.logs[0].stamps) == (True, ())


def test_a_log_made_anew_with_its_witnesses_contradicts_the_stamp_of_the_old_one(
    network: Network, authority: StampAuthority, believed: Authorities, tmp_path: Path
) -> None:
    """Everybody is in it: the whole log is written anew and cosigned, with the dates of then. The old stamp is of none
    of its heads, and a new one comes too late for its dates."""
    yks, witness = network["yks"], network["gt-ntt"]
    yks.write("store.merged")
    old = authority.answers(asked(yks))
    yks.path.unlink()
    Log.create(yks.path, yks.origin).close()
    network.now -= 200 * DAY
    for _each in range(3):
        yks.write("store.merged")
    yks.show(witness, back=True)
    pack = yks.pack()
    assert about_stamps(judged(network, pack, believed)) == []
    (pack / "timestamps").mkdir()
    (pack / "timestamps" / "64-1.tsr").write_bytes(old)
    [found] = about_stamps(judged(network, pack, believed))
    assert (found.code, found.weight) == ("audit.timestamp_wrong", "wrong")
    kept(yks, authority.answers(asked(yks)))
    [found] = about_stamps(judged(network, yks.pack("anew.pack"), believed))
    assert (found.code, found.weight, found.entry) == ("audit.timestamp_late", "look", 63)


def test_entries_dated_after_their_stamp_contradict_it(
    network: Network, authority: StampAuthority, believed: Authorities
) -> None:
    yks = network["yks"]
    yks.write("store.merged")
    first = dated(yks, 3 * DAY)
    dated(yks, 4 * DAY)
    kept(yks, authority.answers(asked(yks)))
    dated(yks, 5 * DAY)
    network.now += 5 * DAY
    verdict = judged(network, yks.pack(), believed)
    [found] = about_stamps(verdict)
    assert (found.code, found.weight) == ("audit.timestamp_contradicts", "wrong")
    assert (found.entry, found.last, verdict.ok) == (first, first + 1, False)
    assert "CN=Stempel Contoh" in found.what


def test_a_clock_that_is_hours_off_contradicts_no_stamp(
    network: Network, authority: StampAuthority, believed: Authorities
) -> None:
    yks = network["yks"]
    dated(yks, timedelta(hours=14))
    stamped(yks, authority)
    network.now += DAY
    assert about_stamps(judged(network, yks.pack(), believed)) == []


def test_what_is_put_behind_a_stamp_and_dated_long_before_it_is_looked_at(
    network: Network, authority: StampAuthority, believed: Authorities
) -> None:
    yks = network["yks"]
    yks.write("store.merged")
    stamped(yks, authority)
    at = dated(yks, -40 * DAY)
    found = [each for each in judged(network, yks.pack(), believed).findings if each.code == "audit.back_dated"]
    assert [(each.entry, each.weight) for each in found] == [(at, "look")]
    assert "CN=Stempel Contoh" in found[0].what


@pytest.mark.parametrize("days", [20, 22])
def test_a_stamp_says_little_of_what_is_long_older(
    network: Network, authority: StampAuthority, believed: Authorities, days: int
) -> None:
    yks = network["yks"]
    network.now -= days * DAY
    yks.write("store.merged")
    question = asked(yks)
    network.now += days * DAY
    accepted(yks, authority.answers(question), believed)
    late = [each.code for each in about_stamps(judged(network, yks.pack(), believed))]
    assert late == (["audit.timestamp_late"] if days > 21 else [])


def test_a_second_stamp_of_one_head_is_not_late(
    network: Network, authority: StampAuthority, believed: Authorities
) -> None:
    """The earliest of one head counts."""
    yks = network["yks"]
    network.now -= 60 * DAY
    yks.write("store.merged")
    question = asked(yks)
    network.now += DAY
    early = authority.signs(authority.answers(question), at=network.now)
    assert accepted(yks, early, believed) == 64
    network.now += 59 * DAY
    yks.write("store.merged")
    pack = yks.pack()
    (pack / "timestamps" / "64-2.tsr").write_bytes(authority.answers(question))
    verdict = judged(network, pack, believed)
    assert (len(verdict.logs[0].stamps), about_stamps(verdict)) == (2, [])


def _truncated(stamp: bytes) -> bytes:
    return stamp[:-1]


def _changed(stamp: bytes) -> bytes:
    return stamp[:-1] + bytes([stamp[-1] ^ 1])


@pytest.mark.parametrize(
    "damage", [_truncated, _changed, lambda _s: b"", lambda _s: b"\x30" * 10_000_000, lambda _s: refused()]
)
def test_a_stamp_that_is_not_genuine_is_wrong_and_the_rest_is_read(
    network: Network, authority: StampAuthority, believed: Authorities, damage: Callable[[bytes], bytes]
) -> None:
    yks = network["yks"]
    yks.write("store.merged")
    stamped(yks, authority)
    yks.write("store.merged")
    stamped(yks, authority)
    pack = yks.pack()
    first = pack / "timestamps" / "64-1.tsr"
    first.write_bytes(damage(first.read_bytes()))
    verdict = judged(network, pack, believed)
    [found] = about_stamps(verdict)
    assert (found.code, found.weight, "64-1.tsr" in found.what) == ("audit.timestamp_wrong", "wrong", True)
    assert [each.size for each in verdict.logs[0].stamps] == [128]


def test_a_stamp_that_lies_there_often_is_told_once(
    network: Network, authority: StampAuthority, believed: Authorities
) -> None:
    yks = network["yks"]
    yks.write("store.merged")
    stamped(yks, authority)
    pack = yks.pack()
    for number in range(2, 9):
        shutil.copy(pack / "timestamps" / "64-1.tsr", pack / "timestamps" / f"64-{number}.tsr")
    assert len(judged(network, pack, believed).logs[0].stamps) == 1


def test_more_than_anybody_stamps_is_not_read(
    network: Network, believed: Authorities, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_MAX_DOCUMENT", 10_000)
    yks = network["yks"]
    yks.write("store.merged")
    pack = yks.pack()
    (pack / "timestamps").mkdir()
    for number in range(30):
        (pack / "timestamps" / f"64-{number}.tsr").write_bytes(bytes([number]) * 1000)
    verdict = judged(network, pack, believed)
    assert "audit.pack_damaged" in codes(verdict)
    assert len(about_stamps(verdict)) == 10


def test_a_stamp_of_another_log_is_wrong(network: Network, authority: StampAuthority, believed: Authorities) -> None:
    yks, other = network["yks"], network["gt-ntt"]
    for each in (yks, other):
        each.write("store.merged")
        stamped(each, authority)
    pack, strange = yks.pack(), other.pack()
    shutil.copy(strange / "timestamps" / "64-1.tsr", pack / "timestamps" / "64-1.tsr")
    assert codes(judged(network, pack, believed))[0] == "audit.timestamp_wrong"


def test_a_stamp_of_a_head_that_does_not_fit_the_log_counts_for_nothing(
    network: Network, authority: StampAuthority, believed: Authorities
) -> None:
    yks = network["yks"]
    yks.write("store.merged")
    stamped(yks, authority)
    yks.write("store.merged")
    pack = yks.pack()
    for tile in (pack / "tile").rglob("*"):
        if tile.is_file() and "entries" not in tile.parts:
            tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    verdict = judged(network, pack, believed)
    assert "audit.history_rewritten" in codes(verdict)
    assert verdict.logs[0].stamps == ()


def test_a_stamp_on_another_history_of_the_party_dates_nothing(
    network: Network, authority: StampAuthority, believed: Authorities
) -> None:
    """Its key has signed two histories of one size, and only the other was stamped."""
    yks = network["yks"]
    yks.write("store.merged")
    stamped(yks, authority)
    pack = yks.pack()
    other = sign_checkpoint(Checkpoint(yks.origin, 64, b"\7" * 32), yks.key)
    (pack / "checkpoints").mkdir()
    (pack / "checkpoints" / "64x").write_bytes(other.data)
    (pack / "timestamps" / "64-2.tsr").write_bytes(authority.answers(query(other.data).data))
    (pack / "timestamps" / "64-1.tsr").unlink()
    for name in ("checkpoint", "checkpoints/64x"):  # whichever is read first
        verdict = judged(network, pack, believed)
        assert ("audit.history_rewritten" in codes(verdict), verdict.logs[0].stamps) == (True, ()), name
        first, second = (pack / each for each in ("checkpoint", "checkpoints/64x"))
        one, two = first.read_bytes(), second.read_bytes()
        first.write_bytes(two)
        second.write_bytes(one)


def test_the_same_answer_is_judged_once(network: Network, authority: StampAuthority, tmp_path: Path) -> None:
    yks, other = network["yks"], StampAuthority.founded(tmp_path / "other", "Lain")
    yks.write("store.merged")
    stamped(yks, authority)
    pack = yks.pack()
    for number in range(2, 40):
        shutil.copy(pack / "timestamps" / "64-1.tsr", pack / "timestamps" / f"64-{number}.tsr")
    found = about_stamps(judged(network, pack, Authorities.of(other.root.pem)))
    assert [(each.code, "64-1.tsr" in each.what) for each in found] == [("audit.timestamp_unknown", True)]


def test_more_stamps_than_anybody_needs_are_not_judged(
    network: Network, authority: StampAuthority, believed: Authorities, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one checkpoint, and in all."""
    yks = network["yks"]
    yks.write("store.merged")
    question = asked(yks)
    accepted(yks, authority.answers(question), believed)
    pack = yks.pack()
    for number in range(13):
        stamp = authority.signs(authority.answers(question), at=network.now + timedelta(seconds=number))
        (pack / "timestamps" / f"64-{number + 10}.tsr").write_bytes(stamp)
    verdict = judged(network, pack, believed)
    [found] = about_stamps(verdict)
    assert (found.code, found.weight, found.what.startswith("4 ")) == ("audit.timestamp_unknown", "look", True)
    assert (len(verdict.logs[0].stamps), verdict.logs[0].ok) == (10, True)
    monkeypatch.setattr(timestamps, "_MOST_STAMPS", 3)
    verdict = judged(network, pack, believed)
    [found] = about_stamps(verdict)
    assert (found.code, found.what.startswith("11 "), len(verdict.logs[0].stamps)) == (
        "audit.timestamp_unknown",
        True,
        3,
    )
