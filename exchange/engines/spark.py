"""A cluster's table, read by Spark SQL, with everything that Spark puts aside encrypted.

See `spark_session`. A row's place in the new order is drawn from a secret, the part of the table in which it lies, and
its number there; Spark sorts by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from exchange.engines.spark_session import failures, session
from exchange.engines.table import SPACES, STAR, Looks, Release, kind_of, not_plain
from exchange.errors import DisclosureError, Problem
from exchange.locale import _

if TYPE_CHECKING:
    import pyarrow as pa

_PLAIN = ("string", "boolean", "date", "tinyint", "smallint", "int", "bigint")


class SparkTable:
    """A CSV or Parquet file, or a folder of such, as a `Table`. Columns are c0, c1, … inside."""

    def __init__(self, session: Any, file: Path, separator: str, draft: Path) -> None:
        self._session, self._separator, self._draft = session, separator, draft
        self.file = file
        with failures(DisclosureError):
            frame = self._parquet() if kind_of(file) == "parquet" else self._csv()
            self.columns: tuple[str, ...] = tuple(name.strip() for name in frame.columns)
            frame = frame.toDF(*(f"c{place}" for place in range(len(frame.columns))))
        self._frame = frame

    @classmethod
    @contextmanager
    def open(cls, file: Path, separator: str, draft: Path, memory_limit: str, master: str) -> Iterator[Self]:
        """`file` and `draft` lie where all of the cluster's machines see them."""
        if not file.exists():
            raise DisclosureError(Problem("table.missing_file", _("the file cannot be opened"), where=file.name))
        with session(memory_limit, master, DisclosureError) as opened:
            yield cls(opened, file, separator, draft)

    def counted(self, columns: Sequence[str]) -> pa.Table:
        frame = self._texts(columns).groupBy(*map(self._column, columns)).count()
        with failures(DisclosureError):
            return frame.toArrow()

    def blank_rows(self) -> int:
        from pyspark.sql import functions as f

        rows = self._texts(self.columns)
        for name in self.columns:
            rows = rows.filter(f.btrim(f.col(self._column(name)), f.lit(SPACES)) == "")
        with failures(DisclosureError):
            return int(rows.count())

    def spread(self, looks: Looks, column: str) -> pa.Table:
        from pyspark.sql import functions as f

        rows = self._texts((*looks.columns, column)).withColumn("text", f.col(self._column(column)))
        with failures(DisclosureError):
            return self._joined(rows, looks).groupBy("number", "text").count().toArrow()

    def release(self, release: Release, secret: bytes) -> SparkTable:
        from pyspark.sql import functions as f

        looks = release.looks
        others = [name for name in release.columns if name not in looks.columns]
        place = f.sha2(f.concat(f.lit(secret.hex()), f.monotonically_increasing_id().cast("string")), 256)
        rows = self._joined(self._texts((*looks.columns, *others)).withColumn("place", place), looks)
        rows = rows.join(f.broadcast(self._labels(release)), "number").orderBy("place")
        star = f.col("starred")
        cells = [
            f.col(f"l{looks.columns.index(name)}").alias(name)
            if name in looks.columns
            else f.when(star, STAR).otherwise(f.btrim(f.col(self._column(name)), f.lit(SPACES))).alias(name)
            for name in release.columns
        ]
        self._write(rows.select(*cells))
        return SparkTable(self._session, self._draft, self._separator, self._draft)

    # --- inside ---

    def _column(self, name: str) -> str:
        return f"c{self.columns.index(name)}"

    def _texts(self, columns: Sequence[str]) -> Any:
        from pyspark.sql import functions as f

        names = map(self._column, dict.fromkeys(columns))
        return self._frame.select(*(f.coalesce(f.col(name).cast("string"), f.lit("")).alias(name) for name in names))

    def _joined(self, rows: Any, looks: Looks) -> Any:
        """Rows with the number of their look; the looks go to every machine."""
        import pyarrow as pa
        from pyspark.sql import functions as f

        names = [self._column(name) for name in looks.columns]
        table = looks.texts.rename_columns(names).append_column("number", pa.array(looks.numbers, pa.int32()))
        return rows.join(f.broadcast(self._session.createDataFrame(table)), names)

    def _labels(self, release: Release) -> Any:
        import pyarrow as pa

        table = release.labels.rename_columns([f"l{place}" for place in range(release.labels.num_columns)])
        table = table.append_column("number", pa.array(range(len(table)), pa.int32()))
        return self._session.createDataFrame(table.append_column("starred", pa.array(release.starred)))

    def _csv(self) -> Any:
        """Every cell as text. A value may go over several lines, so each file is read by one machine."""
        form: dict[str, Any] = {"header": True, "sep": self._separator, "quote": '"', "escape": '"', "multiLine": True}
        head = self._session.read.csv(str(self.file.absolute()), **form).columns
        names = [f"c{place}" for place in range(len(head))]
        schema = ", ".join(f"{name} string" for name in names)
        rows = self._session.read.csv(str(self.file.absolute()), schema=schema, mode="FAILFAST", **form)
        return rows.toDF(*head)

    def _parquet(self) -> Any:
        frame = self._session.read.parquet(str(self.file.absolute()))
        DisclosureError.raise_all(not_plain(name) for name, kind in frame.dtypes if kind not in _PLAIN)
        return frame

    def _write(self, rows: Any) -> None:
        with failures(DisclosureError):
            if kind_of(self._draft) == "parquet":
                rows.write.parquet(str(self._draft.absolute()))
            else:
                rows.write.csv(
                    str(self._draft.absolute()), sep=self._separator, header=True, quote='"', escape='"',
                    emptyValue='""', ignoreLeadingWhiteSpace=False, ignoreTrailingWhiteSpace=False,
                )  # fmt: skip
