"""Every text of the program has its Indonesian, and the catalogue holds nothing else.

`python -m exchange.locale.update` puts in order what these tests find, except for the translations themselves.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from jinja2 import TemplateSyntaxError

from exchange.locale.update import COMPILED, SOURCE, catalogue, compiled, entries, in_step, texts

BLANKS = " \t\n"
CLOSING = tuple(".:;?!…,)")


@cache
def the_texts() -> Catalog:
    """What the code says: reading it all takes seconds."""
    return texts()


@cache
def said() -> dict[object, Message]:
    return {message.id: message for message in entries(the_texts())}


@cache
def kept() -> dict[object, Message]:
    """What the catalogue says."""
    return {message.id: message for message in entries(catalogue(SOURCE.read_bytes()))}


def translation(message: Message) -> str:
    """The Indonesian of an entry, which has one form."""
    if isinstance(message.string, str):
        return message.string
    (form,) = message.string or ("",)
    return form


def forms() -> Iterator[tuple[str, str]]:
    """Each translated text beside its Indonesian; of a plural, which is one form in Indonesian, the English plural."""
    for message in kept().values():
        english = message.id if isinstance(message.id, str) else message.id[-1]
        indonesian = translation(message)
        if indonesian.strip():
            yield english, indonesian


def placeholders(text: str) -> set[tuple[str, str | None, str | None]]:
    return {(name, spec, shape) for _, name, spec, shape in Formatter().parse(text) if name is not None}


def edges(text: str) -> tuple[str, str]:
    """The blanks at both ends, which set a text apart from what stands beside it."""
    return text[: len(text) - len(text.lstrip(BLANKS))], text[len(text.rstrip(BLANKS)) :]


def closing(text: str) -> str:
    """The punctuation at the end, without which two texts that are joined would run together."""
    last = text.rstrip(BLANKS)[-1:]
    return last if last in CLOSING else ""


def test_no_text_is_missing_and_none_is_stale() -> None:
    assert sorted(map(str, said().keys() - kept().keys())) == [], (
        "new in the code: run python -m exchange.locale.update"
    )
    assert sorted(map(str, kept().keys() - said().keys())) == [], (
        "gone from the code: run python -m exchange.locale.update"
    )


def test_every_text_is_translated() -> None:
    assert [message.id for message in kept().values() if not translation(message).strip()] == []


def test_nothing_is_left_for_later() -> None:
    assert [message.id for message in kept().values() if message.fuzzy] == []
    assert not catalogue(SOURCE.read_bytes()).obsolete
    assert [indonesian for _, indonesian in forms() if "TODO" in indonesian] == []


def test_a_translation_names_the_same_things() -> None:
    assert [english for english, indonesian in forms() if placeholders(english) != placeholders(indonesian)] == []


def test_a_translation_fits_where_the_text_stands() -> None:
    assert [english for english, indonesian in forms() if edges(english) != edges(indonesian)] == []
    assert [english for english, indonesian in forms() if closing(english) != closing(indonesian)] == []


def test_a_translation_begins_as_the_text_does() -> None:
    """A finding or hint is a part of a line and begins small; a sentence begins with a capital."""
    different = [
        english
        for english, indonesian in forms()
        if english[:1].isalpha() and indonesian[:1].isalpha() and english[0].isupper() != indonesian[0].isupper()
    ]
    assert [english for english in different if english.split()[0] not in NAMES] == []


# English writes these with a capital, wherever they stand; some translations begin with one for such a reason.
NAMES = {"Excel", "HTCDS", "NIK", "Indonesian", "English"}


def test_an_update_keeps_every_translation_and_is_at_rest_after_once() -> None:
    once = in_step(the_texts(), catalogue(SOURCE.read_bytes()))
    assert {message.id: message.string for message in entries(catalogue(once)) if message.id in kept()} == {
        message.id: message.string for message in kept().values() if message.id in said()
    }
    assert in_step(the_texts(), catalogue(once)) == once


def test_an_update_adds_bare_removes_stale_and_never_guesses(tmp_path: Path) -> None:
    house = tmp_path / "house"
    (house / "templates").mkdir(parents=True)
    (house / "a.py").write_text(
        "_('five % of it'), ngettext('{n} row', '{n} rows', n), f'{_(\"the note is very long\")}'"
    )
    (house / "templates" / "b.html.j2").write_text("<p>{{ _('five % of it') }} {{ _('page') }}</p>")
    known = catalogue(
        b'msgid ""\nmsgstr "Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
        b'msgid "page"\nmsgstr "halaman"\n\nmsgid "the note is long"\nmsgstr "catatan panjang"\n'
    )
    written = in_step(texts(house), known).decode().split("\n\n", 1)[1]
    assert written == (
        '#: house/a.py house/templates/b.html.j2\nmsgid "five % of it"\nmsgstr ""\n\n'
        '#: house/a.py\nmsgid "{n} row"\nmsgid_plural "{n} rows"\nmsgstr[0] ""\n\n'
        '#: house/a.py\nmsgid "the note is very long"\nmsgstr ""\n\n'
        '#: house/templates/b.html.j2\nmsgid "page"\nmsgstr "halaman"\n\n'
    )


def test_a_template_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "b.html.j2").write_text("{{ _('page') ")
    with pytest.raises(TemplateSyntaxError):
        texts(tmp_path)


def test_what_is_read_is_what_was_translated() -> None:
    """The compiled catalogue is that of its source. Its header tells the version of its compiler, and is left out."""

    def told(catalog: bytes) -> dict[object, str]:
        read = gettext.GNUTranslations(io.BytesIO(catalog))
        return {key: text for key, text in vars(read)["_catalog"].items() if key}

    assert told(COMPILED.read_bytes()) == told(compiled(SOURCE.read_bytes())), "run python -m exchange.locale.update"


@pytest.mark.parametrize("text", ["{party} has not signed", "not a period"])
def test_a_text_that_is_checked_here_is_one_that_is_said(text: str) -> None:
    """The tests above compare something: these texts are in the code, and not by chance the same in both languages."""
    assert text in said()
    assert kept()[text].string not in {"", text}
