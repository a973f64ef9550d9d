"""What every page must be: well nested, in both languages, accessible, with nothing from outside."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

_VOID = {"meta", "br"}
_FORBIDDEN = {"script", "link", "img", "iframe", "object", "embed", "form", "base", "foreignobject", "animate", "set"}


class Page(HTMLParser):
    """A parsed page; `faults` names everything that a page must not be."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: dict[str, list[int]] = {}
        self.words: dict[str, str] = {}
        self._open: list[str] = []
        self._section = ""
        self._captions = [True]
        self.feed(text)
        self.close()
        self._finish(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._look(tag, given)
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "section":
            self._section = given.get("lang", "")
            self.words[self._section] = ""
        if re.fullmatch("h[1-6]", tag):
            self.headings.setdefault(self._section, []).append(int(tag[1]))
        if tag == "table":
            self._captions.append(False)
        if tag == "caption":
            self._captions[-1] = True

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self._open[-1:]}")
        else:
            self._open.pop()
        if tag == "table" and not self._captions.pop():
            self.faults.append("a table without a caption")
        if tag == "section":
            self._section = ""

    def handle_data(self, data: str) -> None:
        if self._section:
            self.words[self._section] += data

    def _look(self, tag: str, given: dict[str, str]) -> None:
        if tag in _FORBIDDEN:
            self.faults.append(f"<{tag}>")
        self.faults += [f"{tag} {name}" for name in given if name.startswith("on") or name in {"src", "style"}]
        if tag == "th" and given.get("scope") not in {"row", "col"}:
            self.faults.append("a header cell without a scope")
        if "id" in given:
            self.ids.append(given["id"])
        if "href" in given:
            self.links.append(given["href"])

    def _finish(self, text: str) -> None:
        self.faults += [f"<{tag}> is never closed" for tag in self._open]
        self.faults += [f"link to {link}" for link in self.links if link.removeprefix("#") not in self.ids]
        self.faults += [f"{each} twice" for each in {each for each in self.ids if self.ids.count(each) > 1}]
        if set(self.words) != {"id", "en"} or any(not words.strip() for words in self.words.values()):
            self.faults.append(f"sections in {sorted(self.words)}")
        for tongue, levels in self.headings.items():
            if levels.count(1) != 1 or levels[0] != 1:
                self.faults.append(f"{tongue}: not one h1")
            if any(after > before + 1 for before, after in pairwise(levels)):
                self.faults.append(f"{tongue}: a heading level is left out")
        if re.search(r"url\(|@import|https?://|javascript:", text):
            self.faults.append("something from outside")


def is_sound(text: str) -> bool:
    faults = Page(text).faults
    assert not faults, faults
    return True
