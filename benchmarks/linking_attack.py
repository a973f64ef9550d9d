"""How many full names an attacker guesses who has match tokens or filters, a public list of names, and no key.

`make bench-linking-attack`. The attacker knows how values are made, all but the key; sees for every report its opaque
values, kind by kind; and has a list of *other* people of the same country, with everything that is known of them. Each
value is guessed by rank; then, frequent ones first, what was guessed is corrected by the rest:

    rank      the n-th most frequent opaque value of a kind is the n-th most frequent plain one
    company   which values stand beside each other in one report, from the values guessed best outwards
    shape     of filters of words: how many bits are set, and how many others resemble it how much
    bits      of filters of words: which bits each pair of letters sets is learned from the words guessed so far, and
              every filter is read again by what each word's filter should be

P. Christen, R. Schnell, D. Vatsalan, T. Ranbaduge, "Efficient cryptanalysis of Bloom filters for privacy-preserving
record linkage", PAKDD 2017, and, with A. Vidanage, "Pattern-mining based cryptanalysis of Bloom filters …", PAKDD 2018:
bits follow from frequent words. A. Vidanage, P. Christen, T. Ranbaduge, R. Schnell, "A graph matching attack on
privacy-preserving record linkage", CIKM 2020: values are known by their neighbours. What is here is the core of each.

A name is guessed right where its words, normalised, are all right: "ranks" by rank alone, "name right" by everything,
"by chance" were the same guesses dealt out to the reports at random, which tells what common names do. `naive` attacks
one token of the first word alone, and filters fall too: an attack that breaks nothing would say nothing about tokens.
Whoever has the reports themselves recognises rows whatever the encoding: that is not measured here.

    python -m benchmarks.linking_attack [--strengths naive,tokens,fields] [--rows 10000] [--splits 3]
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import pandas as pd

from benchmarks import linking_ours, linking_people
from benchmarks.linking import IDSYN, PEOPLE
from exchange.crypto.hashing import keyed
from exchange.matching.names import words

Name = tuple[str, ...]
Values = Mapping[str, Sequence[Sequence[bytes]]]
Plain = Mapping[str, Sequence[Sequence[str]]]
Value = TypeVar("Value", bytes, str)  # opaque, or plain
WORDS = "name"  # the kind whose values are single words, so that all of them together are the name
NODES, ROUNDS, ANCHORS = 1200, 12, 15
NAMES_OF_A_VALUE = 20
DEGREES = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
# What a unit of each kind of likeness weighs beside a frequency that is e times another; chosen on made reports.
LENGTH, RESEMBLING, BESIDE, BITS = 2, 4, 4, 4
AT_MOST_TOKENS = 0.001


@dataclass(frozen=True, slots=True)
class Public:
    """What the attacker knows about other people: row by row their names and the plain values of each kind."""

    names: Sequence[Name]
    plain: Plain


@dataclass(frozen=True, slots=True)
class Guessed:
    """Row by row the name guessed from each kind, None where nothing is, and from all of them together."""

    by_rank: dict[str, list[Name | None]]
    by_kind: dict[str, list[Name | None]]
    together: list[Name | None]
    values: dict[str, dict[bytes, str]]


def attack(seen: Values, public: Public) -> Guessed:
    """What can be guessed of every row of `seen`."""
    start = {kind: by_rank(seen[kind], public.plain[kind]) for kind in seen}
    guessed = by_company(seen, public.plain, start)
    if WORDS in seen:
        guessed[WORDS] = by_bits(seen[WORDS], public.plain[WORDS], guessed[WORDS])
    named = {kind: _named(public, kind) for kind in seen}
    ranks = {kind: [_most(each) for each in _votes(seen[kind], start[kind], named[kind], kind)] for kind in seen}
    votes = {kind: _votes(seen[kind], guessed[kind], named[kind], kind) for kind in seen}
    by_kind = {kind: [_most(each) for each in rows] for kind, rows in votes.items()}
    together = [_most(sum(each, Counter())) for each in zip(*votes.values(), strict=True)]
    return Guessed(ranks, by_kind, together, guessed)


# --- first step: ranks ---


def by_rank(seen: Sequence[Sequence[bytes]], plain: Sequence[Sequence[str]]) -> dict[bytes, str]:
    """The most frequent is the most frequent, and so on down; among equals, which is which is chance."""
    return dict(zip(_ranked(seen, 0), _ranked(plain, 1), strict=False))


def _ranked(rows: Sequence[Sequence[Value]], seed: int) -> list[Value]:
    """By frequency; equals in an order that says nothing about where they stood."""
    counts = Counter(value for row in rows for value in row)
    order = np.random.default_rng(seed).permutation(len(counts))
    return [
        value for _at, (value, _n) in sorted(zip(order, counts.items(), strict=True), key=lambda e: (-e[1][1], e[0]))
    ]


# --- second step: who stands beside whom ---


def by_company(seen: Values, plain: Plain, start: dict[str, dict[bytes, str]]) -> dict[str, dict[bytes, str]]:
    """`start`, with the frequent values guessed anew by their frequency and by the anchors they stand beside.

    Anchors are the most frequent at first; each round more become anchors, those guessed with most certainty.
    """
    ours, theirs = _Graph.of(seen), _Graph.of(plain)
    if not ours.nodes or not theirs.nodes:
        return start
    at = {node: number for number, node in enumerate(theirs.nodes)}
    match = np.array([at.get((kind, start[kind].get(value, "")), -1) for kind, value in ours.nodes])
    same_kind = np.array([kind for kind, _v in ours.nodes])[:, None] == np.array([kind for kind, _v in theirs.nodes])
    near = -np.abs(np.log(ours.share)[:, None] - np.log(theirs.share)[None, :])
    letters = _Letters.of(ours, theirs)
    if letters:
        near = near + letters.shape()
    certain = ours.share.copy()
    anchors = ANCHORS
    for _round in range(ROUNDS):
        best = [node for node in np.argsort(-certain)[:anchors] if match[node] >= 0]
        beside = _alike(ours.beside[:, best], theirs.beside[:, match[best]])
        like = letters.like(match, certain, anchors) if letters else 0
        match, certain = _assigned(np.where(same_kind, near + BESIDE * beside + BITS * like, -np.inf))
        anchors = int(anchors * 1.5)
    found = {kind: dict(guesses) for kind, guesses in start.items()}
    for (kind, value), number in zip(ours.nodes, match.tolist(), strict=True):
        if number >= 0:
            found[kind][value] = theirs.nodes[number][1]
    return found


@dataclass(frozen=True, slots=True)
class _Graph(Generic[Value]):
    """The most frequent values of all kinds; the share of rows with each; how often each stands beside each other."""

    nodes: list[tuple[str, Value]]
    share: np.ndarray
    beside: np.ndarray

    @classmethod
    def of(cls, kinds: Mapping[str, Sequence[Sequence[Value]]]) -> _Graph[Value]:
        counts = Counter((kind, value) for kind, rows in kinds.items() for row in rows for value in set(row))
        nodes = [node for node, number in counts.most_common(NODES) if number > 2]
        at = {node: number for number, node in enumerate(nodes)}
        length = len(next(iter(kinds.values())))
        there = np.zeros((length, len(nodes)), dtype=np.float32)
        for kind, rows in kinds.items():
            for row, values in enumerate(rows):
                for value in values:
                    if (kind, value) in at:
                        there[row, at[kind, value]] = 1
        share = there.mean(axis=0)
        both = there.T @ there
        np.fill_diagonal(both, 0)
        return cls(nodes, share, both / np.maximum(there.sum(axis=0), 1)[:, None])


@dataclass(frozen=True, slots=True)
class _Letters:
    """Of the frequent values those that are filters of words, by place, with their bits and shares; of the plain ones
    the words, with their pairs of letters."""

    size: tuple[int, int]
    filters: np.ndarray
    bits: np.ndarray
    share: np.ndarray
    words: np.ndarray
    pieces: np.ndarray
    words_share: np.ndarray

    @classmethod
    def of(cls, seen: _Graph[bytes], plain: _Graph[str]) -> _Letters | None:
        """None where there are no filters of words."""
        filters, found = (
            np.array([at for at, (kind, _v) in enumerate(each.nodes) if kind == WORDS], dtype=int)
            for each in (seen, plain)
        )
        if not len(filters) or not len(found):
            return None
        bits, pieces = _bits([seen.nodes[at][1] for at in filters]), _pieces([plain.nodes[at][1] for at in found])
        size = (len(seen.nodes), len(plain.nodes))
        return cls(size, filters, bits, seen.share[filters], found, pieces, plain.share[found])

    def shape(self) -> np.ndarray:
        """What is alike without any key: how long a word is, and how many others resemble it how much."""
        length = [_standard(rows.sum(axis=1), share) for rows, share in self._both()]
        like = [_resembling(rows, share) for rows, share in self._both()]
        found = np.zeros(self.size)
        found[np.ix_(self.filters, self.words)] = -LENGTH * (
            np.abs(length[0][:, None] - length[1][None, :])
        ) + RESEMBLING * _alike(*like)
        return found

    def like(self, match: np.ndarray, certain: np.ndarray, anchors: int) -> np.ndarray:
        """For all values, how a filter resembles what each word's should be; learned from the surest."""
        number = {node: at for at, node in enumerate(self.words.tolist())}
        told = np.array([number.get(each, -1) for each in match[self.filters].tolist()])
        use = [at for at in np.argsort(-certain[self.filters])[: 2 * anchors] if told[at] >= 0]
        expected = _expected(self.pieces, told[use], self.bits[use], np.ones(len(use), dtype=np.float32))
        found = np.zeros(self.size)
        found[np.ix_(self.filters, self.words)] = _correlated(self.bits, expected)
        return found

    def _both(self) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        return (self.bits, self.share), (self.pieces, self.words_share)


