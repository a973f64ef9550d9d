"""A pack of some agreements: as whole a log as ever, nothing of the others in it, nobody accused of what is hidden."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from audit.network import AGREEMENT, Network, Organisation, codes, digest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.audit.checkpoint import log_origin
from exchange.audit.entries import AgreementRef, Entry, Kind
from exchange.audit.heads import Heads
from exchange.audit.log import Log
from exchange.audit.pack import export, withheld_line
from exchange.audit.reading import read_pack
from exchange.audit.scope import Scope, common, sign_scope
from exchange.audit.verify import Verdict, verify
from exchange.crypto.canonical import digest_of_bytes
from exchange.crypto.signing import SigningKey

OTHER = AgreementRef(id="DSA-NTT-2026-009", version="1.0.0", digest="sha256:" + "b" * 64)
SCOPE = Scope(agreements=(AGREEMENT.id,), parties=("auditor", "gt-ntt", "yks"))
AT = datetime(2026, 10, 3, 7, tzinfo=UTC)


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """yks and gt-ntt share two agreements; something goes under each."""
    network = Network(tmp_path, ["yks", "gt-ntt"])
    network.send("yks", "gt-ntt", "bundle-00")
    network.send("yks", "gt-ntt", "bundle-01", under=OTHER, agreement=OTHER)
    network.send("yks", "gt-ntt", "bundle-02")
    for one, other in (("yks", "gt-ntt"), ("gt-ntt", "yks")):
        network[one].show(network[other], back=True)
    return network


def verified(network: Network, *packs: Path, agreements: Collection[str] = ()) -> Verdict:
    keys = {each.origin: each.key.verify_key for each in network.members.values()}
    return verify(packs, keys=keys, agreements=agreements)


def of_scope(network: Network, **scopes: Scope | None) -> Verdict:
    """Of each party the pack of this scope."""
    network.now += timedelta(days=30)
    return verified(network, *(network[party.replace("_", "-")].pack(scope=each) for party, each in scopes.items()))


def accused(verdict: Verdict) -> list[str]:
    return [each.code for each in verdict.findings if each.weight == "wrong"]


def contents(pack: Path) -> dict[str, bytes]:
    return {file.relative_to(pack).as_posix(): file.read_bytes() for file in pack.rglob("*") if file.is_file()}


# --- the rule ---


@pytest.mark.parametrize("kind", get_args(Kind))
def test_of_every_kind_what_is_about_another_agreement_stays_hidden(kind: Kind) -> None:
    def covered(**said: Any) -> bool:
        return SCOPE.covers(Entry.model_construct(time=AT, kind=kind, party="yks", **said))

    assert covered(agreement=AGREEMENT, counterpart="stranger")
    assert not covered(agreement=OTHER)
    assert not covered(agreement=OTHER, counterpart="gt-ntt", onward=AGREEMENT)
    assert not covered(onward=OTHER)
    assert not covered(counterpart="stranger")
    assert covered() == covered(counterpart="gt-ntt") == (kind != "log.padding")


def test_what_all_packs_tell_of() -> None:
    wide = Scope(agreements=(AGREEMENT.id, OTHER.id), parties=())
    assert common([None, None]) is None
    assert common([None, wide]) == {AGREEMENT.id, OTHER.id}
    assert common([wide, SCOPE]) == {AGREEMENT.id}


# --- the log is as whole as ever ---


def test_what_is_withheld_is_neither_missing_nor_erased(network: Network) -> None:
    verdict = of_scope(network, yks=SCOPE, gt_ntt=SCOPE)
    whole = verified(network, network["yks"].pack("whole"))
    assert not accused(verdict)
    assert [(each.ok, each.erased, each.withheld) for each in verdict.logs] == [(True, 0, 3), (True, 0, 2)]
    yks = verdict.logs[0]
    assert (yks.size, yks.root, yks.witnessed) == (whole.logs[0].size, whole.logs[0].root, whole.logs[0].witnessed)
    assert yks.witnessed == yks.size
    assert verdict.scopes == {"ntt": (AGREEMENT.id,)}
    assert [each.ciphertext for each in verdict.matches] == [digest("bundle-00"), digest("bundle-02")]
    assert json.loads(json.dumps(verdict.as_json()))["scopes"] == {"ntt": [AGREEMENT.id]}


entries = st.builds(
    dict,
    kind=st.sampled_from(["bundle.delivered", "bundle.queued", "store.read", "card.trusted", "log.padding"]),
    agreement=st.sampled_from([AGREEMENT, OTHER, None]),
    counterpart=st.sampled_from(["gt-ntt", "stranger", None]),
)


def told(number: int, said: dict[str, Any], mark: str) -> Entry:
    """An entry with marks of its own wherever there is room for them."""
    own = f"{mark}-{number:04}"
    return Entry.model_validate(
        {
            "time": AT + timedelta(seconds=number),
            "party": "yks",
            "person": f"somebody.{own}",
            "bundle": f"bundle-{own}",
            "ciphertext": digest(own),
            "key": "SHA256:" + hashlib.sha256(own.encode()).hexdigest()[:43],
            "until": date(2027, 1, 1),
            **{name: each for name, each in said.items() if each is not None},
            **needed(said, own),
        }
    )


def needed(said: dict[str, Any], own: str) -> dict[str, Any]:
    """What the kind cannot do without; nobody delivers under an agreement to who has no part in it."""
    if said["kind"] == "bundle.delivered" and said["agreement"] == AGREEMENT:
        return {"counterpart": "gt-ntt", "letter": f"letter-{own}"}
    if said["kind"] == "bundle.delivered" and said["agreement"] is None:
        return {"agreement": OTHER, "counterpart": said["counterpart"] or "gt-ntt"}
    lacks = said["kind"] in {"bundle.delivered", "bundle.queued", "card.trusted"} and said["counterpart"] is None
    return {"counterpart": "gt-ntt", "letter": f"letter-{own}"} if lacks else {"letter": f"letter-{own}"}


@given(said=st.lists(entries, min_size=1, max_size=12), erased=st.sets(st.integers(0, 11), max_size=2))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_entries_are_split_the_tree_is_the_same_and_nothing_of_the_others_is_in_the_pack(
    tmp_path_factory: pytest.TempPathFactory, said: list[dict[str, Any]], erased: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("split")
    origin, key, mark = log_origin("yks", "ntt"), SigningKey(bytes(range(32))), os.urandom(4).hex()
    with Log.create(folder / "log", origin) as log:
        log.append(*(told(number, each, mark) for number, each in enumerate(said)))
        openings = {record.number: record.opening for record in log.records()}
        for number in erased & openings.keys():
            log.erase(number, at=AT)
        Heads(log).checkpoint(key)
        for name, scope in (("whole", None), ("some", SCOPE)):
            export(log, key, folder / name, at=AT + timedelta(days=1), scope=scope)
    some, whole = (verify([folder / name], keys={origin: key.verify_key}) for name in ("some", "whole"))
    assert some.ok == whole.ok is True
    assert (some.logs[0].size, some.logs[0].root) == (whole.logs[0].size, whole.logs[0].root)
    assert some.logs[0].erased == whole.logs[0].erased
    hidden = [
        (number, each.entry, each.salt)
        for number, each in openings.items()
        if each is not None and number not in erased and not SCOPE.covers(each.entry)
    ]
    assert some.logs[0].withheld == len(hidden)
    everything = b"\0".join(contents(folder / "some").values())
    for number, entry, salt in hidden:
        assert salt.hex().encode() not in everything
        assert f"{mark}-{number:04}".encode() not in everything
        assert not any(each.encode() in everything for each in (entry.ciphertext or "", entry.key or ""))
    tiles = {name: each for name, each in contents(folder / "whole").items() if name.startswith(("tile/0", "check"))}
    assert tiles.items() <= contents(folder / "some").items()


def test_what_cannot_be_read_is_withheld(network: Network) -> None:
    yks = network["yks"]
    with yks.log() as log:
        first = next(log.records()).opening
    assert first is not None
    _put(yks, first.data.replace(b"bundle.packed", b"bundle.folded"))
    pack = yks.pack(scope=SCOPE)
    assert b"bundle.folded" not in b"".join(contents(pack).values())
    assert not accused(verified(network, pack))


def _put(organisation: Organisation, data: bytes) -> None:
    """A later version of the program has written into this log."""

    with organisation.log() as log, log.turn():
        log._write([SimpleNamespace(data=data)])  # type: ignore[list-item]


def test_an_old_pack_is_read(network: Network) -> None:
    pack = network["yks"].pack()
    first = json.loads((pack / "pack.json").read_text())
    assert "scope" not in first
    (pack / "pack.json").write_text(json.dumps(first | {"made_for": None}))
    assert not accused(verified(network, pack))


# --- nobody is accused of what is hidden ---


@pytest.mark.parametrize("whole", ["yks", "gt_ntt"])
def test_beside_a_whole_pack_one_of_some_agreements_accuses_nobody(network: Network, whole: str) -> None:
    network.now += timedelta(days=30)
    scopes = {"yks": SCOPE, "gt_ntt": SCOPE} | {whole: None}
    packs = [network[party.replace("_", "-")].pack(scope=each) for party, each in scopes.items()]
    verdict = verified(network, *packs)
    assert (accused(verdict), verdict.ok) == (["audit.scope_narrower"], False)
    narrower = verdict.findings[0]
    assert (OTHER.id in narrower.what, narrower.origin.startswith(whole.replace("_", "-"))) == (True, False)
    examined = verified(network, *packs, agreements=[AGREEMENT.id])
    assert not accused(examined)
    for each in (verdict, examined):
        assert len(each.matches) == 2
        assert {one.agreement for log in each.histories for one in log.entries.values()} == {AGREEMENT, None}


def test_a_pack_that_leaves_out_what_is_examined_is_wrong_and_blinds_nobody(network: Network) -> None:
    """Somebody's pack of an agreement that nobody has, put beside the others."""
    network.now += timedelta(days=30)
    network.send("yks", "gt-ntt", "bundle-03", lost=["bundle.delivered"])
    nothing = Scope(agreements=("DSA-NOTHING",), parties=())
    (network.folder / "ghosts").mkdir()
    third = Network(network.folder / "ghosts", ["ghost"])
    third["ghost"].write("bundle.queued", counterpart="stranger", ciphertext=digest("bundle-09"))
    packs = [network["yks"].pack(), network["gt-ntt"].pack(), third["ghost"].pack(scope=nothing)]
    blinded = verified(network, *packs)
    assert (accused(blinded), blinded.ok) == (["audit.scope_narrower"], False)
    seen = verified(network, *packs, agreements=[AGREEMENT.id])
    assert set(accused(seen)) >= {"audit.scope_narrower", "audit.received_not_delivered"}


