"""What others wrote, as it may stand on a screen or a page of ours."""

from __future__ import annotations

SHOWN = "\n\t\u00a0\u202f\u200c\u200d"
"""Beside all that is printable: new lines, tabs, spaces that do not break, and what joins letters in some scripts."""


def harmless(text: str) -> str:
    """The text with "?" for all that a terminal would obey, or that turns a line around: a name in it may be somebody
    else's."""
    return (
        text if text.isprintable() else "".join(each if each.isprintable() or each in SHOWN else "?" for each in text)
    )
