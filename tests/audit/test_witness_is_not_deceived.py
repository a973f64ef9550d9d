"""A witness: continues only what is proved, stores before it cosigns, and keeps what contradicts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exchange.audit import witness as witness_module
from exchange.audit.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    cosign,
    cosignatures,
    log_origin,
    open_checkpoint,
    sign_checkpoint,
    witness_name,
)
from exchange.audit.proofs import Continuation, Showing
from exchange.audit.tree import Tree, consistency_path, leaf_hash
from exchange.audit.witness import Witness
from exchange.crypto.signing import SigningKey
from exchange.errors import AuditError

ORIGIN, OURS = log_origin("yks", "ntt"), log_origin("gt-ntt", "ntt")
KEY, MINE = SigningKey(bytes(range(32))), SigningKey(bytes(range(1, 33)))
AT = datetime(2026, 10, 31, tzinfo=UTC)
HONEST = Tree(leaf_hash(bytes([number])) for number in range(40))
FORGED = Tree(leaf_hash(bytes([number if number != 3 else 200])) for number in range(40))


def head(size: int, tree: Tree = HONEST, key: SigningKey = KEY) -> SignedCheckpoint:
    return sign_checkpoint(Checkpoint(ORIGIN, size, tree.root(size)), key)


def path(first: int, second: int, tree: Tree = HONEST) -> Continuation:
    return Continuation(first, tuple(consistency_path(first, second, tree.node)))


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    with Witness.open(tmp_path, OURS) as opened:
        yield opened


def see(witness: Witness, shown: SignedCheckpoint, *continues: Continuation, at: datetime = AT) -> SignedCheckpoint:
    return witness.see(Showing(shown.data, continues), KEY.verify_key, signer=MINE, at=at)


def refused(witness: Witness, shown: SignedCheckpoint, *continues: Continuation) -> str:
    with pytest.raises(AuditError) as refusal:
        see(witness, shown, *continues)
    return refusal.value.codes[0]


def test_what_grows_is_cosigned(witness: Witness, tmp_path: Path) -> None:
    assert witness.size_of(ORIGIN) == 0
    for first, second in [(0, 5), (5, 8), (8, 8), (8, 40)]:
        cosigned = see(witness, head(second), path(first, second))
        [cosignature] = cosignatures(cosigned, [(witness_name(OURS), MINE.verify_key)])
        assert cosignature.time == AT
        assert witness.size_of(ORIGIN) == second
    witness.close()
    with Witness.open(tmp_path, OURS) as again:
        held = [open_checkpoint(note, KEY.verify_key) for note in again.held()]
        assert [each.checkpoint.size for each in held] == [5, 8, 40]
        assert all(cosignatures(each, [(witness_name(OURS), MINE.verify_key)]) for each in held)


def test_a_log_that_begins_empty_may_grow(witness: Witness) -> None:
    see(witness, head(0))
    see(witness, head(5))
    assert witness.size_of(ORIGIN) == 5


@pytest.mark.parametrize(
    ("shown", "proof", "code"),
    [
        (head(7), None, "audit.rolled_back"),
        (head(0), None, "audit.rolled_back"),
        (head(8, FORGED), None, "audit.forked"),
        (head(12, FORGED), path(8, 12, FORGED), "audit.inconsistent"),
        (head(12, FORGED), path(8, 12), "audit.inconsistent"),
        (head(12), Continuation(8, ()), "audit.inconsistent"),
    ],
)
def test_what_contradicts_is_refused_and_kept(
    witness: Witness, shown: SignedCheckpoint, proof: Continuation | None, code: str
) -> None:
    before = see(witness, head(8))
    assert refused(witness, shown, *([proof] if proof else [])) == code
    [kept] = witness.contradictions()
    assert (kept.origin, kept.code, kept.held, kept.shown) == (ORIGIN, code, before.data, shown.data)
    assert witness.size_of(ORIGIN) == 8
    assert witness.held() == (before.data,)
    see(witness, head(12), path(8, 12))


def test_a_checkpoint_by_another_key_is_refused(witness: Witness) -> None:
    assert refused(witness, head(5, key=MINE)) == "audit.checkpoint_unsigned"
    assert witness.held() == ()


def test_it_is_stored_before_it_is_cosigned(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_args: object, **_named: object) -> None:
        assert witness.size_of(ORIGIN) == 5
        raise KeyboardInterrupt

    monkeypatch.setattr(witness_module, "cosign", crash)
    with pytest.raises(KeyboardInterrupt):
        see(witness, head(5))
    monkeypatch.undo()
    assert witness.size_of(ORIGIN) == 5
    assert refused(witness, head(5, FORGED)) == "audit.forked"


def test_a_log_that_falls_silent_is_named(witness: Witness) -> None:
    see(witness, head(5))
    assert witness.silent(at=AT + timedelta(days=30), longer_than=timedelta(days=31)) == ()
    assert witness.silent(at=AT + timedelta(days=40), longer_than=timedelta(days=31)) == ((ORIGIN, AT),)


def test_a_hundred_looks_at_a_still_log_do_not_outgrow_the_note(witness: Witness) -> None:
    sizes = {len(see(witness, head(5), at=AT + timedelta(days=day)).data) for day in range(100)}
    assert len(sizes) == 1


@pytest.mark.parametrize("continues", [[], [path(7, 12)]])
def test_without_a_proof_from_what_we_hold_nothing_is_cosigned_and_nobody_accused(
    witness: Witness, continues: list[Continuation]
) -> None:
    see(witness, head(8))
    assert refused(witness, head(12), *continues) == "audit.proof_missing"
    assert witness.contradictions() == ()
    assert witness.size_of(ORIGIN) == 8


def test_an_older_head_that_comes_late_or_twice_is_nothing(witness: Witness) -> None:
    """Parcels overtake each other, and some are brought twice."""
    see(witness, head(8))
    see(witness, head(30), path(8, 30), path(12, 30), path(20, 30))
    see(witness, head(40), path(30, 40))
    newest = witness.held()[-1]
    for late in (head(8), head(12), head(20), head(12), head(30)):
        kept = see(witness, late, at=AT + timedelta(days=3))
        assert kept.checkpoint == late.checkpoint
    assert (witness.contradictions(), witness.held()[-1]) == ((), newest)
    assert witness.size_of(ORIGIN) == 40
    mine = (witness_name(OURS), MINE.verify_key)
    never = [open_checkpoint(note, KEY.verify_key) for note in witness.held()]
    assert [each.checkpoint.size for each in never if not cosignatures(each, [mine])] == [12, 20]
    assert refused(witness, head(12, FORGED)) == "audit.forked"
    assert refused(witness, head(11)) == "audit.rolled_back"
    assert refused(witness, head(25, FORGED)) == "audit.rolled_back"


def test_a_way_that_comes_with_a_lie_saves_no_other_history(witness: Witness) -> None:
    see(witness, head(8))
    see(witness, head(30), path(8, 30), path(12, 30, FORGED))
    assert refused(witness, head(12, FORGED)) == "audit.rolled_back"


def test_strangers_fill_no_note_and_known_witnesses_are_kept(witness: Witness) -> None:
    known, stranger = SigningKey(bytes(range(2, 34))), SigningKey(bytes(range(3, 35)))
    crowded = cosign(head(5), known, name="bapas.ntt/exchange-witness", at=AT)
    for number in range(300):
        crowded = cosign(crowded, stranger, name=f"s{number}.ntt/exchange-witness", at=AT)
    witnesses = [("bapas.ntt/exchange-witness", known.verify_key)]
    for _time in range(2):
        witness.see(Showing(crowded.data), KEY.verify_key, signer=MINE, at=AT, witnesses=witnesses)
    [note] = witness.held()
    names = {each.name for each in open_checkpoint(note, KEY.verify_key).note.signatures}
    assert names == {ORIGIN, witness_name(OURS), "bapas.ntt/exchange-witness"}


def test_a_forged_cosignature_of_a_known_witness_is_not_passed_on(witness: Witness) -> None:
    known = SigningKey(bytes(range(2, 34)))
    other = cosign(head(8), known, name="bapas.ntt/exchange-witness", at=AT).note.signatures[-1]
    forged = Showing(head(5).note.signed(other).data)
    with pytest.raises(AuditError) as refusal:
        witness.see(
            forged,
            KEY.verify_key,
            signer=MINE,
            at=AT,
            witnesses=[("bapas.ntt/exchange-witness", known.verify_key)],
        )
    assert (refusal.value.codes, witness.held()) == (("audit.cosignature_forged",), ())


def test_one_contradiction_is_kept_once_and_a_thousand_fill_no_disk(witness: Witness) -> None:
    see(witness, head(8))
    for _time in range(3):
        assert refused(witness, head(8, FORGED)) == "audit.forked"
    assert len(witness.contradictions()) == 1
    for number in range(200):
        forged = sign_checkpoint(Checkpoint(ORIGIN, 8, number.to_bytes(32, "big")), KEY)
        assert refused(witness, forged) == "audit.forked"
    assert len(witness.contradictions()) == 100


def test_what_goes_back_bears_our_cosignature_alone(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    assert witness.cosigned(ORIGIN) == b""

    def crash(*_args: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(witness_module, "cosign", crash)
    with pytest.raises(KeyboardInterrupt):
        see(witness, head(5))
    monkeypatch.undo()
    assert witness.cosigned(ORIGIN) == b""  # stored, and not cosigned yet
    see(witness, head(5))
    back = open_checkpoint(witness.cosigned(ORIGIN), KEY.verify_key)
    assert [each.name for each in back.note.signatures] == [ORIGIN, witness_name(OURS)]


def test_a_log_that_shows_the_same_head_for_weeks_is_named(witness: Witness) -> None:
    for day in range(0, 50, 7):
        see(witness, head(5), at=AT + timedelta(days=day))
    assert witness.silent(at=AT + timedelta(days=50), longer_than=timedelta(days=45)) == ((ORIGIN, AT),)


def test_old_heads_that_come_again_hide_no_silence(witness: Witness) -> None:
    see(witness, head(20), *(path(size, 20) for size in range(1, 12)))
    for size in range(1, 12):
        see(witness, head(size), at=AT + timedelta(days=40 * size))
    assert witness.silent(at=AT + timedelta(days=470), longer_than=timedelta(days=45)) == ((ORIGIN, AT),)


def waiting(witness: Witness) -> list[int]:
    """The sizes of what waits for its proof."""
    notes = [note for each in witness.unproved() for note in each.notes]
    return [open_checkpoint(note, KEY.verify_key).checkpoint.size for note in notes]


def test_what_came_without_a_proof_waits_until_a_later_head_proves_it(witness: Witness) -> None:
    see(witness, head(8))
    for size in (12, 12, 15):
        assert refused(witness, head(size)) == "audit.proof_missing"
    assert waiting(witness) == [12, 15]
    see(witness, head(20), path(8, 20), path(12, 20))
    assert waiting(witness) == [15]
    see(witness, head(30), path(20, 30), path(15, 30))
    assert (waiting(witness), witness.contradictions()) == ([], ())


def test_another_history_that_came_without_a_proof_is_held_against_what_comes_later(witness: Witness) -> None:
    see(witness, head(8))
    for size in (12, 20):
        assert refused(witness, head(size, FORGED)) == "audit.proof_missing"
    see(witness, head(20), path(8, 20), path(12, 20))
    found = [(each.code, each.held, each.shown) for each in witness.contradictions()]
    assert found == [
        ("audit.inconsistent", head(12, FORGED).data, head(20).data),
        ("audit.forked", head(20, FORGED).data, head(20).data),
    ]
    assert waiting(witness) == []


def test_what_never_gets_its_proof_is_told_after_weeks_or_heads(witness: Witness) -> None:
    see(witness, head(8))
    refused(witness, head(12, FORGED))
    [unproved] = witness.unproved()
    lasts = [unproved.lasts(AT + timedelta(days=days)) for days in (0, 21, 22)]
    assert (unproved.since, lasts) == (AT, [False, False, True])
    for size in (13, 14, 15):
        refused(witness, head(size, FORGED))
    assert witness.unproved()[0].lasts(AT)
    for size in range(16, 40):
        refused(witness, head(size, FORGED))
    assert len(waiting(witness)) == 16  # nobody fills our disk
    kept: list[bytes] = []
    with pytest.raises(OSError):
        witness.forget(ORIGIN, full_disk)
    assert len(waiting(witness)) == 16  # nothing goes that is not kept
    witness.forget(ORIGIN, kept.append)
    assert len(kept) == 17  # what we held is handed out with them
    assert witness.unproved() == ()


def full_disk(_note: bytes) -> None:
    raise OSError