def test_a_refusal_that_names_no_agreement_is_found_by_whom_it_names(network: Network) -> None:
    answers: list[Kind] = ["bundle.received", "bundle.opened", "bundle.accepted", "bundle.acknowledged"]
    network.send("yks", "gt-ntt", "bundle-03", lost=answers)
    network["gt-ntt"].write(
        "bundle.refused", counterpart="yks", ciphertext=digest("bundle-03"), codes=("seal.unknown",)
    )
    assert not accused(of_scope(network, yks=SCOPE, gt_ntt=SCOPE))


def test_who_does_not_show_what_names_the_other_side_is_not_accused_of_silence(network: Network) -> None:
    """It hides what names the sender alone, and its own entries show that it should not."""
    answers: list[Kind] = ["bundle.received", "bundle.opened", "bundle.accepted", "bundle.acknowledged"]
    network.send("yks", "gt-ntt", "bundle-03", lost=answers)
    network["gt-ntt"].write(
        "bundle.refused", counterpart="yks", ciphertext=digest("bundle-03"), codes=("seal.unknown",)
    )
    verdict = of_scope(network, yks=SCOPE, gt_ntt=Scope(agreements=SCOPE.agreements, parties=("gt-ntt",)))
    assert accused(verdict) == ["audit.scope_names_less"]
    assert ("yks" in verdict.findings[0].what, verdict.logs[1].ok) == (True, False)
    assert "audit.pack_absent" in codes(verdict)


