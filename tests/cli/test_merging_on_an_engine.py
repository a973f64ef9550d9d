"""`exchange merge` on an engine that a person names: the same people, or a refusal before anything is done."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from cli.organisations import Desk
from cli.town import built

HAS_SPARK = find_spec("pyspark") is not None


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    town = built(tmp_path_factory.mktemp("town"))
    bundle: Path = town.packed()
    desk = town.recipient()
    desk.does("receive", "--from-folder", bundle.parent)
    return desk


def test_a_cluster_without_spark_is_refused(desk: Desk) -> None:
    assert desk.run("merge", "--master", "local[2]").codes == ["usage.master"]


@pytest.mark.skipif(HAS_SPARK, reason="Spark is installed")
def test_spark_that_is_not_installed_is_told(desk: Desk) -> None:
    assert desk.run("merge", "--engine", "spark").codes == ["engine.not_installed"]
    assert not [each for each in desk.run("audit", "entries", "--json").json if each["kind"] == "store.merged"]


@pytest.mark.skipif(not HAS_SPARK, reason="Spark is an extra: make test-spark runs this")
def test_spark_counts_the_same_people(desk: Desk) -> None:
    alone = desk.run("merge", "--json").json
    on_spark = desk.run("merge", "--engine", "spark", "--master", "local[2]", "--json").json
    assert alone["people"]
    assert on_spark["anew"]  # what one engine has compared, another does not take as it is
    assert on_spark | {"anew": False} == alone
