"""A plan from its file: read as strictly as an agreement, every mistake at once."""

from __future__ import annotations

from pathlib import Path

from exchange.agreements.strict_yaml import read
from exchange.agreements.text_file import load_text
from exchange.errors import DisclosureError
from exchange.protect.anonymise.plan import Plan


def load_plan(file: Path) -> Plan:
    """DisclosureError `plan.no_file`, `plan.not_utf8`, `plan.too_large`, and as `exchange.agreements.strict_yaml.read`
    with the prefix "plan"."""
    return read(load_text(file, DisclosureError, "plan"), Plan, file.name, DisclosureError, prefix="plan")
