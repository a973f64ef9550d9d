"""Agreements at random, made from the format's own types: whatever they allow, whether or not it makes sense.

One number makes one agreement: drawn choice by choice, a whole agreement would be more than hypothesis takes.
"""

from __future__ import annotations

import datetime as dt
import random
import re
import types
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from exchange.agreements.agreement import Agreement
from exchange.agreements.amendment import NAMED_BY
from exchange.agreements.parties import Party
from exchange.agreements.tiers import GeneraliseOwn

# Signs and words that spreadsheets and YAML take for something else.
_SIGNS = "aZéñ中 0159.,:;=#'\"{}[]&*!|>%@`~<-+/_?\\()äß"
_SPECIAL = (
    "NO",
    "true",
    "null",
    "~",
    "1.10",
    "2026-09-01",
    "=1+1",
    '""',
    "[]",
    "2026-09-01 00:00:00",
    "_x0041_",
    "- a",
)
# Names of every kind that the format knows; those that a pattern takes are used for it.
_NAMES = (
    *("a", "b-2", "null", "no", "yes", "some-body.3", "x_One", "NO", "true", "null_", "One.2-x", "1e3", "2026", "C1"),
    *("C22", "DSA-1", "1.10.0", "0.0.1", f"sha256:{'5' * 64}", f"SHA256:{'k/' * 21}z", "SHA256:<fingerprint>", "ID"),
    *("ID-NT", "MY", "cases"),
)


def agreements() -> st.SearchStrategy[Agreement]:
    return st.integers(0, 2**32).map(lambda seed: any_agreement(random.Random(seed)))


def any_agreement(chance: random.Random) -> Agreement:
    document = _Maker(chance).model(Agreement, ())
    names = [field["name"] for field in document["data"]["schema"]["fields"]]
    for tier in document["tiers"].values():  # a workbook has no other place for a rule than beside its field
        tier["release"] = dict(zip(names, tier["release"].values(), strict=False))
    return Agreement.model_validate(document)


@dataclass(frozen=True)
class _Maker:
    chance: random.Random

    def model(self, model: type[BaseModel], path: tuple[str, ...]) -> dict[str, Any]:
        if model is GeneraliseOwn:
            return self.own_ladder()
        fields = [(info.alias or name, info) for name, info in model.model_fields.items()]
        made = {
            key: self.field(info, (*path, key))
            for key, info in fields
            if info.is_required() or self.chance.random() < 0.5
        }
        return self.party(made) if model is Party else made

    def own_ladder(self) -> dict[str, Any]:
        """Drawn cell by cell, hardly any table would be a tree."""
        rows = [[f"c{at}", self.chance.choice(("x", "y")), "all"] for at in range(self.chance.randint(1, 5))]
        table = [["code", "group", "any"], *rows]
        return {"rule": "generalise", "ladder": "own", "table": table, "to": self.chance.choice(table[0]), "for": ["a"]}

    def party(self, made: dict[str, Any]) -> dict[str, Any]:
        if made["role"] != "recipient":
            return {key: each for key, each in made.items() if key not in ("tier", "named_users")}
        return {"tier": "task-force", "named_users": ["somebody"], **made}

    def field(self, info: FieldInfo, path: tuple[str, ...]) -> Any:
        if path[-1] == "edges":
            return [0, *sorted(self.chance.sample(range(1, 120), self.chance.randrange(6)))]
        if path[-1] == "timezone":
            return self.chance.choice(("Asia/Makassar", "Asia/Jakarta", "UTC"))
        return self.any(info.annotation, tuple(info.metadata), path)

    def any(self, annotation: Any, limits: tuple[Any, ...], path: tuple[str, ...]) -> Any:
        origin, args = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self.any(args[0], (*_limits(args[1:]), *limits), path)
        if origin in (Union, types.UnionType):
            return self.any(self.chance.choice([each for each in args if each is not type(None)]), limits, path)
        if origin is Literal:
            return self.chance.choice(args)
        if origin is dict:
            keys = {self.any(args[0], (), path) for _each in range(self.how_many(limits))}
            return {key: self.any(args[1], (), (*path, "*")) for key in sorted(keys)}
        if origin is tuple:
            return self.list(args[0], limits, path)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return self.model(annotation, path)
        return self.single(annotation, limits)

    def how_many(self, limits: tuple[Any, ...], most: int = 3) -> int:
        return self.chance.randint(max(_least(limits), 0), most)

    def list(self, inner: Any, limits: tuple[Any, ...], path: tuple[str, ...]) -> list[Any]:
        """A list of things with different names."""
        key, wanted, made = NAMED_BY.get(".".join(path)), self.how_many(limits, 6 if path[-1] == "fields" else 3), {}
        for _try in range(50):
            if len(made) < min(wanted, _most(limits)):
                each = self.any(inner, (), (*path, "*"))
                made.setdefault(each[key] if key else repr(each), each)
        return list(made.values())

    def single(self, annotation: Any, limits: tuple[Any, ...]) -> Any:
        pattern = next((each.pattern for each in limits if getattr(each, "pattern", None)), None)
        if annotation is bool:
            return self.chance.random() < 0.5
        if annotation is int:
            return self.chance.randint(_bound(limits, "ge", 0), _bound(limits, "le", 9999))
        if annotation is float:
            return self.chance.randint(1, 1000) / 10
        if annotation is dt.date:
            return (dt.date(2000, 1, 1) + dt.timedelta(days=self.chance.randrange(30_000))).isoformat()
        if pattern is not None:
            return self.chance.choice([name for name in _NAMES if re.fullmatch(pattern, name)])
        return self.text(several_lines=_most(limits) == 2000, empty=_least(limits) == 0)

    def text(self, *, several_lines: bool, empty: bool) -> str:
        if empty and self.chance.random() < 0.3:
            return ""
        if self.chance.random() < 0.3:
            return self.chance.choice(_SPECIAL)
        words = "".join(self.chance.choices(_SIGNS, k=self.chance.randint(1, 20)))
        if several_lines and self.chance.random() < 0.3:
            words += "\n" + self.text(several_lines=True, empty=False)
        return words if words.strip() else f"{words}x"


def _limits(metadata: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(part for each in metadata for part in (each.metadata if isinstance(each, FieldInfo) else (each,)))


def _least(limits: tuple[Any, ...]) -> int:
    return next((each.min_length for each in limits if isinstance(each, annotated_types.MinLen)), 0)


def _most(limits: tuple[Any, ...]) -> int:
    return next((each.max_length for each in limits if isinstance(each, annotated_types.MaxLen)), 1000)


def _bound(limits: tuple[Any, ...], name: str, otherwise: int) -> int:
    return next((getattr(each, name) for each in limits if hasattr(each, name)), otherwise)
