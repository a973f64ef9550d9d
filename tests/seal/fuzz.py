"""What must hold of every spoiled file, and a run of many: `make fuzz-seal`, or

    PYTHONPATH=tests python -m seal.fuzz --seconds 600 --seed 7

Each is opened in every way there is. Either it is refused – with an OpeningError, in silence where its envelope is not
the sender's own, nothing written anywhere – or it is a file of the one form; and the opener that was written from
FORMAT.md alone says the same.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from seal.mutations import KINDS, Genuine, genuine_files
from seal.parties import DAY, RECIPIENT, SENDER, Party, agreement, months_key, party
from seal.second_opener import second_opener

from exchange.agreements.agreement import Reference
from exchange.bundle.parcel import Member
from exchange.seal.facts import OpeningFacts
from exchange.seal.opening import Opened, open_sealed, read_member, unpack_sealed
from exchange.seal.refusals import OpeningError

DAMAGE = {"seal.damaged", "seal.downgraded", "seal.not_for_us"}
MOST_SECONDS = 5.0
"""Of processor time, for one file in every way; they have 256 KiB, or 1 MiB. A bomb that went off would take longer."""

# Who may send what to whom, in which order and when, is not the second opener's business.
NOT_JUDGED = {f"seal.{code}" for code in ("unknown_sender", "out_of_sequence", "unknown_agreement", "not_a_party")}


class WroteError(AssertionError):
    pass


class Watch:
    """Whether this process opens any file to write, or makes a folder, while it is on; the ledger's own apart."""

    def __init__(self) -> None:
        self.ignored: Path | None = None
        self.seen: list[str] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.ignored is None or event not in {"open", "os.mkdir", "os.rename"}:
            return
        path, flags = str(arguments[0]), arguments[2] if event == "open" else 1
        if isinstance(flags, int) and flags & 3 and not path.startswith(str(self.ignored)):
            self.seen.append(path)

    @contextmanager
    def __call__(self, ignored: Path) -> Iterator[None]:
        self.ignored, self.seen = ignored, []
        try:
            yield
        finally:
            self.ignored = None


WATCH = Watch()


def facts_for(of: Genuine, file: bytes, recipient: Party) -> OpeningFacts:
    """That accept whatever agreement the envelope names, so that it is the form that is judged."""
    facts = recipient.facts()
    try:
        said = json.loads(of.parts.of(file, recipient.identity).envelope)
        named = Reference.model_validate(said["agreement"])
    except Exception:  # whatever is wrong with it, opening says so
        return facts
    return replace(facts, agreements=(replace(agreement(SENDER, RECIPIENT), reference=named),))


def verdict(of: Genuine, file: bytes, folder: Path) -> tuple[Opened | None, OpeningError | None]:
    """Of every way of opening; they must agree, and a refusal must leave nothing."""
    recipient = of.recipient
    facts, ours = facts_for(of, file, recipient), (recipient.identity, recipient.cards)
    out = folder / "out"
    ledger = recipient.ledger._file
    try:
        with WATCH(ledger):
            opened = open_sealed(io.BytesIO(file), *ours, facts)
    except OpeningError as error:
        for again in (
            lambda: unpack_sealed(io.BytesIO(file), *ours, facts, out),
            lambda: read_member(io.BytesIO(file), *ours, facts, "data/cases.csv"),
        ):
            try:
                with WATCH(ledger):
                    again()
            except OpeningError as same:
                if same.codes != error.codes:
                    raise AssertionError(f"{same.codes} is not {error.codes}") from None
            else:
                raise AssertionError(f"one way refuses ({error.codes}), another does not") from None
            if WATCH.seen or any(folder.iterdir()):
                raise WroteError(f"{error.codes}: {WATCH.seen}") from None
        return None, error
    unpacked = unpack_sealed(io.BytesIO(file), *ours, facts, out)
    found = tuple(Member(path, (out / path).read_bytes()) for path in unpacked.paths)
    if found != opened.parcel.members or {each for each in out.rglob("*") if each.is_symlink()}:
        raise AssertionError("what is in the folder is not what was opened")
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    return opened, None


