"""A draft as the YAML of a mapping: every line with its reason, what is unsure commented out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from exchange.extracts.drafting import Draft, Line, Why
from exchange.locale import _

_REASON_AT = 62  # the column at which reasons stand


def to_yaml(draft: Draft) -> str:
    """The text of a mapping file; it can be read as one if any column is sure."""
    return "\n".join(
        (
            *_head(),
            "mapping: 1",
            *([f"sheet: {_quoted(draft.sheet)}"] if draft.sheet else []),
            f"header_rows: {list(draft.header_rows)}",
            *([f"row_number_column: {draft.row_numbers}"] if draft.row_numbers else []),
            *([f"lists: {{separator: {_quoted(draft.separator)}}}"] if draft.separator else []),
            "columns:",
            *(_column(line) for line in draft.lines if line.field and not line.stays),
            *_staying(draft),
            *_nameless(draft.nameless),
            *_values(draft),
            *_places(draft),
            "",
        )
    )


def reason(why: Why) -> str:
    """Why a column is thought to be a field, or why nobody knows."""
    words: dict[Why, str] = {
        "label": _("by label"),
        "label_and_values": _("by label and values"),
        "values": _("by values"),
        "confirmed": _("confirmed by a person"),
        "unsure_label": _("unsure: the label is only like the field's"),
        "unsure_values": _("unsure: the values would fit, and nothing else says so"),
        "unsure_twice": _("unsure: another column fits this field as well"),
        "disagree": _("unsure: the label says so, the values do not"),
        "shifted": _("unsure: the label is another field's, but the values fit the name above it"),
        "unknown": _("unknown: no field of the agreement is like it"),
    }
    return words[why]


def _head() -> Iterator[str]:
    yield "# " + _("A draft. Look at every line: a wrong one sends what should stay, or leaves out what was agreed.")
    yield "# " + _("Lines that begin with # are not decided: take the sign away, or move the label to stays_here.")


def _column(line: Line) -> str:
    return _with_reason(f"  {'' if line.sure else '# '}{_quoted(line.label)}: {line.field}", line.why)


def _staying(draft: Draft) -> Iterator[str]:
    """Only what a person has said to stay; the rest stands there for a person to decide."""
    decided = [line for line in draft.lines if line.stays]
    open_ = [line for line in draft.lines if not line.stays and not line.field]
    if decided or open_:
        yield "stays_here:" if decided else "# stays_here:"
    yield from (_with_reason(f"  - {_quoted(line.label)}", "confirmed") for line in decided)
    yield from (_with_reason(f"#  - {_quoted(line.label)}", line.why) for line in open_)


def _nameless(letters: Sequence[str]) -> Iterator[str]:
    if letters:
        said = _("these columns hold something and have no label: give them one, or empty them: {letters}")
        yield "# " + said.format(letters=", ".join(letters))


def _values(draft: Draft) -> Iterator[str]:
    mapped = _mapped(draft)
    if any(name in mapped for name in draft.words):
        yield "values:"
    for name, words in draft.words.items():
        if name in mapped:
            yield f"  {name}: {{{', '.join(f'{_quoted(word)}: {_quoted(code)}' for word, code in words.items())}}}"
    for name, count in draft.unread.items():
        said = _("{field}: {count} different words are in no list; give each its code under values")
        yield "# " + said.format(field=name, count=count)


def _places(draft: Draft) -> Iterator[str]:
    written = [name for name in draft.places if name in _mapped(draft)]
    if written:
        yield f"places: {{{', '.join(f'{name}: name' for name in written)}}}"


def _mapped(draft: Draft) -> Iterable[str]:
    return {line.field for line in draft.lines if line.field and line.sure and not line.stays}


def _with_reason(text: str, why: Why) -> str:
    return f"{text.ljust(_REASON_AT)} # {reason(why)}"


def _quoted(text: str) -> str:
    """A YAML 1.2 scalar: what is quoted as in JSON is text, whatever stands in it."""
    return json.dumps(text, ensure_ascii=False)
