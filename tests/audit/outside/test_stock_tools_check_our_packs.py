"""Two verifiers that nobody here wrote read a pack of ours as C2SP has it, and refuse it forged.

Go's sumdb/note and sumdb/tlog come from Debian (golang-go, golang-golang-x-mod-dev), tlog-scales from PyPI, in an
environment of its own (`make .venv-audit-peers/stamp`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from audit.network import AGREEMENT, Network, digest
from needs import needs

from exchange.audit.checkpoint import Checkpoint, sign_checkpoint
from exchange.audit.pack import export
from exchange.audit.scope import Scope

HERE = Path(__file__).parent
SCALES = HERE.parents[2] / ".venv-audit-peers" / "bin" / "python"
GO_PATH = Path("/usr/share/gocode")  # where Debian keeps the sources of libraries
ENTRIES, EARLIER, ASKED = 700, 300, 517
SEEN = ["checkpoint", "earlier checkpoint", "cosignature", "inclusion", "consistency"]


@dataclass(frozen=True)
class Said:
    seen: list[str]
    refused: str | None


Tool = Callable[[Path, Path], Said]


def run(*command: str | Path) -> Said:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert (done.returncode == 0) == ("refused" not in said.values()), done.stderr
    return Said(
        [what for what, how in said.items() if how != "refused"],
        next((what for what, how in said.items() if how == "refused"), None),
    )


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Tool:
    folder = tmp_path_factory.mktemp("go")
    settings = {"GO111MODULE": "off", "GOPATH": str(GO_PATH), "GOCACHE": str(folder / "cache"), "GOFLAGS": ""}
    program = folder / "verify_pack"
    command = ["go", "build", "-o", program, HERE / "verify_pack.go"]
    subprocess.run(command, env=os.environ | settings, check=True, timeout=300)
    return lambda pack, earlier: run(program, pack, earlier, str(ASKED))


@pytest.fixture(scope="module")
def scales() -> Tool:
    return lambda pack, earlier: run(SCALES, HERE / "verify_pack.py", pack, earlier, str(ASKED))


def there(path: Path, how: str) -> pytest.MarkDecorator:
    if not path.exists() and os.environ.get("CI"):
        raise RuntimeError(f"CI lacks {path.name}: {how}")
    return pytest.mark.skipif(not path.exists(), reason=f"not there: {how}")


@pytest.fixture(
    params=[
        pytest.param(
            "go", marks=[needs("go"), there(GO_PATH / "src/golang.org/x/mod/sumdb", "golang-golang-x-mod-dev")]
        ),
        pytest.param("scales", marks=there(SCALES, "make .venv-audit-peers/stamp")),
    ]
)
def tool(request: pytest.FixtureRequest) -> Tool:
    found: Tool = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """A log of 700 entries that another organisation has cosigned at 300 and at its end, in a pack, and in one in which
    every other entry is withheld."""
    network = Network(tmp_path_factory.mktemp("made"), ["yks", "gt-ntt"])
    yks, other = network["yks"], network["gt-ntt"]
    entries = [yks.entry("bundle.queued", counterpart="elsewhere", ciphertext=digest("")), yks.entry("store.merged")]
    for size in (EARLIER, ENTRIES):
        with yks.log() as log:
            log.append(*entries * ((size - log.size) // 2))
        yks.show(other, back=True)
    scope = Scope(agreements=(AGREEMENT.id,), parties=("yks", "gt-ntt"))
    with yks.log() as log:
        witnesses = [(other.origin, other.key.verify_key)]
        for name, shown in (("whole", None), ("some", scope)):
            target = network.folder / name
            export(log, yks.key, target, at=network.now, scope=shown, witnesses=witnesses)
    return network


@pytest.fixture
def pack(made: Network, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made.folder / "whole", tmp_path / "pack"))


def spoil(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def earlier_in(pack: Path) -> Path:
    return pack / "checkpoints" / str(EARLIER)


def test_everything_that_a_pack_claims_is_seen_to_be_so(tool: Tool, pack: Path) -> None:
    assert tool(pack, earlier_in(pack)) == Said(SEEN, None)


def test_the_same_of_a_pack_in_which_other_entries_are_withheld(tool: Tool, made: Network) -> None:
    some = made.folder / "some"
    assert b"bundle.queued" not in b"".join(each.read_bytes() for each in some.rglob("*") if each.is_file())
    assert tool(some, earlier_in(some)) == Said(SEEN, None)


@pytest.mark.parametrize("signature", [0, 1], ids=["of the log", "of the witness"])
def test_a_forged_signature_is_refused(tool: Tool, pack: Path, signature: int) -> None:
    head = pack / "checkpoint"
    lines = head.read_text().split("\n")
    line = lines[4 + signature]
    lines[4 + signature] = line[:-10] + ("A" if line[-10] != "A" else "B") + line[-9:]
    head.write_text("\n".join(lines))
    assert tool(pack, earlier_in(pack)).refused == ["checkpoint", "cosignature"][signature]


def test_a_checkpoint_that_says_another_size_is_refused(tool: Tool, pack: Path) -> None:
    head = pack / "checkpoint"
    head.write_text(head.read_text().replace(f"\n{ENTRIES}\n", f"\n{ENTRIES - 1}\n"))
    assert tool(pack, earlier_in(pack)).refused == "checkpoint"


def test_an_altered_entry_is_refused(tool: Tool, pack: Path) -> None:
    bundle = pack / "tile/entries/002.p/188"
    bundle.write_bytes(bundle.read_bytes().replace(b"store.merged", b"store.merger"))
    assert tool(pack, earlier_in(pack)).refused == "inclusion"


def test_an_altered_tile_is_refused(tool: Tool, pack: Path) -> None:
    spoil(pack / "tile/0/002.p/188", ((ASKED % 256) ^ 1) * 32)
    assert tool(pack, earlier_in(pack)).refused == "inclusion"


def test_a_history_that_was_another_before_is_refused(tool: Tool, pack: Path, made: Network, tmp_path: Path) -> None:
    """The log's own key has signed another root at the earlier size: a fork."""
    other = sign_checkpoint(Checkpoint(made["yks"].origin, EARLIER, bytes(32)), made["yks"].key)
    (tmp_path / "other").write_bytes(other.data)
    assert tool(pack, tmp_path / "other").refused == "consistency"
