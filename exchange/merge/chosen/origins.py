"""Which bundle each report came in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exchange.merge.chosen.told import Coded, Places
from exchange.merge.records import Origin


def origins_of(source: Coded, release: Coded, origins: Sequence[Origin]) -> Places:
    """For each report its place in `origins`, by its source and release; -1 where that is not among them."""
    bundles = max(len(release.values), 1)
    place = np.full(max(len(source.values), 1) * bundles, -1, dtype=np.int64)
    sources, releases = ({name: n for n, name in enumerate(each.values)} for each in (source, release))
    for number, origin in enumerate(origins):
        named = origin.metadata.sender.id, origin.metadata.bundle
        if named[0] in sources and named[1] in releases:
            place[sources[named[0]] * bundles + releases[named[1]]] = number
    found: Places = place[source.numbers * bundles + release.numbers]
    return found
