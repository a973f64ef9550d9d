"""How figures are written on a page, in the language being spoken."""

from __future__ import annotations

import datetime as dt

from exchange.locale import language

_SHORT = 12  # hexadecimal digits of a digest: enough to find it again, and the whole stands in the log
_UNITS = ("B", "KiB", "MiB", "GiB")


def number(count: int) -> str:
    """
    >>> number(12345)
    '12,345'
    """
    return _points(f"{count:,}")


def percent(share: float) -> str:
    """A share of 1, to a tenth of a percent where it is small.

    >>> percent(0.25), percent(0.0312)
    ('25%', '3.1%')
    """
    return _points(f"{100 * share:.0f}%" if share >= 0.1 else f"{100 * share:.1f}%")


def decimal(value: float) -> str:
    """To a tenth.

    >>> decimal(1234.56)
    '1,234.6'
    """
    return _points(f"{value:,.1f}")


def size(count: int) -> str:
    """Bytes in the largest unit that keeps a whole number before the point.

    >>> size(262144), size(900), size(1600000)
    ('256 KiB', '900 B', '1.5 MiB')
    """
    amount, unit = float(count), 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return _points(f"{amount:.1f}".removesuffix(".0")) + f" {_UNITS[unit]}"


def moment(at: dt.datetime) -> str:
    """
    >>> moment(dt.datetime(2026, 10, 5, 1, 30, tzinfo=dt.UTC))
    '2026-10-05 01:30 UTC'
    """
    return f"{minute(at)} UTC"


def minute(at: dt.datetime) -> str:
    """As `moment`, where UTC is said once for a whole table."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M")


def short(digest: str) -> str:
    """The beginning of a digest.

    >>> short("sha256:0123456789abcdef0123456789abcdef")
    '0123456789ab…'
    """
    return digest.removeprefix("sha256:")[:_SHORT] + "…"


def _points(text: str) -> str:
    """Indonesian writes 12.345,6 where English writes 12,345.6."""
    return text.translate(str.maketrans(",.", ".,")) if language() == "id" else text
