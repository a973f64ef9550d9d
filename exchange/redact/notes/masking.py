"""The note as it leaves: each thing found replaced by what kind of thing it was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from exchange.redact.notes.found import Found, Kind

# In Indonesian whatever the note's language: it is short, known to every reader of such notes, and a count of masks is
# then the same for all notes.
LABELS: Final[dict[Kind, str]] = {
    "name": "[NAMA]",
    "address": "[ALAMAT]",
    "phone": "[TELEPON]",
    "nik": "[NIK]",
    "npwp": "[NPWP]",
    "passport": "[PASPOR]",
    "bank": "[REKENING]",
    "plate": "[PLAT]",
    "email": "[SUREL]",
    "handle": "[AKUN]",
    "report": "[LAPORAN POLISI]",
    "birth_date": "[TANGGAL LAHIR]",
    "number": "[NOMOR]",
    "word": "[KATA]",
}


def masked(text: str, found: Iterable[Found]) -> str:
    """The text with each of `found` replaced by its label; they may come in any order, and must not overlap."""
    pieces = []
    at = 0
    for one in sorted(found, key=lambda one: one.start):
        pieces += [text[at : one.start], LABELS[one.kind]]
        at = one.end
    return "".join([*pieces, text[at:]])
