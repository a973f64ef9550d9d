"""Answers to `exchange agreement new`: a plain set, and any that a person may give.

One number makes one set of answers, as in `any_agreement`.
"""

from __future__ import annotations

import datetime as dt
import random
from functools import cache
from typing import Any

from agreements.example import FILE, key
from hypothesis import strategies as st

from exchange.agreements.agreement import Agreement
from exchange.agreements.answers import Answers
from exchange.agreements.drafting_tiers import places_for
from exchange.agreements.reading import read_agreement

TEMPLATE_TEXT = FILE.read_text(encoding="utf-8")
KINDS = ("cso", "government", "international-organisation")
# What people paste, and what others put there on purpose; all of it is text.
SAID = (
    *("Yayasan Kasih", "a: b # c", "- x", "{a: 1}", "[b]", "*alias", "&anchor", "!tag", "%YAML 1.1", "'", '"', "\\n"),
    *("=cmd|' /C calc'!A1", "+1+1", "@SUM(A1)", "NO", "null", "~", "1.10", "2026-09-01", "--- ", "{{ 7*7 }}", "<b>"),
    *("x" * 300, "中文", "é", "{sender}", "SHA256:<fingerprint>x"),
)


@cache
def template() -> Agreement:
    return read_agreement(TEMPLATE_TEXT, "")


def plain(**changes: Any) -> dict[str, Any]:
    """A draft between one sender and one recipient, as it stands in a file of answers."""
    signs = {"name": "Agustinus R.", "title": "Direktur"}
    return {
        "id": "DSA-NTT-2026-009",
        "network": "ntt",
        "title": {"id": "Ekstrak bulanan", "en": "Monthly extract"},
        "effective": "2026-09-01",
        "expires": "2027-08-31",
        "review_by": "2027-05-31",
        "sender": party("rpk", "cso") | {"signs": signs},
        "recipients": [receiving("gt-ntt", "government", "task-force")],
        "purposes": [purpose("trends", ["gt-ntt"])],
        "consent_forms": {"F1": {"from": "2026-01-01", "covers": ["share_government"]}},
        "due_day": 10,
        "timezone": "Asia/Makassar",
        "identification_tool": "Formulir v3",
        "impact_assessment": {"reference": "DPIA-1", "date": "2026-08-20"},
        **changes,
    }


def party(name: str, kind: str, said: str = "Somebody") -> dict[str, Any]:
    signs = {"name": said, "title": said, "by": ["key", "paper"]}
    return {
        "id": name,
        "name": said,
        "kind": kind,
        "jurisdiction": "ID-NT",
        "contact": said,
        "breach_contact": said,
        "key": key(name).fingerprint(),
        "signs": signs,
    }


def receiving(name: str, kind: str, tier: str, said: str = "Somebody") -> dict[str, Any]:
    more = {"tier": tier, "named_users": ["data.officer"], "consent_scope": "share_government", "keep_months": 24}
    return {**party(name, kind, said), **more}


def purpose(name: str, recipients: list[str], said: str = "words") -> dict[str, Any]:
    basis = {"dpv": "PublicInterest", "law": said}
    return {"id": name, "dpv": "Any", "recipients": recipients, "text": {"id": said, "en": said}, "basis": basis}


def answers() -> st.SearchStrategy[Answers]:
    return st.integers(0, 2**32).map(lambda seed: Answers.model_validate(any_answers(random.Random(seed))))


def any_answers(chance: random.Random) -> dict[str, Any]:
    recipients = [_recipient(chance, f"r-{number}") for number in range(1, chance.randint(1, 5) + 1)]
    first = dt.date(2026, 1, 1) + dt.timedelta(days=chance.randrange(2000))
    last = first + dt.timedelta(days=chance.randint(1, 2000))
    scopes = sorted({each["consent_scope"] for each in recipients})
    found = plain(
        title={"id": _said(chance), "en": f"{_said(chance)}\n{_said(chance)}"},
        sender=party("rpk", "cso", _said(chance)),
        recipients=recipients,
        effective=first,
        expires=last,
        review_by=first + (last - first) * chance.random(),
        purposes=_purposes(chance, [each["id"] for each in recipients]),
        consent_forms={"F1": {"from": first, "covers": scopes}, "NO": {"from": last, "covers": scopes[:1]}},
        tiers={each["tier"]: _tier(chance, each["tier"]) for each in recipients if chance.random() < 0.7},
        due_day=chance.randint(1, 28),
        identification_tool=_said(chance),
        impact_assessment={"reference": _said(chance), "date": first},
        auditors=[{"id": "auditor", "name": _said(chance), "key": key("auditor").fingerprint()}][: chance.randrange(2)],
    )
    if chance.random() < 0.5:
        found["selection_bias"] = {"id": _said(chance), "en": _said(chance)}
    return found


def _recipient(chance: random.Random, name: str) -> dict[str, Any]:
    tier = chance.choice([*template().tiers])
    made = receiving(name, kind := chance.choice(KINDS), tier, _said(chance))
    made |= {"consent_scope": chance.choice(("share_a", "null", "1e3")), "keep_months": chance.randint(1, 600)}
    if kind == "international-organisation" or chance.random() < 0.4:
        how = chance.choice(("binding-instrument", "adequate-country"))
        abroad = {"countries": ["CH", "PH"], "safeguard": how, "reference": _said(chance)}
        made |= {"jurisdiction": "CH", "cross_border": abroad}
    return made


def _purposes(chance: random.Random, ids: list[str]) -> list[dict[str, Any]]:
    """Any purposes, so long as everybody has one."""
    named = chance.sample(("trends", "counting", "coordination", "no", "null-2"), chance.randint(1, 4))
    some = [purpose(name, sorted(chance.sample(ids, chance.randint(1, len(ids)))), _said(chance)) for name in named]
    without = [each for each in ids if not any(each in one["recipients"] for one in some)]
    return [*some, *([purpose("other", without)] if without else [])]


def _tier(chance: random.Random, name: str) -> dict[str, Any]:
    tier, data = template().tiers[name], template().data
    made: dict[str, Any] = {}
    if tier.protect.k is not None and chance.random() < 0.7:
        made["k"] = chance.randint(2, 12)
    if chance.random() < 0.8:
        may = {field.name: places for field in data.fields if (places := places_for(tier, data, field))}
        chosen = chance.sample(sorted(may), chance.randint(1, len(may)))
        made["fields"] = {each: chance.choice(may[each]) for each in chosen}
        if "rows" in tier.protect.output:
            made["fields"]["prs_Gender"] = "rows"
    return made


def _said(chance: random.Random) -> str:
    return chance.choice(SAID)
