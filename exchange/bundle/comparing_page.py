"""`README.html` against the metadata, and against what a page of ours can hold.

A recipient opens the page in a browser, and reads it before anything else. A page with a script, a link to elsewhere or
a form could do more than tell; one that leaves a caveat out, or hides it, tells less. Our template begins in one way,
knows few elements and attributes, and escapes every `<`: so the page has that beginning, and from there on is text and
plain tags of that list, or it is none of ours.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files as files_of

from exchange.agreements.clause import Text
from exchange.bundle.descriptor import File
from exchange.bundle.metadata import Forbidden, Metadata
from exchange.locale import LANGUAGES, Language, _

_TAG = re.compile(r'</?([a-z][a-z0-9]*)((?: [a-z-]+="[^"<>]*")*) ?/?>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_START = re.compile(
    r"\s*<!doctype html>\s*<html lang=\"[a-z]+\">\s*<head>\s*<meta charset=\"utf-8\">\s*<meta name=\"viewport\" "
    r"content=\"[^\"<>]*\">\s*<title>[^<]*</title>\s*(<style>[^<]*</style>)\s*</head>\s*<body>\s*"
    r"<nav>(?:<a href=\"#[a-z]+\" lang=\"[a-z]+\">[^<]*</a>\s*)*</nav>"
)
_END = re.compile(r"</body>\s*</html>\s*\Z")
_STYLE = re.compile(r"<style>[^<]*</style>")
_ELEMENTS = re.compile(
    "header|main|footer|section|article|div|p|span|br|hr|h[1-6]|ul|ol|li|dl|dt|dd"
    "|table|caption|colgroup|col|thead|tbody|tfoot|tr|th|td|a|b|i|em|strong|small|code|abbr|sup|sub|time"
)
_ATTRIBUTES = re.compile(
    "lang|dir|class|id|scope|href|colspan|rowspan|role|datetime|aria-(?:label|labelledby|describedby)"
)


def page_disagrees(content: bytes, said: Metadata, files: Sequence[File]) -> Iterator[str]:
    """`files`: all that the page must name, with their hashes."""
    try:
        page = content.decode("utf-8")
    except UnicodeDecodeError:
        page = "<"
    text = _text_of(page)
    if text is None:
        yield _("its README holds more than text")
        return
    tongues = tongues_of(page)
    told = [*(text for tongue in tongues for text in _texts(said, tongue)), said.bundle, said.note]
    if not tongues or any(" ".join(each.split()) not in text for each in told):
        yield _("its README does not say what its metadata say")
    if any(f"{each.path} " not in text or each.hash.removeprefix("sha256:") not in text for each in files):
        yield _("its README names other files")


def tongues_of(page: str) -> tuple[Language, ...]:
    """The languages in which a page has a half."""
    return tuple(tongue for tongue in LANGUAGES if f'<section id="{tongue}" lang="{tongue}">' in page)


def _text_of(page: str) -> str | None:
    """What everybody reads on a page that looks as ours, and holds text and plain tags of the list; None of any other.

    Not its title, nor its first line of links, which is not printed.
    """
    start = _START.match(page)
    if start is None or start[1] != _style():
        return None
    body = _END.sub("", page[start.end() :])
    if not all(_is_plain(name, attributes) for name, attributes in _TAG.findall(body)):
        return None
    text = _TAG.sub(" ", body)
    return None if "<" in text else " ".join(html.unescape(text).split())


@cache
def _style() -> str:
    """How our pages look, byte for byte: a style sheet can hide whatever it likes."""
    template = files_of("exchange.bundle").joinpath("templates/readme.html.j2").read_text(encoding="utf-8")
    found = _STYLE.search(template)
    assert found is not None  # noqa: S101  # the template is ours
    return found[0]


def _is_plain(name: str, attributes: str) -> bool:
    found = _ATTRIBUTE.findall(attributes)
    links = [value for attribute, value in found if attribute == "href"]
    return (
        _ELEMENTS.fullmatch(name) is not None
        and all(_ATTRIBUTES.fullmatch(attribute) for attribute, _value in found)
        and all(link.startswith("#") for link in links)
    )


def _texts(said: Metadata, tongue: Language) -> Iterator[str]:
    told: tuple[Text | Forbidden, ...] = (said.title, said.confidentiality, *said.prohibited)
    yield from (each.in_(tongue) for each in told)
    yield from (caveat.text.in_(tongue) for caveat in said.caveats)
    yield from (purpose.text.in_(tongue) for purpose in said.purposes)
