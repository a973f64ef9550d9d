"""What a release is still good for: how much was lost, in all and of each field, and how far counts are off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from exchange.protect.anonymise.alike import keys
from exchange.protect.anonymise.coded import Coded, Numbers, QuasiIdentifier
from exchange.protect.anonymise.loss import CellLoss, by_field, measured
from exchange.protect.anonymise.measuring.risk import Groups, after, before
from exchange.protect.anonymise.plan import LossName
from exchange.protect.anonymise.recoded import STAR, Label, Recoded

Shares = NDArray[np.float64]
_DENSE = 1 << 17  # cells of a table that is multiplied out whole
_FLOOR = 0.001  # of all rows: a query of fewer is measured as if it had these


@dataclass(frozen=True, slots=True)
class Losses:
    """Each of the losses of `exchange.protect.anonymise.loss`, whichever was kept small."""

    ncp: float
    non_uniform_entropy: float
    discernibility: float
    average_group_size: float


@dataclass(frozen=True, slots=True)
class FieldLoss:
    """What one quasi-identifier lost, from 0 to 1, a suppressed row all; `cells_changed`: rows in which its value is
    not told exactly, suppressed ones among them."""

    field: str
    ncp: float
    non_uniform_entropy: float
    cells_changed: int


@dataclass(frozen=True, slots=True)
class QueryError:
    """How far counts of the release are off: the relative error of `queries` random counts over two or three fields."""

    queries: int
    mean: float
    median: float


@dataclass(frozen=True, slots=True)
class Utility:
    """`queries`: None where counts were not tried."""

    suppressed_rows: int
    losses: Losses
    fields: tuple[FieldLoss, ...]
    queries: QueryError | None


def utility(coded: Coded, recoded: Recoded, k: int, queries: QueryError | None = None) -> Utility:
    """What was lost. `queries`: what `query_error` gave, which is dearer than all the rest."""
    ncp, ncp_by_field = _lost(coded, recoded, "ncp")
    entropy, entropy_by_field = _lost(coded, recoded, "non_uniform_entropy")
    discernibility = measured(coded, recoded, k, "discernibility")
    losses = Losses(ncp, entropy, discernibility, measured(coded, recoded, k, "average_group_size"))
    names = (each.name for each in coded.quasi)
    fields = tuple(map(FieldLoss, names, ncp_by_field, entropy_by_field, _changed(coded, recoded)))
    return Utility(int(coded.counts[~recoded.kept].sum()), losses, fields, queries)


def _lost(coded: Coded, recoded: Recoded, name: LossName) -> tuple[float, list[float]]:
    """The loss, and that of each quasi-identifier as a share of what it loses where every row is suppressed."""
    loss = CellLoss(coded, name)
    lost = by_field(coded, recoded, loss)
    all_lost = by_field(coded, replace(recoded, kept=np.zeros_like(recoded.kept)), loss)
    return sum(lost), [part / whole if whole else 0.0 for part, whole in zip(lost, all_lost, strict=True)]


def _changed(coded: Coded, recoded: Recoded) -> list[int]:
    kept, counts = recoded.kept, coded.counts
    suppressed = int(counts[~kept].sum())
    changed = []
    for place, labels in enumerate(recoded.labels):
        several = np.array([len(label.covers) > 1 for label in labels], dtype=bool)
        changed.append(suppressed + int(counts[kept][several[recoded.numbers[kept, place]]].sum()))
    return changed


@dataclass(frozen=True, slots=True)
class _Query:
    """Counts the rows that have at each of `places` one of the values of `chosen`."""

    places: tuple[int, ...]
    chosen: tuple[Numbers, ...]


def query_error(coded: Coded, recoded: Recoded, queries: int = 2000, seed: int = 7) -> QueryError:
    """The mean and the median of |true - estimate| / max(true, a thousandth of all rows), a label standing for each of
    its values alike. A row without a single label that tells something is not counted by anybody who reads the release.

    Workloads of this kind: Xiao and Tao, Anatomy, VLDB 2006; LeFevre et al., Workload-Aware Anonymization, KDD 2006.
    """
    rows, released = before(coded), _told(after(coded, recoded), recoded.labels)
    together: dict[tuple[int, ...], list[_Query]] = {}
    for query in _asked(coded.quasi, queries, np.random.default_rng(seed)):
        together.setdefault(query.places, []).append(query)
    errors = []
    for places, alike in together.items():
        masks = [_masks(coded.quasi[place].domain, [q.chosen[n] for q in alike]) for n, place in enumerate(places)]
        parts = [_parts(recoded.labels[place], mask) for place, mask in zip(places, masks, strict=True)]
        true, estimate = _counted(rows, places, masks), _counted(released, places, parts)
        errors.append(np.abs(true - estimate) / np.maximum(true, _FLOOR * coded.rows))
    every = np.sort(np.concatenate(errors))
    return QueryError(queries, float(every.mean()), float(every[(queries - 1) // 2] + every[queries // 2]) / 2)


def _told(groups: Groups, labels: Sequence[Sequence[Label]]) -> Groups:
    """The groups of which anything is told."""
    told = np.zeros(len(groups.sizes), dtype=bool)
    for place, each in enumerate(labels):
        tells = np.array([label.text != STAR for label in each], dtype=bool)
        told |= tells[groups.labels[:, place]]
    return Groups(groups.labels[told], groups.domains, groups.sizes[told])


def _asked(quasi: Sequence[QuasiIdentifier], queries: int, random: np.random.Generator) -> list[_Query]:
    """Random queries: two or three fields, of each a random number of values, at most half; of numbers, a range."""
    asked = []
    for _number in range(queries):
        many = min(int(random.integers(2, 4)), len(quasi))
        chosen = {}
        for place in random.choice(len(quasi), many, replace=False).tolist():
            domain = quasi[place].domain
            width = int(random.integers(1, max(2, domain // 2 + 1)))
            if quasi[place].numeric:
                chosen[place] = np.arange(width, dtype=np.int32) + np.int32(random.integers(0, domain - width + 1))
            else:
                chosen[place] = random.choice(domain, width, replace=False).astype(np.int32)
        places = tuple(sorted(chosen))
        asked.append(_Query(places, tuple(chosen[place] for place in places)))
    return asked


def _masks(domain: int, chosen: Sequence[Numbers]) -> Shares:
    """For each value, and each query in a column, 1 where it is chosen."""
    masks = np.zeros((domain, len(chosen)))
    for column, values in enumerate(chosen):
        masks[values, column] = 1.0
    return masks


def _parts(labels: Sequence[Label], masks: Shares) -> Shares:
    """For each label, and each query in a column, the share of its values that is chosen.

    A label that was kept from another month may cover none of this one's."""
    lengths = np.array([len(label.covers) for label in labels])
    some = np.flatnonzero(lengths)
    starts = (np.cumsum(lengths) - lengths)[some]
    covered = np.concatenate([label.covers for label in labels])
    parts: Shares = np.zeros((len(labels), masks.shape[1]))
    parts[some] = np.add.reduceat(masks[covered], starts, axis=0) / lengths[some, None]
    return parts


def _counted(groups: Groups, places: Sequence[int], parts: Sequence[Shares]) -> Shares:
    """For each query, the sum of sizes times the parts of their numbers at each place."""
    columns, domains = [groups.labels[:, place] for place in places], [len(each) for each in parts]
    queries = parts[0].shape[1]
    if prod(domains) > _DENSE:
        product = groups.sizes[:, None].astype(np.float64)
        for column, part in zip(columns, parts, strict=True):
            product = product * part[column]
        return np.asarray(product.sum(axis=0))
    table = np.bincount(keys(columns, domains), weights=groups.sizes, minlength=prod(domains))
    summed = table.reshape(-1, domains[-1]) @ parts[-1]
    for part in reversed(parts[:-1]):
        summed = (summed.reshape(-1, len(part), queries) * part).sum(axis=1)
    return np.asarray(summed.reshape(queries))
