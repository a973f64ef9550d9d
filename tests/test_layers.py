"""The house keeps its shape: who may import whom, and which room alone may touch a library."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "exchange"

GROUND = {"errors", "locale"}
# room → the rooms it may import, beside its own files and the ground floor; nothing else.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "locale": set(),
    "crypto": set(),
    "codes": set(),
    "engines": set(),
    "ladders": {"codes"},
    "keyring": {"crypto"},
    "agreements": {"crypto", "keyring", "codes", "ladders"},
    "extracts": {"agreements", "codes"},
    "consent": {"agreements", "extracts"},
    "redact": {"agreements", "extracts", "consent", "matching", "ladders", "codes", "crypto"},
    "matching": {"agreements", "extracts", "consent", "codes", "crypto"},
    "protect": {"agreements", "redact", "matching", "ladders", "engines"},
    "bundle": {"agreements", "extracts", "consent", "redact", "matching", "protect", "codes", "crypto"},
    "seal": {"agreements", "bundle", "keyring", "crypto"},
    "transport": set(),  # knows nothing of what is inside a sealed bundle
    "finding": set(),
    "doctor": {"finding", "transport", "dropbox"},
    "dropbox": {"finding"},  # the server's side of it, which installs nothing of ours
    "merge": {"agreements", "bundle", "matching", "protect", "engines", "crypto", "codes"},
    "audit": {"crypto", "keyring"},
    "exports": {"agreements", "bundle"},
    "reports": {"keyring", "agreements", "bundle", "protect", "merge", "audit", "asking", "codes", "crypto"},
}
# Above the rooms: one organisation's folder, the organisation at work, the two halves of the road.
ROOMS = set(MAY_IMPORT) - {"reports", "exports"}
MAY_IMPORT |= {
    "workspace": ROOMS,
    "noting": ROOMS | {"workspace"},
    "recovering": ROOMS | {"workspace", "renewing"},
    "office": ROOMS | {"workspace"},
    "posting": ROOMS | {"office"},
    "agreed": ROOMS | {"office"},
    "merging": ROOMS | {"office"},
    "registers": ROOMS | {"office"},
    "renewing": ROOMS | {"workspace", "office", "posting"},
    "revoking": ROOMS | {"workspace", "office", "renewing"},
    "by_hand": ROOMS | {"office", "reports"},
    "attaching": ROOMS,
    "roads": ROOMS | {"office", "by_hand", "attaching"},
    "senders": ROOMS | {"workspace"},
    "examining": ROOMS | {"office", "roads"},
    "kept_marks": ROOMS | {"office", "registers", "remembering"},
    "rotating": ROOMS | {"office", "posting", "registers", "remembering", "kept_marks"},
    "agent": ROOMS | {"workspace", "office", "posting", "agreed", "duties"},
    "linking_rounds": ROOMS | {"office", "posting", "registers", "duties", "kept_marks"},
    "duties": ROOMS
    | {"workspace", "office", "posting", "agreed", "merging", "registers", "remembering", "kept_marks"}
    | {"previewing", "approving", "pseudonyms", "papers"},
    "partners_keys": ROOMS | {"office", "renewing"},
    "who_read": ROOMS | {"office"},
    "papers": ROOMS | {"office"},
    "witnessing": ROOMS | {"workspace", "office", "duties"},
    "heeding": ROOMS
    | {"office", "posting", "agreed", "merging", "registers", "duties", "partners_keys"}
    | {"who_read", "witnessing", "agent"},
    "previewing": ROOMS | {"office"},
    "approving": ROOMS | {"office", "posting", "previewing"},
    "delivering": ROOMS
    | {"linking_rounds"}
    | {"registers", "office", "posting", "roads", "by_hand", "attaching", "previewing", "approving", "duties"},
    "remembering": ROOMS | {"office", "posting", "registers"},
    "scrubbing": ROOMS | {"office"},
    "pseudonyms": ROOMS | {"office", "registers", "remembering"},
    "leading_back": ROOMS | {"office", "pseudonyms"},
    "choosing": ROOMS | {"office", "pseudonyms", "leading_back"},
    "checking": ROOMS | {"workspace", "office", "registers"},
    "preparing": ROOMS
    | {"workspace", "office", "registers", "reports", "remembering", "pseudonyms", "scrubbing", "checking"}
    | {"kept_marks", "rotating"},
    "sending": ROOMS
    | {"office", "posting", "registers", "reports", "previewing", "approving", "remembering", "pseudonyms"}
    | {"checking", "preparing", "kept_marks"},
    "reviewing": ROOMS | {"office", "scrubbing", "checking", "preparing"},
    "named_users": ROOMS | {"office", "agreed"},
    "acknowledging": ROOMS | {"office", "posting", "agreed", "who_read"},
    "giving_up": ROOMS | {"office", "posting", "agreed", "previewing", "acknowledging"},
    "writing_again": ROOMS | {"office", "posting", "registers", "duties", "acknowledging", "giving_up"},
    "accepting": ROOMS | {"office", "posting", "agreed", "merging", "acknowledging", "witnessing"},
    "taking_in": ROOMS
    | {"office", "posting", "agreed", "witnessing", "heeding", "acknowledging", "giving_up", "accepting", "papers"},
    "receiving": ROOMS | {"office", "posting", "agent", "roads", "by_hand", "attaching", "taking_in"},
}
MAY_IMPORT["deciding"] = ROOMS | {"office", "named_users", "merging"}
MAY_IMPORT["passing_on"] = ROOMS | {"office"}
MAY_IMPORT["case_history"] = ROOMS | {"office", "registers", "duties", "leading_back"}
MAY_IMPORT["asking"] = {"audit", "agreements", "keyring", "crypto", "duties"}  # of duties the pure clocks
MAY_IMPORT["proving"] = {"asking", "audit", "seal", "bundle", "keyring", "crypto"}
MAY_IMPORT["demo"] = set(MAY_IMPORT)
MAY_IMPORT["cli"] = set(MAY_IMPORT)

# library → the only places that import it
ONLY_IN: dict[str, tuple[str, ...]] = {
    "nacl": ("crypto/",),
    "cryptography": ("crypto/",),
    "rfc8785": ("crypto/",),
    "rfc3161_client": ("crypto/timestamp.py",),
    "shamir_mnemonic": ("keyring/",),
    "paramiko": (
        "transport/sftp/session.py",
        "transport/sftp/link.py",
        "transport/sftp/knocking.py",
        "transport/sftp/guarded.py",
    ),
    "click": ("cli/",),
    "rich": ("cli/",),
    "keyring": ("keyring/os_keyring.py",),
    "duckdb": ("engines/",),
    "pyspark": ("engines/",),
    "py4j": ("engines/",),
    "splink": ("merge/",),
    "asyncssh": ("demo/",),
    "lokal": ("codes/",),
    "phonenumbers": ("matching/",),
    "ruamel": ("agreements/",),
    "fastexcel": ("extracts/",),
    "xlsxwriter": ("agreements/excel.py", "demo/"),
    "openpyxl": ("extracts/marking.py",),
    "typst": ("bundle/pdf.py",),
    "pypdfium2": ("redact/pdf_text.py",),
    "babel": ("locale/update.py",),
}

NO_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "misc", "manager"}
FILES = sorted(HOUSE.rglob("*.py"))


# Inside `protect/anonymise`: folder or file → what it may import of it, beside the ground. A method knows no other.
GROUND_OF_ANONYMISE = {"plan", "coded", "recoded", "alike"}
METHODS = {"full_domain", "local_labels", "local_ranges"}
IN_ANONYMISE: dict[str, set[str]] = {
    **{name: set() for name in GROUND_OF_ANONYMISE | {"plan_file", "checking", "models", "loss"}},
    **{method: {"models", "loss"} for method in METHODS},
    "table": set(),
    "kept": {"models", "local_ranges"},
    "finding": {"checking", "models", "loss", "kept"} | METHODS,
    "measuring": {"loss"},
    "offers": {"loss", "measuring", "table"},
}


def room_of(file: Path) -> str:
    inside = file.relative_to(HOUSE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


@cache
def imports(file: Path) -> frozenset[str]:
    return frozenset(_imports(file))


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.relative_to(HOUSE)}: imports are written in full"
            module = node.module or ""
            yield module
            if module == "exchange":
                yield from (f"exchange.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(HOUSE)))
def test_a_room_imports_only_the_rooms_below_it(file: Path) -> None:
    room = room_of(file)
    if room in {"__init__", "__main__"}:  # the doors of the house
        return
    assert room in MAY_IMPORT, f"{room} is a new room: give it its floor in MAY_IMPORT"
    allowed = MAY_IMPORT[room] | GROUND | {room}
    used = {name.split(".")[1] for name in imports(file) if name.startswith("exchange.")}
    assert used <= allowed, f"{file.relative_to(HOUSE)} reaches up or across: {sorted(used - allowed)}"


def test_inside_anonymise_the_methods_know_nothing_of_each_other_nor_the_check_of_them() -> None:
    inside = "exchange.protect.anonymise."
    for file in sorted((HOUSE / "protect" / "anonymise").rglob("*.py")):
        part = file.relative_to(HOUSE / "protect" / "anonymise").parts[0].removesuffix(".py")
        if part != "__init__":
            used = {name.removeprefix(inside).split(".")[0] for name in imports(file) if name.startswith(inside)}
            assert used <= IN_ANONYMISE[part] | GROUND_OF_ANONYMISE | {part}, file.relative_to(HOUSE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(HOUSE)))
def test_a_library_is_touched_only_in_its_room(file: Path) -> None:
    place = file.relative_to(HOUSE).as_posix()
    for library in {name.split(".")[0] for name in imports(file)} & ONLY_IN.keys():
        assert place.startswith(ONLY_IN[library]), f"{place} imports {library}"


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert not [file for file in FILES if file.stem in NO_NAMES or file.parent.name in NO_NAMES]
