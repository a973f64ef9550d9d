"""A bundle says to its recipient in which countries the data may be; and what each caveat is about."""

from __future__ import annotations

import json

import pytest
from bundle.months import TIERS, described, files, released

from exchange.agreements.duties import CaveatKind
from exchange.agreements.words import caveat_kind
from exchange.bundle.caveats.kinds import KINDS, CaveatCode
from exchange.locale import speaking


def page(recipient: str) -> str:
    return files(described(released(recipient))[0])["README.html"].decode()


def test_a_recipient_with_a_safeguard_is_told_the_countries_and_what_protects_people_there() -> None:
    told = page("io-id")
    assert "in Indonesia; they may also go to Switzerland, Philippines, safeguarded by: a binding instrument" in told
    assert "boleh juga ke Swiss, Filipina" in told
    _bundle, metadata = described(released("io-id"))
    assert metadata.country == "ID"
    assert metadata.cross_border is not None
    assert (metadata.cross_border.countries, metadata.cross_border.reference) == (("CH", "PH"), "Annex C")


@pytest.mark.parametrize("recipient", ["gt-ntt", "dinas-p3a"])
def test_a_recipient_without_one_is_told_that_the_data_stay(recipient: str) -> None:
    told = page(recipient)
    assert "only in Indonesia: they must not leave it" in told
    assert "hanya di Indonesia: tidak boleh keluar dari sana" in told
    package = json.loads(files(described(released(recipient))[0])["datapackage.json"])["x-exchange"]
    assert (package["country"], package["cross_border"]) == ("ID", None)


@pytest.mark.parametrize("recipient", TIERS)
def test_every_caveat_says_what_it_is_about_in_both_languages(recipient: str) -> None:
    told = page(recipient)
    _bundle, metadata = described(released(recipient))
    for caveat in metadata.caveats:
        for tongue in ("id", "en"):
            with speaking(tongue):  # type: ignore[arg-type]  # a language
                assert f"<strong>{caveat.code}</strong> ({caveat_kind(caveat.kind)})" in told


def test_every_caveat_of_the_program_has_a_kind_that_agreements_know() -> None:
    assert set(KINDS) == set(CaveatCode.__args__)  # type: ignore[attr-defined]  # Literal
    assert set(KINDS.values()) <= set(CaveatKind.__args__)  # type: ignore[attr-defined]  # Literal