def _standard(values: np.ndarray, share: np.ndarray) -> np.ndarray:
    """In deviations from the mean, each weighed by how often it occurs."""
    mean = np.average(values, weights=share)
    found: np.ndarray = (values - mean) / np.sqrt(np.average((values - mean) ** 2, weights=share))
    return found


def _resembling(rows: np.ndarray, share: np.ndarray) -> np.ndarray:
    """For each row, the share of rows that resemble it in each of a few degrees, after Dice, least alike left out."""
    size = rows.sum(axis=1)
    dice = 2 * rows @ rows.T / np.maximum(size[:, None] + size[None, :], 1)
    ranks = np.searchsorted(np.quantile(dice, DEGREES), dice)
    return np.stack([((ranks == rank) * share[None, :]).sum(axis=1) for rank in range(1, len(DEGREES) + 1)], axis=1)


def _alike(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The affinity of Bhattacharyya between rows of shares: 1 where they are the same, 0 where they meet nowhere."""
    left, right = np.sqrt(one), np.sqrt(other)
    length = np.maximum(np.linalg.norm(left, axis=1)[:, None] * np.linalg.norm(right, axis=1)[None, :], 1e-9)
    alike: np.ndarray = left @ right.T / length
    return alike


def _assigned(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row its best column, each column once, the clearest first; and how clear each was."""
    ordered = np.sort(np.maximum(score, -1e9), axis=1)
    clear = ordered[:, -1] - ordered[:, -2] if score.shape[1] > 1 else np.ones(len(score))
    match, free = np.full(len(score), -1), np.ones(score.shape[1], dtype=bool)
    for row in np.argsort(-clear):
        left = np.where(free, score[row], -np.inf)
        column = int(left.argmax())
        if np.isfinite(left[column]):
            match[row], free[column] = column, False
    return match, clear


# --- third step: bits of filters ---


def by_bits(
    seen: Sequence[Sequence[bytes]], plain: Sequence[Sequence[str]], guessed: dict[bytes, str]
) -> dict[bytes, str]:
    """Every filter read by what a word's filter should be, learned from the frequent ones, a few times over."""
    counts, known = Counter(v for row in seen for v in row), Counter(w for row in plain for w in row)
    filters, vocabulary = [value for value, _n in counts.most_common()], list(known)
    bits = _bits(filters)
    pieces = _pieces(vocabulary)
    at = {word: number for number, word in enumerate(vocabulary)}
    match = np.array([at.get(guessed.get(value, ""), -1) for value in filters])
    weight = np.array([counts[value] for value in filters], dtype=np.float32)
    trusted = min(40, len(filters))
    for _round in range(ROUNDS):
        use = np.flatnonzero(match[:trusted] >= 0)
        like = _correlated(bits, _expected(pieces, match[use], bits[use], np.sqrt(weight[use])))
        match = like.argmax(axis=1)
        trusted = min(int(trusted * 1.6), len(filters))
    return {value: vocabulary[number] for value, number in zip(filters, match.tolist(), strict=True)}


def _bits(filters: list[bytes]) -> np.ndarray:
    return np.unpackbits(np.array([list(each) for each in filters], dtype=np.uint8), axis=1).astype(np.float32)


def _pieces(vocabulary: list[str]) -> np.ndarray:
    """Which pairs of letters each word has; its ends are letters too."""
    pairs = [{f" {word} "[at : at + 2] for at in range(len(word) + 1)} for word in vocabulary]
    at = {pair: number for number, pair in enumerate(sorted(set().union(*pairs)))}
    there = np.zeros((len(vocabulary), len(at)), dtype=np.float32)
    for row, found in enumerate(pairs):
        there[row, [at[pair] for pair in found]] = 1
    return there


def _expected(pieces: np.ndarray, match: np.ndarray, bits: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """By ridge regression of bits on pairs of letters: the filter that each word of the vocabulary should have."""
    told, mean = pieces[match] * weight[:, None], bits.mean(axis=0)
    square = told.T @ told + np.eye(pieces.shape[1], dtype=np.float32) * weight.mean() ** 2
    found: np.ndarray = pieces @ np.linalg.solve(square, told.T @ ((bits - mean) * weight[:, None])) + mean
    return found


def _correlated(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    left, right = (rows - rows.mean(axis=1, keepdims=True) for rows in (one, other))
    length = np.linalg.norm(left, axis=1)[:, None] * np.linalg.norm(right, axis=1)[None, :]
    alike: np.ndarray = left @ right.T / np.maximum(length, 1e-9)
    return alike


# --- names ---


def _named(public: Public, kind: str) -> dict[str, Counter[Name]]:
    """Whose name a plain value may be part of, and how often."""
    found: defaultdict[str, Counter[Name]] = defaultdict(Counter)
    for name, row in zip(public.names, public.plain[kind], strict=True):
        for value in row:
            found[value][name] += 1
    return found


def _votes(
    seen: Sequence[Sequence[bytes]], guessed: dict[bytes, str], named: dict[str, Counter[Name]], kind: str
) -> list[Counter[Name]]:
    """Row by row the names that its values speak for; a frequent value is guessed more surely than a rare one."""
    counts = Counter(value for row in seen for value in row)
    rows: list[Counter[Name]] = []
    for row in seen:
        votes: Counter[Name] = Counter()
        if kind == WORDS and row:
            votes[tuple(sorted({guessed[value] for value in row if value in guessed}))] = 1
        elif kind != WORDS:
            for value in row:
                those = named.get(guessed.get(value, ""), Counter())
                for name, number in those.most_common(NAMES_OF_A_VALUE):
                    votes[name] += np.log1p(counts[value]) * number / those.total()
        rows.append(votes)
    return rows


def _most(votes: Counter[Name]) -> Name | None:
    return max(votes.items(), key=lambda each: (each[1], each[0]))[0] if votes else None


# --- what is attacked, and how it went ---


@dataclass(frozen=True, slots=True)
class Target:
    """Reports under attack, and those about other people that make the public list."""

    called: str
    reports: pd.DataFrame
    others: pd.DataFrame


def targets(rows: int, splits: int) -> dict[str, list[Target]]:
    """Made crowds, and halves of the people of idsyn, each against each; nobody is in both lists of a target."""
    made = [linking_people.generate(rows, 31 + split, linking_people.MIDDLE)[:rows] for split in range(2 * splits)]
    pairs = {"made": list(zip(made[::2], made[1::2], strict=True))}
    if IDSYN.exists():
        table = pd.read_parquet(IDSYN)
        person = pd.factorize(table["cluster"])[0]
        sides = [np.random.default_rng(split).random(person.max() + 1) < 0.5 for split in range(splits)]
        pairs["idsyn"] = [(table[side[person]], table[~side[person]]) for side in sides]
    return {
        called: [
            Target(called, *(part[:rows].reset_index(drop=True) for part in turned))
            for pair in each
            for turned in (pair, pair[::-1])
        ]
        for called, each in pairs.items()
    }


def tell(target: Target, strength: str) -> None:
    names, seen = _names(target.reports), _opaque(target.reports, strength)
    truth = _spoken(target.reports, strength)
    blind = Counter(_names(target.others)).most_common(1)[0][0]
    everybody = f"were everybody called {' '.join(blind)}: {_share([blind] * len(names), names):.2%} right"
    print(f"{target.called}, {strength}; {everybody}")
    guessed = attack(seen, Public(_names(target.others), _spoken(target.others, strength)))
    print(f"    {'':20}{'have it':>10}{'value right':>13}{'ranks':>9}{'name right':>12}{'by chance':>11}{'people':>9}")
    for kind in seen:
        has = sum(map(bool, seen[kind])) / len(names)
        value = _values_right(seen[kind], truth[kind], guessed.values[kind])
        told = f"{has:>10.1%}{value:>13.2%}{_share(guessed.by_rank[kind], names):>9.2%}"
        print(f"    {kind:20}{told}{_names_right(guessed.by_kind[kind], names, target.reports)}", flush=True)
    print(f"    {'together':20}{'':32}{_names_right(guessed.together, names, target.reports)}", flush=True)


def judge(several: list[Target]) -> None:
    """The means over several targets, since one frequent token guessed right by luck counts for much."""
    found: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for target in several:
        seen, plain, names = _opaque(target.reports, "tokens"), _spoken(target.others, "tokens"), _names(target.reports)
        public = Public(_names(target.others), plain)
        for kind, values in seen.items():
            votes = _votes(values, by_rank(values, plain[kind]), _named(public, kind), kind)
            guessed = [_most(each) for each in votes]
            found[kind].append((_share(guessed, names), _by_chance(guessed, names)))
    print(f"{several[0].called}, tokens, by ranks, means of {len(several)} (at most {AT_MOST_TOKENS:.1%}):")
    for kind, shares in found.items():
        right, chance = np.mean(shares, axis=0)
        beyond = "yes" if right - chance <= AT_MOST_TOKENS else "NO"
        print(f"    {kind:20}{right:>8.3%}, {chance:.3%} of it by chance: {beyond}")


def _names_right(guessed: list[Name | None], names: list[Name], reports: pd.DataFrame) -> str:
    """Shares of reports, of reports by chance, and of people any of whose reports is guessed."""
    right = pd.Series([one == other for one, other in zip(guessed, names, strict=True)])
    people = right.groupby(reports["cluster"].to_numpy()).any().mean()
    return f"{right.mean():>12.2%}{_by_chance(guessed, names):>11.2%}{people:>9.2%}"


def _by_chance(guessed: list[Name | None], names: list[Name]) -> float:
    """What the same guesses would hit, dealt out at random."""
    one, other = Counter(guessed), Counter(names)
    return sum(number * other[name] for name, number in one.items() if name) / len(names) ** 2


def _share(guessed: Sequence[Name | None], names: Sequence[Name]) -> float:
    return sum(one == other for one, other in zip(guessed, names, strict=True)) / len(names)


def _values_right(seen: Sequence[Sequence[bytes]], truth: Sequence[Sequence[str]], guessed: dict[bytes, str]) -> float:
    """Of all the values that reports have, those guessed."""
    pairs = [pair for one, other in zip(seen, truth, strict=True) for pair in zip(one, other, strict=True)]
    return sum(guessed.get(value) == plain for value, plain in pairs) / max(1, len(pairs))


def _names(reports: pd.DataFrame) -> list[Name]:
    return [tuple(sorted(set(words(name)))) for name in reports["full_name"]]


def _opaque(reports: pd.DataFrame, strength: str) -> Values:
    if strength == "naive":
        return {"first_word": [[keyed(b"k", word) for word in row] for row in _spoken(reports, strength)["first_word"]]}
    return linking_ours.opaque(reports, PEOPLE, strength)  # type: ignore[arg-type]


def _spoken(reports: pd.DataFrame, strength: str) -> Plain:
    if strength == "naive":
        return {"first_word": [list(words(name)[:1]) for name in reports["full_name"]]}
    return linking_ours.spoken(reports, PEOPLE, strength)  # type: ignore[arg-type]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--strengths", default="naive,tokens,fields")
    parser.add_argument("--rows", type=int, default=10_000, help="reports under attack, and in the public list")
    parser.add_argument("--splits", type=int, default=3, help="pairs of crowds over which tokens are judged")
    options = parser.parse_args()
    for several in targets(options.rows, options.splits).values():
        for strength in options.strengths.split(","):
            tell(several[0], strength)
        if "tokens" in options.strengths:
            judge(several)


if __name__ == "__main__":
    main()
