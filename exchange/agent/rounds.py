"""One round of linking for one recipient, over the filters of all senders that came under one epoch. Pure.

Each row gets its person's key, made by chance for this round and this recipient alone: keys of two rounds, or of two
recipients, can never be compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from exchange.agent.keeping import Filters
from exchange.bundle.match_tables import RowLink

PERSON_BYTES = 16


@dataclass(frozen=True, slots=True)
class Group:
    """What can be compared: filters for one recipient, under one network's secret of one epoch."""

    network: str
    epoch: str
    recipient: str
    filters: tuple[Filters, ...]

    @property
    def rows(self) -> int:
        return sum(each.table.num_rows for each in self.filters)


@dataclass(frozen=True, slots=True)
class Linked:
    """What a group's rows came to: for each letter of filters, in their order, its rows' links; how many people."""

    group: Group
    links: tuple[tuple[RowLink, ...], ...]
    people: int


def groups(filters: Iterable[Filters]) -> tuple[Group, ...]:
    """In a fixed order. Letters of one sender under two agreements are two senders' letters here."""
    found: defaultdict[tuple[str, str, str], list[Filters]] = defaultdict(list)
    for each in filters:
        found[each.said.network, each.said.epoch, each.said.recipient].append(each)
    return tuple(Group(*named, tuple(those)) for named, those in sorted(found.items(), key=lambda each: each[0]))


def linked(group: Group, randomness: Callable[[int], bytes]) -> Linked:
    """Who is who among the group's rows. `randomness(n)`: n random bytes."""
    import pyarrow as pa

    from exchange.merge.linking.filtering import link_filters  # imported here: whoever takes filters in links nothing

    table = pa.concat_tables([each.table for each in group.filters])
    numbers: list[int] = link_filters(table.drop_columns(["bundle", "row_key"])).to_pylist()
    keys = {number: randomness(PERSON_BYTES).hex() for number in dict.fromkeys(numbers)}
    rows = zip(table.column("bundle").to_pylist(), table.column("row_key").to_pylist(), numbers, strict=True)
    every = [RowLink(bundle, row_key, keys[number]) for bundle, row_key, number in rows]
    return Linked(group, tuple(_cut(every, [each.table.num_rows for each in group.filters])), len(keys))


def _cut(every: Sequence[RowLink], sizes: Iterable[int]) -> Iterator[tuple[RowLink, ...]]:
    first = 0
    for size in sizes:
        yield tuple(every[first : first + size])
        first += size
