"""What our commands wrote in the clear, and where: kept locked, so that `exchange tidy` finds it again.

Remembered is each file's place, size and hash, never what is in it. Whoever looks for leftovers is not to be told by us
where they lie, so the list opens with the identity alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from exchange.crypto.hashing import hash_stream
from exchange.office import Office

Sort = Literal["export", "opened", "page", "extract", "marked"]
"""Rows and people out of the store; a bundle that was opened; a preview; a workbook that was packed from; a workbook
given back with its findings."""
_MOST = 400  # writings that are remembered; older ones are found by their marks, in folders that are named


class Piece(BaseModel):
    """A file as it was written: `path` in its folder, its size, the SHA-256 of its content."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    size: int
    sha256: str

    @classmethod
    def of(cls, folder: Path, file: Path) -> Piece:
        with file.open("rb") as source:
            return cls(
                path=file.relative_to(folder).as_posix(),
                size=file.stat().st_size,
                sha256=hash_stream("sha256", source).hex(),
            )

    def is_in(self, folder: Path) -> bool:
        file = folder / self.path
        return file.is_file() and not file.is_symlink()


class Written(BaseModel):
    """What one command wrote into one folder, or read from it (an extract)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sort: Sort
    folder: str
    pieces: tuple[Piece, ...]

    @property
    def root(self) -> Path:
        return Path(self.folder)


_WRITTEN: TypeAdapter[tuple[Written, ...]] = TypeAdapter(tuple[Written, ...])


def remember(office: Office, sort: Sort, folder: Path, files: Iterable[Path]) -> None:
    """Keep in mind that these files in `folder` hold people's data in the clear."""
    root = folder.resolve()
    pieces = tuple(Piece.of(root, file.resolve()) for file in files)
    fresh = Written(sort=sort, folder=str(root), pieces=pieces)
    before = [each for each in written(office) if (each.sort, each.folder, _paths(each)) != _named(fresh)]
    _keep(office, (*before, fresh))


def written(office: Office) -> tuple[Written, ...]:
    """All that is remembered, the oldest first."""
    return _WRITTEN.validate_json(office.load_register(office.workspace.registers.leftovers_file) or b"[]")


def forget_what_is_gone(office: Office) -> None:
    """Remember no longer what lies there no more."""
    known = written(office)
    left = tuple(each for each in known if any(piece.is_in(each.root) for piece in each.pieces))
    if left != known:
        _keep(office, left)


def _named(each: Written) -> tuple[Sort, str, tuple[str, ...]]:
    return each.sort, each.folder, _paths(each)


def _paths(each: Written) -> tuple[str, ...]:
    return tuple(piece.path for piece in each.pieces)


def _keep(office: Office, those: tuple[Written, ...]) -> None:
    office.save_register(office.workspace.registers.leftovers_file, _WRITTEN.dump_json(those[-_MOST:]))
