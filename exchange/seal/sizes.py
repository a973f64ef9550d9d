"""How large a sealed file is: few steps, so that its size says little. All sizes in bytes.

A month with 3 cases and one with 300 look alike, and so do a letter and a small bundle.
"""

from __future__ import annotations

from exchange.crypto.age import CHUNK
from exchange.seal.ustar import BLOCK

KIB = 1024
MIB = 1024 * KIB
STEPS = (256 * KIB, MIB, 4 * MIB, 16 * MIB)
_TAG = 16


def encrypted(plain: int, overhead: int) -> int:
    """The size of an age file; `overhead` is that of its header and nonce."""
    chunks = max(1, -(-plain // CHUNK))
    return overhead + plain + chunks * _TAG


def step(size: int) -> int:
    """The first step that is not below `size`; above the last one PADMÉ's (Nikitin et al., 2019), at most 12 % more."""
    for each in STEPS:
        if size <= each:
            return each
    exponent = size.bit_length() - 1
    mantissa = exponent.bit_length()
    low = (1 << (exponent - mantissa)) - 1
    return (size + low) & ~low


def padded(plain: int, overhead: int) -> int:
    """The largest plain size, in whole tar blocks, whose file still fits the step of a plain size of `plain`."""
    room = step(encrypted(plain, overhead)) - overhead
    full, rest = divmod(room, CHUNK + _TAG)
    return (full * CHUNK + max(0, rest - _TAG)) // BLOCK * BLOCK
