"""A cluster of one machine, on this one: the same links, and nothing in the clear where it works. `make test-spark`."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from merge.linked_reports import Reports, by_tokens
from merge.linking_on_a_cluster import PAIRS

from exchange.engines.duckdb import Engine
from exchange.merge.linking import linking

pyspark = pytest.importorskip("pyspark", reason="Spark is an extra: make test-spark runs this")
PEOPLE, SEED = 200, 62


@dataclass(frozen=True, slots=True)
class Cluster:
    """`aside`: where its machine puts what it shuffles. `settings`: the environment of whoever uses it."""

    master: str
    aside: Path
    settings: dict[str, str]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    conf, aside = tmp_path / "conf", tmp_path / "aside"
    conf.mkdir()
    aside.mkdir()
    (conf / "spark-defaults.conf").write_text(
        f"spark.authenticate true\nspark.authenticate.secret {secrets.token_hex(16)}\n"
        "spark.network.crypto.enabled true\nspark.shuffle.compress false\nspark.sql.shuffle.partitions 2\n"
    )
    port = _free_port()
    here = {"SPARK_CONF_DIR": str(conf), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(aside)}
    master = f"spark://127.0.0.1:{port}"
    with ExitStack() as running:
        of_master = ("--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
        running.enter_context(_running("master.Master", here, *of_master))
        _wait_for(port)
        of_worker = ("--cores", "1", "--memory", "1g", "--work-dir", str(tmp_path / "work"))
        running.enter_context(_running("worker.Worker", here, *of_master[:2], *of_master[4:], *of_worker, master))
        yield Cluster(master, aside, here)


class _running:  # noqa: N801  # reads as a word
    """A program of Spark's, ended by its own id."""

    def __init__(self, name: str, settings: dict[str, str], *arguments: str) -> None:
        program = Path(pyspark.__file__).parent / "bin" / "spark-class"
        command = [str(program), f"org.apache.spark.deploy.{name}", *arguments]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, env=os.environ | settings, stdout=quiet, stderr=quiet)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_exception: object) -> None:
        self._process.terminate()
        self._process.wait(60)


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + 120
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < until, "the cluster did not start"
            time.sleep(0.2)
        else:
            return


def test_a_cluster_gives_the_same_links_and_holds_nothing_in_the_clear(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "DRAWN", PAIRS)
    with Engine.open() as engine:
        alone = by_tokens(Reports.of(PEOPLE, SEED), engine)
    program = Path(__file__).with_name("linking_on_a_cluster.py")
    command = [sys.executable, str(program), cluster.master, str(PEOPLE), str(SEED), str(cluster.aside)]
    paths = {"PYTHONPATH": os.pathsep.join(map(str, program.parents[1:3]))}
    environment = os.environ | cluster.settings | paths
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert len(alone["left"]) > 50
    assert told["links"] == alone
    assert told["aside"] > 1_000
    assert told["clear"] == 0
