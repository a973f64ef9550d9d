"""A file larger than memory, read by DuckDB, which puts nothing aside.

DuckDB spills what does not fit into memory in the clear, and cannot encrypt it offline (2.0: `temp_file_encryption`
asks for an extension from the network). So it may not spill. Counting needs memory for the distinct combinations only,
and a combination is a few bytes: each distinct text of a column is met first, and is an ENUM from then on.
A release is written in parts: each row draws its place in the new order from a secret and its row number, a part is
the rows of one stretch of places, put in order in memory. What does not fit is halved, and the file is read once more.
So the disk sees nothing but the release itself, and every order is as likely as any other.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from exchange.engines.duckdb import Engine, failures, text
from exchange.engines.table import SPACES, STAR, Looks, Release, kind_of, not_plain
from exchange.errors import DisclosureError, Problem
from exchange.locale import _

if TYPE_CHECKING:
    import pyarrow as pa

_PLACES = 1 << 64
_MOST_PARTS = 1 << 10  # smaller parts would not be worth a reading each


class DuckDBFile:
    """A CSV file (UTF-8, quoted by `"`) or a Parquet file as a `Table`. Columns are c0, c1, … in all SQL."""

    def __init__(self, engine: Engine, file: Path, columns: Sequence[str], separator: str, draft: Path) -> None:
        self._engine, self._separator, self._draft = engine, separator, draft
        self.file, self.columns = file, tuple(columns)
        self._coded: set[str] = set()  # columns whose texts are an ENUM of their own

    @classmethod
    @contextmanager
    def open(cls, file: Path, separator: str, draft: Path, memory_limit: str, threads: int = 2) -> Iterator[Self]:
        """`draft`: where a release is written; nothing else of its folder is touched. Two `threads`: each takes memory
        of its own."""
        columns = _columns(file, separator)
        if len({name.casefold() for name in columns}) != len(columns):
            hint = _("names that differ only by large and small letters are one name to the database engine")
            raise DisclosureError(Problem("table.column_twice", _("two columns have the same name"), file.name, hint))
        files = (file.absolute(), draft.absolute().parent)
        with Engine.open(memory_limit=memory_limit, threads=threads, files=files, error=DisclosureError) as engine:
            yield cls(engine, file, columns, separator, draft)

    def counted(self, columns: Sequence[str]) -> pa.Table:
        if self.file != self._draft:  # of what was released there are few combinations
            self._code(columns)
        names = ", ".join(map(self._column, columns))
        return self._engine.run(f"SELECT {names}, count(*) AS rows FROM ({self._rows(columns)}) GROUP BY ALL")  # noqa: S608

    def _code(self, columns: Sequence[str]) -> None:
        new = sorted(set(columns) - self._coded)
        if not new:
            return
        met = ", ".join(f"list(DISTINCT {self._column(name)}) AS {self._column(name)}" for name in new)
        self._engine.make("met", f"SELECT {met} FROM ({self._rows(new)})")  # noqa: S608
        for column in map(self._column, new):
            self._engine.make_type(f"of_{column}", f"SELECT unnest({column}) FROM met")  # noqa: S608
        self._coded.update(new)

    def blank_rows(self) -> int:
        texts = (f"coalesce(c{place}::VARCHAR, '')" for place in range(len(self.columns)))
        blank = " AND ".join(f"trim({each}, {text(SPACES)}) = ''" for each in texts)
        return self._engine.number(f"SELECT count(*) FROM {self._scan()} WHERE {blank}")  # noqa: S608

    def spread(self, looks: Looks, column: str) -> pa.Table:
        self._add_looks(looks)
        rows = self._rows((*looks.columns, column))
        of_look = ", ".join(map(self._column, looks.columns))
        return self._engine.run(
            f"SELECT number, {self._column(column)} AS text, count(*) AS rows "  # noqa: S608
            f"FROM ({rows}) JOIN looks USING ({of_look}) GROUP BY ALL"
        )

    def release(self, release: Release, secret: bytes) -> DuckDBFile:
        self._add_looks(release.looks)
        self._add_labels(release)
        part, parts, written = 0, 1, list[Path]()
        while part < parts:
            aside = self._draft.with_stem(f"part-{len(written)}")
            try:
                self._write(self._part(release, secret, part, parts), aside, head=not written)
            except DisclosureError as error:
                if error.codes != ("engine.memory",) or parts == _MOST_PARTS:
                    raise
                part, parts = 2 * part, 2 * parts
            else:
                written.append(aside)
                part += 1
        _join(written, self._draft)
        return DuckDBFile(
            self._engine, self._draft, _columns(self._draft, self._separator), self._separator, self._draft
        )

    def _write(self, sql: str, file: Path, *, head: bool) -> None:
        csv_form = f"FORMAT csv, HEADER {head}, DELIMITER {text(self._separator)}"
        form = csv_form if kind_of(file) == "csv" else "FORMAT parquet"
        with failures(DisclosureError):
            self._engine.connection.execute(f"COPY ({sql}) TO {text(file)} ({form}, USE_TMP_FILE false)")

    # --- SQL ---

    def _column(self, name: str) -> str:
        return f"c{self.columns.index(name)}"

    def _rows(self, columns: Sequence[str], more: str = "") -> str:
        """These columns of every row, as text or as its code."""
        texts = ", ".join(f"{self._value(name)} AS {self._column(name)}" for name in dict.fromkeys(columns))
        return f"SELECT {more}{texts} FROM {self._scan()}"  # noqa: S608

    def _value(self, name: str) -> str:
        column = self._column(name)
        return f"coalesce({column}::VARCHAR, '')" + (f"::of_{column}" if name in self._coded else "")

    def _scan(self) -> str:
        """The file alone: a folder named sex=f would else overwrite the column sex of what lies in it."""
        file = text(self.file.absolute())
        names = [f"c{place}" for place in range(len(self.columns))]
        if kind_of(self.file) == "parquet":
            return f"read_parquet({file}, hive_partitioning = false) AS source({', '.join(names)})"
        kinds = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
        return (
            f"read_csv({file}, auto_detect = false, header = true, columns = {{{kinds}}}, strict_mode = true, "
            f"delim = {text(self._separator)}, quote = '\"', escape = '\"', hive_partitioning = false)"
        )

    def _add_looks(self, looks: Looks) -> None:
        import pyarrow as pa

        names = [self._column(name) for name in looks.columns]
        table = looks.texts.rename_columns(names).append_column("number", pa.array(looks.numbers, pa.int32()))
        self._engine.add("given", table)
        codes = ", ".join(f"{self._value(name)} AS {self._column(name)}" for name in looks.columns)
        self._engine.make("looks", f"SELECT {codes}, number FROM given")  # noqa: S608

    def _add_labels(self, release: Release) -> None:
        import pyarrow as pa

        table = release.labels.rename_columns([f"l{place}" for place in range(release.labels.num_columns)])
        places = pa.array(range(len(table)), pa.int32())
        table = table.append_column("number", places).append_column("starred", pa.array(release.starred))
        self._engine.add("given", table)
        self._engine.make("labels", "SELECT * FROM given")

    def _part(self, release: Release, secret: bytes, part: int, parts: int) -> str:
        """The rows whose place is in the part, in order. A place: 64 bits of SHA-256 of the secret and the row."""
        looks = release.looks.columns
        others = [name for name in release.columns if name not in looks]
        low, high = part * _PLACES // parts, (part + 1) * _PLACES // parts - 1
        rows = self._rows((*looks, *others), "row_number() OVER () AS row, ")
        place = f"('0x' || sha256('{secret.hex()}' || row)[:16])::UBIGINT"
        carried = ", ".join(("place", "number", *map(self._column, others)))
        ordered = (
            f"SELECT {carried} FROM (SELECT *, {place} AS place FROM ({rows})) "  # noqa: S608
            f"JOIN looks USING ({', '.join(map(self._column, looks))}) "
            f"WHERE place BETWEEN {low} AND {high} ORDER BY place"
        )
        cells = ", ".join(f"{self._cell(name, looks)} AS {_name(name)}" for name in release.columns)
        return f"SELECT {cells} FROM ({ordered}) JOIN labels USING (number)"  # noqa: S608

    def _cell(self, name: str, looks: Sequence[str]) -> str:
        if name in looks:
            return f"l{looks.index(name)}"
        return f"CASE WHEN starred THEN '{STAR}' ELSE trim({self._column(name)}, {text(SPACES)}) END"


def _join(parts: Sequence[Path], whole: Path) -> None:
    """One file of several, of which the first has the head; they are gone then."""
    if len(parts) == 1:
        parts[0].rename(whole)
    elif kind_of(whole) == "csv":
        with whole.open("wb") as file:
            for part in parts:
                with part.open("rb") as more:
                    shutil.copyfileobj(more, file, 1 << 20)
                part.unlink()
    else:
        _join_parquet(parts, whole)


def _join_parquet(parts: Sequence[Path], whole: Path) -> None:
    from pyarrow import parquet

    with parquet.ParquetWriter(whole, parquet.read_schema(parts[0])) as writer:
        for part in parts:
            with parquet.ParquetFile(part) as more:
                for batch in more.iter_batches():
                    writer.write_batch(batch)
            part.unlink()


def _columns(file: Path, separator: str) -> list[str]:
    return _csv_columns(file, separator) if kind_of(file) == "csv" else _parquet_columns(file)


def _csv_columns(file: Path, separator: str) -> list[str]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            return [name.strip() for name in next(csv.reader(opened, delimiter=separator, strict=True), [])]
    except OSError:
        raise _missing(file) from None
    except (UnicodeDecodeError, csv.Error):
        raise DisclosureError(Problem("table.not_text", _("this is no CSV table"), where=file.name)) from None


def _parquet_columns(file: Path) -> list[str]:
    """DisclosureError `table.not_plain`, and as `open`."""
    import pyarrow as pa
    from pyarrow import parquet, types

    try:
        schema = parquet.read_schema(file)
    except OSError:
        raise _missing(file) from None
    except pa.ArrowInvalid:
        raise DisclosureError(Problem("table.not_text", _("this is no Parquet table"), where=file.name)) from None
    plain = (types.is_string, types.is_large_string, types.is_integer, types.is_boolean, types.is_date)
    kinds = ((field.name, field.type.value_type if types.is_dictionary(field.type) else field.type) for field in schema)
    DisclosureError.raise_all(not_plain(name) for name, kind in kinds if not any(of(kind) for of in plain))
    return list(schema.names)


def _missing(file: Path) -> DisclosureError:
    return DisclosureError(Problem("table.missing_file", _("the file cannot be opened"), where=file.name))


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