def test_an_acknowledgement_that_names_no_agreement_may_be_of_any(network: Network) -> None:
    network.send("yks", "gt-ntt", "bundle-03", under=OTHER, agreement=OTHER, lost=["bundle.acknowledged"])
    receipt = digest("receipt of bundle-03")
    network["yks"].write("bundle.acknowledged", counterpart="gt-ntt", ciphertext=digest("bundle-03"), receipt=receipt)
    assert not accused(of_scope(network, yks=SCOPE, gt_ntt=SCOPE))


def test_whoever_shows_nothing_that_names_the_sender_is_not_accused_of_losing_its_letter(network: Network) -> None:
    lone = {"note": "breach_notice", "agreement": AGREEMENT, "letter": "letter-01"}
    network["yks"].write("letter.sent", counterpart="gt-ntt", ciphertext=digest("one"), **lone)
    unseen = Scope(agreements=SCOPE.agreements, parties=("gt-ntt",))
    assert accused(of_scope(network, yks=SCOPE, gt_ntt=unseen)) == ["audit.scope_names_less"]


def test_where_nothing_shows_that_the_scope_is_too_narrow_a_letter_is_to_be_looked_at(tmp_path: Path) -> None:
    network = Network(tmp_path, ["yks", "gt-ntt"])
    network["gt-ntt"].write("agreement.made", agreement=AGREEMENT)
    network["gt-ntt"].write("bundle.queued", counterpart="stranger", ciphertext=digest("bundle-09"))
    lone = {"note": "breach_notice", "agreement": AGREEMENT, "letter": "letter-01"}
    network["yks"].write("letter.sent", counterpart="gt-ntt", ciphertext=digest("one"), **lone)
    verdict = of_scope(network, yks=SCOPE, gt_ntt=Scope(agreements=SCOPE.agreements, parties=("gt-ntt",)))
    assert (accused(verdict), "audit.pack_absent" in codes(verdict)) == ([], True)


