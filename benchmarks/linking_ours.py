"""How the benchmarks of linking call our own: the one place that knows the modules of `exchange` which link.

`roles` say what a table's columns are: {"name": ["full_name"], "birth": "dob", "year": "birth_year",
"place": "regency", "sex": "sex", "number": "nik", "phone": "phone"}, and, of the FEBRL sets, "text" for columns of free
text. Rows are numbered from 0 in the table's order; a missing value is None or NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

Roles = Mapping[str, str | list[str]]
Strength = Literal["plain", "fields", "tokens"]
Column = np.ndarray[Any, Any]


def score_pairs(table: pd.DataFrame, roles: Roles, strength: Strength) -> tuple[Column, Column, Column]:
    """(left, right, probability): row numbers of every pair that may be one person, each pair once."""
    raise NotImplementedError("linking at this strength is not there yet")


def groups(table: pd.DataFrame, roles: Roles, strength: Strength) -> Column:
    """For every row the number of its person, as a store at its default threshold would have it."""
    raise NotImplementedError("grouping at this strength is not there yet")


def link_old(table: pd.DataFrame, roles: Roles, strength: Strength, folder: Path) -> Column:
    """The same as `groups`, and leave in an empty folder what a store keeps for when more comes."""
    raise NotImplementedError("linking what is added later is not there yet")


def link_added(folder: Path, added: pd.DataFrame, roles: Roles, strength: Strength) -> Column:
    """Persons of old and added rows, in that order: what a month's import takes, in a process of its own."""
    raise NotImplementedError("linking what is added later is not there yet")


def splink_settings(roles: Roles, strength: Strength) -> dict[str, Any]:
    """The settings (blocking rules and comparisons) of our model, as splink alone takes them."""
    raise NotImplementedError("the settings cannot be asked for yet")


def splink_table(table: pd.DataFrame, roles: Roles, strength: Strength) -> pd.DataFrame:
    """The table that `splink_settings` are about, with a column `unique_id` of row numbers."""
    raise NotImplementedError("the table cannot be asked for yet")


def opaque(table: pd.DataFrame, roles: Roles, strength: Strength) -> dict[str, list[list[bytes]]]:
    """What a recipient (tokens) or a linking agent (filters) sees: kind → per row its values, if any."""
    raise NotImplementedError("values of this strength are not there yet")
