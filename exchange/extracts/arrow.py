"""Between Arrow, numpy and Python's texts, by their buffers.

pyarrow's own `array`, `scalar` and `to_numpy` do the same, but import pandas first (a quarter of a second). Arrays here
have no nulls, unless a function says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


def texts(values: Iterable[str]) -> pa.StringArray:
    """An array of texts."""
    import pyarrow as pa

    builder = pa.lib.StringBuilder()
    builder.append_values(list(values))
    return builder.finish()


def text(value: str) -> pa.StringScalar:
    """One text, to compare arrays with."""
    return texts([value])[0]


def letters_of(array: pa.StringArray) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes of all texts one after another, and where each begins and the last ends."""
    import numpy as np

    _there, ends, content = array.buffers()
    places = np.frombuffer(ends or bytes(4), np.int32, len(array) + 1, array.offset * 4).astype(np.int64)
    return np.frombuffer(content or b"", np.uint8)[places[0] : places[-1]], places - places[0]


def texts_from(letters: NDArray[np.uint8], places: NDArray[np.int64] | NDArray[np.int32]) -> pa.StringArray:
    """The opposite of `letters_of`."""
    import numpy as np
    import pyarrow as pa

    ends = pa.py_buffer(places.astype(np.int32))
    return pa.StringArray.from_buffers(len(places) - 1, ends, pa.py_buffer(np.ascontiguousarray(letters)))


def places_of(kept: NDArray[np.bool_]) -> NDArray[np.int32]:
    """How many letters are kept before each place, and in all."""
    import numpy as np

    places = np.zeros(len(kept) + 1, np.int32)
    np.cumsum(kept, dtype=np.int32, out=places[1:])
    return places


def texts_of_length(letters: NDArray[np.uint8]) -> pa.StringArray:
    """An array of ASCII texts of one length: a row of `letters` each."""
    import numpy as np
    import pyarrow as pa

    count, length = letters.shape
    ends = pa.py_buffer(np.arange(0, (count + 1) * length, length, dtype=np.int32))
    return pa.StringArray.from_buffers(count, ends, pa.py_buffer(np.ascontiguousarray(letters)))


def int32s(numbers: NDArray[Any], null: NDArray[np.bool_] | None = None) -> pa.Int32Array:
    """An array of numbers; null where `null` says so."""
    import numpy as np
    import pyarrow as pa

    content = pa.py_buffer(np.ascontiguousarray(numbers, np.int32))
    there = None if null is None else _bits(~null)
    return pa.Int32Array.from_buffers(pa.int32(), len(numbers), [there, content])


def bools(which: NDArray[np.bool_]) -> pa.BooleanArray:
    """An array of yes and no."""
    import pyarrow as pa

    return pa.BooleanArray.from_buffers(pa.bool_(), len(which), [None, _bits(which)])


def places_in(array: pa.Array) -> NDArray[Any]:
    """The numbers of an array of whole numbers of any size."""
    import numpy as np

    kind = np.dtype(str(array.type))
    return np.frombuffer(array.buffers()[1] or b"", kind, len(array), array.offset * kind.itemsize)


def numbers_of(array: pa.Int32Array) -> NDArray[np.int32]:
    """The numbers of an int32 array."""
    import numpy as np

    _there, content = array.buffers()
    return np.frombuffer(content or b"", np.int32, len(array), array.offset * 4)


def bools_of(array: pa.BooleanArray) -> NDArray[np.bool_]:
    """The yes and no of an array, fit to be changed."""
    import numpy as np

    _there, content = array.buffers()
    bits = np.unpackbits(np.frombuffer(content or b"", np.uint8), count=array.offset + len(array), bitorder="little")
    return bits[array.offset :].astype(bool)


def _bits(which: NDArray[np.bool_]) -> pa.Buffer:
    import numpy as np
    import pyarrow as pa

    return pa.py_buffer(np.packbits(which, bitorder="little"))