@pytest.mark.parametrize("about", [OTHER, None])
def test_a_letter_accuses_nobody_who_may_tell_of_it_under_another_agreement(
    network: Network, about: AgreementRef | None
) -> None:
    lone = {"note": "breach_notice", "agreement": about}
    network["yks"].write("letter.sent", counterpart="gt-ntt", ciphertext=digest("one"), letter="letter-01", **lone)
    network["yks"].write("letter.received", counterpart="gt-ntt", ciphertext=digest("two"), letter="letter-02", **lone)
    assert not accused(of_scope(network, yks=SCOPE, gt_ntt=SCOPE))


def test_a_letter_under_one_of_the_agreements_is_missed(network: Network) -> None:
    lone = {"note": "breach_notice", "agreement": AGREEMENT}
    network["yks"].write("letter.sent", counterpart="gt-ntt", ciphertext=digest("one"), letter="letter-01", **lone)
    network["yks"].write("letter.received", counterpart="gt-ntt", ciphertext=digest("two"), letter="letter-02", **lone)
    verdict = of_scope(network, yks=SCOPE, gt_ntt=SCOPE)
    assert sorted(accused(verdict)) == ["audit.letter_not_received", "audit.letter_not_sent"]
    assert all("under these agreements" in each.what for each in verdict.findings if each.weight == "wrong")


def test_a_log_that_goes_on_where_nobody_sees_has_not_ended(network: Network) -> None:
    network.now += timedelta(days=90)
    network["yks"].write("bundle.queued", counterpart="stranger", ciphertext=digest("bundle-09"))
    whole, some = network["yks"].pack("whole"), network["yks"].pack(scope=SCOPE)
    assert "audit.stale" not in codes(verified(network, whole)) + codes(verified(network, some))


def test_of_two_packs_of_one_log_the_one_that_shows_more_is_asked(network: Network) -> None:
    whole, some = network["yks"].pack("whole"), network["yks"].pack(scope=SCOPE)
    for packs in ((whole, some), (some, whole)):
        verdict = verified(network, *packs)
        assert (verdict.scopes, len(verdict.matches)) == ({}, 3)


# --- whoever cheats ---


def test_a_pack_that_withholds_without_a_scope_is_wrong(network: Network) -> None:
    pack = network["yks"].pack(scope=SCOPE)
    first = json.loads((pack / "pack.json").read_text())
    del first["scope"]
    (pack / "pack.json").write_text(json.dumps(first))
    verdict = verified(network, pack)
    assert (accused(verdict), verdict.logs[0].ok) == (["audit.entry_withheld"], False)
    [found] = [each for each in verdict.findings if each.weight == "wrong"]
    assert (found.entry, found.last) == (3, 5)


def signed_anew(organisation: Organisation, pack: Path) -> Path:
    """By its own party, who wants it so."""
    lines = digest_of_bytes((pack / "entries.jsonl").read_bytes())
    first = (pack / "pack.json").read_bytes()
    (pack / "scope").write_bytes(sign_scope(organisation.origin, first, lines, organisation.key))
    return pack


