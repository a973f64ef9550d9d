"""A bundle is a function of its release: the same arguments give the same bytes, whoever packs it and whenever."""

from __future__ import annotations

import datetime as dt
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from bundle.months import BUNDLE, MADE, TIERS, described, files, released

from exchange.locale import speaking

HERE = Path(__file__).parents[2]
AGAIN = """
import hashlib
from bundle.months import described, released
for member in described(released({recipient!r}))[0].members:
    print(member.path, hashlib.sha256(member.content).hexdigest())
"""


@pytest.mark.parametrize("recipient", TIERS)
def test_two_runs_give_the_same_bytes(recipient: str) -> None:
    assert described(released(recipient)) == described(released(recipient))


def test_another_process_in_another_year_gives_the_same_bytes() -> None:
    run = subprocess.run(
        [sys.executable, "-c", AGAIN.format(recipient="gt-ntt")],
        cwd=HERE,
        env={"PYTHONPATH": f"{HERE}:{HERE / 'tests'}", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "LANG": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    bundle, _metadata = described(released("gt-ntt"))
    ours = [f"{each.path} {hashlib.sha256(each.content).hexdigest()}" for each in bundle.members]
    assert run.stdout.splitlines() == ours


@pytest.mark.parametrize("recipient", TIERS)
def test_the_language_of_the_sender_leaves_no_trace(recipient: str) -> None:
    english = described(released(recipient))
    with speaking("id"):
        assert described(released(recipient)) == english


def test_the_same_instant_in_another_time_zone_gives_the_same_bytes() -> None:
    elsewhere = MADE.astimezone(dt.timezone(dt.timedelta(hours=8)))
    bundle, _metadata = described(released("gt-ntt"))
    assert files(described(released("gt-ntt"), created=elsewhere)[0]) == files(bundle)


def test_the_id_stands_in_every_description_and_in_no_data() -> None:
    members = files(described(released("gt-ntt"))[0])
    naming = {path for path, content in members.items() if BUNDLE.encode() in content}
    assert naming == {"datapackage.json", "README.html"}  # and, compressed, the workbook
