"""The page in the bundle for everybody: contrast computed from its own style sheet, nothing from outside, paper, the
note unchanged in every form."""

from __future__ import annotations

import json
import re

import pytest
from bundle.months import TIERS, described, files, released, sheets

from exchange.redact.pdf_text import pdf_pieces

LEAST = 4.5  # WCAG 2.2, 1.4.3, level AA
PAPER = "#ffffff"
NOTE = "Dua pendamping baru sejak 5 Oktober & formulir F4.\nTidak tercatat: <usia> tiga orang; sebabnya: banjir."


def style(recipient: str = "gt-ntt") -> str:
    page = files(described(released(recipient))[0])["README.html"].decode()
    return re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]  # type: ignore[index]  # there is one


def rules(css: str) -> dict[str, dict[str, str]]:
    """Selector → property → value; rules inside @media too."""
    found: dict[str, dict[str, str]] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", re.sub(r"@media[^{]*\{", "", css)):
        told = dict(part.split(":", 1) for part in body.split(";") if ":" in part)
        for selector in selectors.split(","):
            found.setdefault(selector.strip(), {}).update({k.strip(): v.strip() for k, v in told.items()})
    return found


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_the_standard_has_it() -> None:
    assert contrast("#000", "#fff") == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48  # the well-known grey that just fails


def test_every_text_stands_out_from_what_is_behind_it() -> None:
    told = rules(style())
    body = told["body"]
    inks = {body["color"], *(rule["color"] for rule in told.values() if "color" in rule)}
    behind = {PAPER, *(rule["background"] for rule in told.values() if rule.get("background", "").startswith("#"))}
    assert all(ink.startswith("#") for ink in inks)
    assert {"a", "body"} <= told.keys()  # links have a colour of ours, not the reader's
    poor = [(ink, ground) for ink in inks for ground in behind if contrast(ink, ground) < LEAST]
    assert poor == []


@pytest.mark.parametrize("recipient", TIERS)
def test_the_page_asks_nothing_of_the_world_and_prints(recipient: str) -> None:
    page = files(described(released(recipient))[0])["README.html"].decode()
    assert not re.search(r"<(script|link|iframe|img|object|embed|form)\b|https?://|url\(|@import|\bon\w+=", page)
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', page))
    css = style(recipient)
    assert "@media print" in css
    assert "table-header-group" in css  # a table that goes on over the page repeats its heads
    assert "break-inside: avoid" in css
    assert page.count("<caption") >= 2


@pytest.mark.parametrize("recipient", TIERS)
def test_the_note_says_the_same_in_every_form(recipient: str) -> None:
    members = files(described(released(recipient), note=NOTE)[0])
    assert json.loads(members["datapackage.json"])["x-exchange"]["note"] == NOTE
    page = members["README.html"].decode()
    escaped = NOTE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert page.count(escaped) == 2
    if "data/cases.xlsx" in members:
        cells = [cell for row in sheets(members["data/cases.xlsx"])["metadata"] for cell in row]
        assert cells.count(NOTE) == 2
    if "data/cases.pdf" in members:
        text = " ".join(" ".join(piece.text for piece in pdf_pieces(members["data/cases.pdf"])).split())
        assert text.count(" ".join(NOTE.split())) >= 2  # once in each language
