"""How much may be in the air, and of how many files at once."""

from __future__ import annotations

from dataclasses import dataclass

FILES = 32  # at most; more brings nothing, and servers bound the files that one session has open
LEAST = 8 * 1024  # bytes in one request
PER_FILE = 64 * 1024  # bytes of room for each file that is begun


@dataclass(slots=True)
class Pace:
    """How many bytes may be in the air. It begins small and doubles while answers come soon.

    So a link of a few kilobytes a second still gets an answer every few seconds, by which a slow link is told from a
    dead one, and a fast link soon has 4 MiB in the air.
    """

    room: int = 32 * 1024
    most: int = 4 * 1024 * 1024
    block: int = 128 * 1024  # the largest request: measured, more brings nothing
    flying: int = 0

    def step(self) -> int:
        """The size of the next request: several of them fill the room, so that answers come as soon as they can, and
        on a far link the room grows by more than one answer in each round."""
        return min(max(self.room // 4, LEAST), self.block)

    def fits(self, size: int) -> bool:
        """Whether `size` more bytes may fly."""
        return self.flying + size <= self.room

    def files(self) -> int:
        """How many files may be on their way."""
        return min(FILES, max(1, self.room // PER_FILE))

    def answered(self, seconds: float) -> None:
        """An answer came this long after its request."""
        if seconds < 1:
            self.room = min(self.room * 2, self.most)
        elif seconds > 5:
            self.room = max(self.room // 2, LEAST)
