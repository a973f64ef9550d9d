"""Phone numbers, written one way: E.164, Indonesian where no country is named."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=65536)
def e164(text: str) -> str | None:
    """ "0812-3456-7890" and "+62 812 3456 7890" are "+6281234567890"; None for what cannot be a number.

    A run of one digit ("0800000000") is a stopgap, not a number. Whether a number is in use is not asked.
    """
    # Imported here: its tables take a moment, and most commands need none of them.
    import phonenumbers

    try:
        number = phonenumbers.parse(text, "ID")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) or len(set(str(number.national_number)[1:])) < 3:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