def second_verdict(of: Genuine, file: bytes) -> dict[str, object] | None:
    ours = of.recipient.identity
    seed, signer = months_key(ours).seed, of.sender.identity.signing_key(DAY).verify_key.raw
    try:
        return second_opener(file, seed, signer, RECIPIENT, ours.fingerprint())
    except Exception:
        return None


def judge(kind: str, of: Genuine, file: bytes, folder: Path) -> str:
    """The outcome: "opened" or the code of the refusal. AssertionError, or any other exception, is a fault of ours."""
    begun = time.process_time()
    opened, error = verdict(of, file, folder)
    if time.process_time() - begun > MOST_SECONDS:
        raise AssertionError("it took too long")
    second = second_verdict(of, file)
    maker = KINDS[kind][0]
    if opened is None:
        assert error is not None
        assert second is None or set(error.codes) <= NOT_JUDGED, f"the second opener opens it: {error.codes}"
        if maker == "carrier":
            assert set(error.codes) <= DAMAGE, f"a carrier gets as far as {error.codes}"
        if maker != "sender" and error.envelope is not None:
            assert error.envelope.to_bytes() == of.parts.envelope, "an answer to what nobody signed"
        assert (error.answer == "silence") == (error.envelope is None)
        return error.codes[0]
    assert second is not None, "the second opener refuses it"
    said = second.pop("envelope")
    assert said == opened.envelope.model_dump(mode="json")
    assert second == {each.path: each.content for each in opened.parcel.members}
    if maker != "sender":
        assert opened.envelope.to_bytes() == of.parts.envelope, "opened, and nobody signed it"
        assert {each.path: each.content for each in opened.parcel.members} == members_of(of), "opened, and not what was"
        assert maker == "outsider" or file == of.file
    return "opened"


def members_of(of: Genuine) -> dict[str, bytes]:
    opened = open_sealed(io.BytesIO(of.file), of.recipient.identity, of.recipient.cards, of.recipient.facts())
    return {each.path: each.content for each in opened.parcel.members}


def one(kind: str, seed: int, genuine: tuple[Genuine, ...], folder: Path) -> str:
    """One file of that kind, judged."""
    chance = random.Random(f"{kind}/{seed}")
    of = chance.choice(genuine)
    return judge(kind, of, KINDS[kind][1](chance, of), folder)


def main() -> int:
    ask = argparse.ArgumentParser(description="Open spoiled files until the time is over.")
    ask.add_argument("--seconds", type=float, default=60.0, help="of processor time")
    ask.add_argument("--seed", type=int, default=0, help="where to begin; what failed is repeated by its kind and seed")
    ask.add_argument("--only", choices=[*KINDS], help="one kind")
    given = ask.parse_args()
    outcomes: Counter[tuple[str, str]] = Counter()
    failed = 0
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        genuine = genuine_files(party(SENDER, home, RECIPIENT), party(RECIPIENT, home, SENDER))
        folder = home / "fuzz"
        folder.mkdir()
        seed, begun, memory = given.seed, time.process_time(), _peak()
        while time.process_time() - begun < given.seconds:
            for kind in [given.only] if given.only else KINDS:
                try:
                    outcomes[kind, one(kind, seed, genuine, folder)] += 1
                except Exception as fault:
                    failed += 1
                    print(f"FAULT {kind}, seed {seed}: {type(fault).__name__}: {str(fault)[:200]}", flush=True)
                    for path in sorted(folder.rglob("*"), reverse=True):
                        path.rmdir() if path.is_dir() else path.unlink()
            seed += 1
    for kind in KINDS:
        found = {code: count for (of, code), count in sorted(outcomes.items()) if of == kind}
        if found:
            print(
                f"{kind:20} {sum(found.values()):7}  " + ", ".join(f"{code} {count}" for code, count in found.items())
            )
    print(f"{sum(outcomes.values())} files, seeds {given.seed} to {seed - 1}, {failed} faults; ", end="")
    print(f"peak memory {_peak()} MiB, {_peak() - memory} more than before the first")
    return int(failed > 0)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    raise SystemExit(main())
