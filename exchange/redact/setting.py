"""What rules may look at beside the column itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.redact.keys import RedactKeys

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Setting:
    """`ages`: years at intake, null where unknown, row for row. `randomness(n)`: n bytes fit for keys."""

    ages: pa.Int32Array
    keys: RedactKeys
    randomness: Callable[[int], bytes]
