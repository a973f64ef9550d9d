"""In CI nothing is skipped for want of a program: what a test needs, `.ci/run` installs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from needs import needs, needs_r

TESTS = Path(__file__).parent
# Debian's packages, and the programs that tests run from them. What is of every Debian stands in none.
PROGRAMS = {
    "openssh-server": {"sshd"},
    "openssh-client": {"ssh-keygen", "ssh", "sftp", "ssh-agent", "ssh-add"},
    "openssl": {"openssl"},
    "age": {"age"},
    "nodejs": {"node"},
    "npm": {"npm"},
    "r-cran-readr": {"Rscript"},
}
OF_EVERY_DEBIAN = {"sh", "tar", "sha256sum", "truncate"}


def test_a_program_that_ci_lacks_is_a_failure_and_elsewhere_a_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(RuntimeError, match="no-such-program"):
        needs("sh", "no-such-program")
    with pytest.raises(RuntimeError, match="nosuchpackage"):
        needs_r("nosuchpackage")
    assert needs("sh").args == (False,)
    monkeypatch.delenv("CI")
    assert needs("sh", "no-such-program").args == (True,)


def test_ci_installs_every_program_that_a_test_needs() -> None:
    run = (TESTS.parent / ".ci/run").read_text(encoding="utf-8")
    assert 'export CI="${CI:-true}"' in run
    (packages,) = re.findall(r"^packages=\((.*)\)$", run, re.MULTILINE)
    installed = set().union(*(PROGRAMS.get(package, set()) for package in packages.split())) | OF_EVERY_DEBIAN
    asked = set()
    for file in set(TESTS.rglob("*.py")) - {Path(__file__)}:
        for call in re.findall(
            r"^ *@?(?:pytestmark = )?needs\((.*?)\)", file.read_text(encoding="utf-8"), re.MULTILINE
        ):
            asked |= set(re.findall(r'"([^"]+)"', call))
    assert {"age", "node", "npm", "ssh-keygen"} <= asked
    assert asked <= installed, asked - installed
