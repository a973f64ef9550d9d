"""Two workers share the tests out by files: what one file prepares is prepared once."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

HOUSE = Path(__file__).parents[1]


def test_each_file_stays_with_one_worker() -> None:
    command = ["-m", "pytest", "-v", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider"]
    some = ("tests/test_errors.py", "tests/codes/test_nik_structure.py")
    done = subprocess.run(
        [sys.executable, *command, *some],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=True,
    )
    workers = defaultdict(set)
    for worker, file in re.findall(r"^\[(gw\d)\].* PASSED (\S+?)::", done.stdout, re.MULTILINE):
        workers[file].add(worker)
    assert len(workers) > 1
    assert {len(those) for those in workers.values()} == {1}
    assert set.union(*workers.values()) == {"gw0", "gw1"}
