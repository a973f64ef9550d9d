"""What a note holds that tells who someone is.

In this order, since a character belongs to the first that takes it: the row's own words, what has a shape of its own,
what a word beside it explains, and last the words that no dictionary knows.
"""

from __future__ import annotations

from exchange.redact.notes.accounts import find_accounts, find_strange_tokens
from exchange.redact.notes.addresses import find_addresses
from exchange.redact.notes.dates import find_dates, is_beside_a_name
from exchange.redact.notes.documents import find_passports, find_plates, find_reports
from exchange.redact.notes.found import Found
from exchange.redact.notes.long_numbers import find_numbers, find_sixteen_digits
from exchange.redact.notes.names import find_names
from exchange.redact.notes.plain import read
from exchange.redact.notes.public import find_public
from exchange.redact.notes.row_words import RowWords, find_row_words
from exchange.redact.notes.taken import Taken


def recognise(text: str, row: RowWords) -> tuple[Found, ...]:
    """In order, none overlapping."""
    note = read(text)
    taken = Taken(note)
    find_row_words(note, row, taken)
    find_accounts(note, taken)
    find_reports(note, taken)
    find_sixteen_digits(note, taken)
    find_public(note, taken)
    dates = find_dates(note, taken)
    find_plates(note, taken)
    find_passports(note, taken)
    find_addresses(note, taken)
    for start, end in dates:
        taken.stays(start, end)
    find_numbers(note, taken)
    find_strange_tokens(note, taken)
    ends = find_names(note, taken)
    for start, end in dates:
        if is_beside_a_name(note, start, ends):
            taken.take_what_stayed(start, end, "birth_date")
    return taken.in_order()