def hiding(organisation: Organisation, *numbers: int) -> Path:
    """A pack that withholds entries which lie in its scope."""
    pack = organisation.pack(scope=SCOPE)
    lines = (pack / "entries.jsonl").read_bytes().splitlines()
    tree = read_pack(pack, {}).tree
    for number in numbers:
        lines[number] = withheld_line(tree.node(0, number))
    (pack / "entries.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    return signed_anew(organisation, pack)


@pytest.mark.parametrize("signed", ["not at all", "by another", "as it was"])
def test_whoever_carries_a_pack_cannot_withhold_in_its_party_s_name(network: Network, signed: str) -> None:
    network.now += timedelta(days=30)
    yks, whole = network["yks"], network["yks"].pack("whole")
    cut = hiding(yks, 0, 1, 2)
    if signed == "not at all":
        (cut / "scope").unlink()
    elif signed == "by another":
        lines, first = digest_of_bytes((cut / "entries.jsonl").read_bytes()), (cut / "pack.json").read_bytes()
        (cut / "scope").write_bytes(sign_scope(yks.origin, first, lines, network["gt-ntt"].key))
    else:
        (cut / "scope").write_bytes((yks.pack("honest", scope=SCOPE) / "scope").read_bytes())
    verdict = verified(network, cut, network["gt-ntt"].pack(scope=SCOPE))
    assert (accused(verdict), verdict.logs[0].ok) == (["audit.scope_unsigned"], False)
    assert not verdict.matches
    assert not accused(verified(network, whole, network["gt-ntt"].pack("second")))


def test_what_one_pack_withholds_in_its_scope_and_another_shows_is_wrong(network: Network) -> None:
    older = network["yks"].pack("older")
    verdict = verified(network, older, hiding(network["yks"], 1))
    [found] = [each for each in verdict.findings if each.weight == "wrong"]
    assert (found.code, found.entry, "older" in found.what) == ("audit.entry_withheld", 1, True)
    assert not accused(verified(network, older, network["yks"].pack("honest", scope=SCOPE)))


def test_a_sending_that_is_hidden_in_the_scope_is_found_by_the_other_side(network: Network) -> None:
    network.now += timedelta(days=30)
    verdict = verified(network, hiding(network["yks"], 0, 1, 2), network["gt-ntt"].pack(scope=SCOPE))
    assert accused(verdict) == ["audit.received_not_delivered"]
    assert verdict.findings[0].what == "yks does not say under these agreements that this was sent"


def test_a_reception_that_is_hidden_in_the_scope_is_found_by_the_other_side(network: Network) -> None:
    network.now += timedelta(days=30)
    verdict = verified(network, network["yks"].pack(scope=SCOPE), hiding(network["gt-ntt"], 0, 1, 2))
    assert accused(verdict) == ["audit.delivered_not_received", "audit.receipt_unmatched"]


def test_whoever_narrows_its_scope_is_named(network: Network) -> None:
    elsewhere = Scope(agreements=(OTHER.id,), parties=SCOPE.parties)
    verdict = of_scope(network, yks=elsewhere, gt_ntt=SCOPE)
    assert (verdict.scopes, verdict.matches) == ({"ntt": ()}, ())
    named = {each.origin: each.what for each in verdict.findings if each.code == "audit.scope_narrower"}
    assert AGREEMENT.id in named[network["yks"].origin]
    assert OTHER.id in named[network["gt-ntt"].origin]


def test_an_entry_beyond_the_scope_is_named_and_not_matched(network: Network) -> None:
    some, whole = network["yks"].pack(scope=SCOPE), network["yks"].pack("whole")
    (some / "entries.jsonl").write_bytes((whole / "entries.jsonl").read_bytes())
    verdict = verified(network, signed_anew(network["yks"], some))
    [found] = [each for each in verdict.findings if each.code == "audit.beyond_scope"]
    assert (found.weight, found.entry, found.last, verdict.ok) == ("look", 3, 5, True)
    assert len(verdict.matches) == 2


@pytest.mark.parametrize("scope", [{"agreements": [], "parties": []}, {"agreements": ["DSA 1"], "parties": []}, [], 7])
def test_a_scope_that_is_none_is_no_pack(network: Network, scope: object) -> None:
    pack = network["yks"].pack(scope=SCOPE)
    first = json.loads((pack / "pack.json").read_text()) | {"scope": scope}
    (pack / "pack.json").write_text(json.dumps(first))
    assert "audit.pack_unreadable" in accused(verified(network, pack))


def test_a_log_in_another_network_is_not_narrowed(network: Network, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    other = Network(tmp_path / "elsewhere", ["yks", "peduli"], name="elsewhere")
    other.send("yks", "peduli", "bundle-77", under=OTHER, agreement=OTHER)
    packs = [network["yks"].pack(scope=SCOPE), *(other[party].pack() for party in ("yks", "peduli"))]
    verdict = verify(packs)
    assert verdict.scopes == {"ntt": (AGREEMENT.id,)}
    assert digest("bundle-77") in {each.ciphertext for each in verdict.matches if each.complete}
