"""What a log remembers: entries of a closed list of kinds, made of codes, counts and digests of ciphertext.

No field takes free text and none takes a value of a row: names of fields, codes and identifiers are matched against
narrow patterns. An entry enters the tree together with 16 random bytes, its salt, so that a leaf never confirms a
guess at what it holds (RFC 6962 leaf over the RFC 8785 JSON of {entry, salt}). Entry and salt together are the
leaf's opening; what is erased loses its opening, and the tree stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    model_validator,
)

from exchange.audit.tree import leaf_hash
from exchange.errors import AuditError, Problem
from exchange.locale import _

Kind = Literal[
    "agreement.made",
    "agreement.signed",
    "agreement.amended",
    "agreement.suspended",
    "agreement.resumed",
    "agreement.ended",
    "agreement.reviewed",  # the parties looked at it again, and left it as it is
    "card.trusted",
    "card.rotated",
    "card.revoked",
    "person.certified",
    "person.dismissed",
    "extract.checked",
    "notes.reviewed",  # a person decided on words in case notes: how many are masked, how many kept
    "release.approved",
    "release.rejected",  # a person of the sender decided that the bundle never leaves
    "release.taken_back",  # somebody in the bundle withdrew before it left: it never leaves
    "release.given_up",  # a person answers for it that the recipient has nothing of a bundle, and never shall
    "bundle.packed",
    "bundle.queued",
    "bundle.delivered",
    "bundle.acknowledged",  # a receipt from the recipient is here
    "notices.acknowledged",  # a named person, ours or the recipient's, has read what must be known before the rows
    "bundle.refused",  # a refusal from the recipient is here, or was sent by it
    "bundle.received",
    "bundle.opened",
    "bundle.accepted",
    "bundle.quarantined",
    "letter.sent",
    "letter.given_up",  # one that was written never leaves
    "letter.received",
    "consent.withdrawn",
    "store.merged",
    "store.reviewed",
    "store.read",
    "store.exported",
    "pseudonym.looked_up",
    "pseudonym.chosen",  # a person of a case chose the pseudonym by which a recipient knows her
    "pseudonym.listed",  # somebody saw which cases have chosen pseudonyms
    "erasure.asked",  # a recipient that holds somebody who withdrew is to be told by the letter that is named
    "erasure.certified",
    "secret.retired",  # a network's secret of an epoch that is over is destroyed here
    "links.made",  # a linking agent told a recipient which rows are of one person
    "filters.destroyed",  # a linking agent has deleted what a letter of filters brought
    "filters.certified",  # and has certified it
    "disposal.due",
    "disposal.done",
    "disposal.certified",
    "rights.requested",  # a person asked us for her rights
    "rights.answered",
    "disclosure.urgent",
    "disclosure.reviewed",  # somebody else has looked at an urgent disclosure
    "disclosure.compelled",
    "breach.noticed",
    "breach.told",
    "breach.reported",  # to the authority that the law names
    "leftovers.deleted",  # files with people's data in the clear, on this machine
    "opening.erased",  # an earlier entry of this log has lost its opening
    "log.padding",  # nothing: so that the size of a log tells no caseload
    "log.contradicted",  # what a counterpart shows of its log is not what it had shown before
]

SALT_BYTES = 16
MAX_OPENING = 64 * 1024 - 1
"""Bytes: what an entry bundle can hold (C2SP tlog-tiles)."""

# What an entry of a kind cannot do without; kinds that are not named here need only time and party.
NEEDS: dict[Kind, tuple[str, ...]] = {
    "agreement.made": ("agreement",),
    "agreement.signed": ("agreement",),
    "agreement.amended": ("agreement",),
    "agreement.suspended": ("agreement",),
    "agreement.resumed": ("agreement",),
    "agreement.ended": ("agreement",),
    "agreement.reviewed": ("agreement",),
    "card.trusted": ("counterpart", "key"),
    "card.rotated": ("key",),
    "card.revoked": ("key",),
    "person.certified": ("person", "key"),
    "person.dismissed": ("person", "key"),
    "extract.checked": ("agreement", "period"),
    "notes.reviewed": ("agreement", "period", "counterpart", "person", "counts"),
    "release.approved": ("agreement", "period", "counterpart", "person"),
    "release.rejected": ("agreement", "period", "counterpart", "person", "bundle", "ciphertext"),
    "release.taken_back": ("agreement", "period", "counterpart", "bundle", "ciphertext"),
    "release.given_up": ("agreement", "period", "counterpart", "person", "bundle", "ciphertext"),
    "bundle.packed": ("agreement", "counterpart", "bundle", "ciphertext"),
    "bundle.queued": ("counterpart", "ciphertext"),
    "bundle.delivered": ("agreement", "counterpart", "ciphertext"),
    "bundle.acknowledged": ("counterpart", "ciphertext", "receipt"),
    "notices.acknowledged": ("agreement", "counterpart", "bundle", "ciphertext", "person", "codes"),
    "bundle.refused": ("counterpart", "ciphertext"),
    "bundle.received": ("ciphertext",),
    "bundle.opened": ("agreement", "counterpart", "bundle", "ciphertext"),
    "bundle.accepted": ("agreement", "counterpart", "bundle", "ciphertext", "receipt"),
    "bundle.quarantined": ("ciphertext", "codes"),
    "letter.sent": ("counterpart", "note"),
    "letter.given_up": ("counterpart", "note", "ciphertext"),
    "letter.received": ("counterpart", "note"),
    "disposal.due": ("agreement", "counterpart", "bundle"),
    "disposal.done": ("agreement", "counterpart", "bundle"),
    "disposal.certified": ("agreement", "counterpart", "bundle", "ciphertext"),
    "erasure.asked": ("agreement", "counterpart", "letter"),
    "links.made": ("agreement", "counterpart", "letter", "counts"),
    "filters.destroyed": ("agreement", "counterpart", "letter"),
    "filters.certified": ("agreement", "counterpart", "letter", "ciphertext"),
    "rights.requested": ("agreement", "letter"),
    "rights.answered": ("agreement", "letter"),
    "disclosure.urgent": ("agreement", "counterpart", "letter", "person"),
    "disclosure.reviewed": ("agreement", "letter", "person"),
    "disclosure.compelled": ("agreement", "counterpart", "letter"),
    "breach.noticed": ("agreement", "letter"),
    "breach.told": ("agreement", "counterpart", "letter"),
    "store.read": ("person",),
    "store.reviewed": ("person", "counts"),
    "store.exported": ("person",),
    "breach.reported": ("agreement", "letter"),
    "leftovers.deleted": ("counts",),
    "opening.erased": ("counts",),
    "log.contradicted": ("counterpart", "codes"),
}


FIRST_MOMENT, LAST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 12, 31, 23, 59, 59, tzinfo=UTC)
"""Nothing that a log tells was before or will be after: whoever reckons with its times leaves no calendar."""


def _whole_utc_seconds(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    whole = moment.replace(microsecond=0)  # compared as it came: the first and last years have no UTC
    if not FIRST_MOMENT <= whole <= LAST_MOMENT:
        raise ValueError("a moment that no log knows")
    return whole.astimezone(UTC)


def _known_day(day: date) -> date:
    if not FIRST_MOMENT.date() <= day <= LAST_MOMENT.date():
        raise ValueError("a day that no log knows")
    return day


def _pattern(regex: str) -> StringConstraints:
    return StringConstraints(pattern=regex, max_length=128)


Moment = Annotated[
    datetime,
    AfterValidator(_whole_utc_seconds),
    PlainSerializer(lambda moment: moment.isoformat()[: -len("+00:00")] + "Z", return_type=str),
]
PartyId = Annotated[str, _pattern(r"^[a-z0-9][a-z0-9-]{0,62}$")]
PersonId = Annotated[str, _pattern(r"^[a-z0-9][a-z0-9.-]{0,62}$")]
AgreementId = Annotated[str, _pattern(r"^[A-Z0-9][A-Za-z0-9-]{0,62}$")]
Version = Annotated[str, _pattern(r"^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}$")]
Digest = Annotated[str, _pattern(r"^sha256:[0-9a-f]{64}$")]
Fingerprint = Annotated[str, _pattern(r"^SHA256:[A-Za-z0-9+/]{43}$")]
Period = Annotated[str, _pattern(r"^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$")]
BundleId = Annotated[str, _pattern(r"^[A-Za-z0-9-]{8,64}$")]
FieldName = Annotated[str, _pattern(r"^[A-Za-z][A-Za-z0-9_]{0,59}$")]
Day = Annotated[date, AfterValidator(_known_day), PlainSerializer(date.isoformat, return_type=str)]
Code = Annotated[str, _pattern(r"^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$")]
Count = Annotated[int, Field(ge=0, lt=2**53)]  # what RFC 8785 can write


class _Record(BaseModel):
    """Fields stand in the order of the alphabet, texts are ASCII, numbers whole and below 2**53: what pydantic writes
    of such a record is RFC 8785 as it is."""

    # The value that was refused stays out of the message: it may be what must never be logged.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class AgreementRef(_Record):
    """Which agreement, in which version: its id, version, and the digest that was signed."""

    digest: Digest
    id: AgreementId
    version: Version


class KindCount(_Record):
    """How many of one kind: masks that scrubbing put into case notes, rows held back for one reason."""

    count: Count
    kind: Code


class Counts(_Record):
    """How many of what; unknown stays None. Rows and people are counted, never listed."""

    attempts: Count | None = None
    bytes: Count | None = None
    cell_asked: Count | None = None
    """The smallest count that tables may tell."""
    cell_reached: Count | None = None
    """The smallest that they do tell; unknown where all are withheld."""
    cells_exposed: Count | None = None
    """Cells of tables that differ from those of earlier releases by fewer people than agreed."""
    cells_withheld: Count | None = None
    corrections: Count | None = None
    entry: Count | None = None
    """The number of an entry of the same log."""
    exposed: Count | None = None
    """People whom this release and earlier ones together single out beyond what is agreed."""
    files: Count | None = None
    held_back: Count | None = None
    k_asked: Count | None = None
    k_reached: Count | None = None
    marks_kept: Count | None = None
    marks_masked: Count | None = None
    masks: tuple[KindCount, ...] | None = None
    pairs: Count | None = None
    people: Count | None = None
    reasons: tuple[KindCount, ...] | None = None
    """Of the rows held back how many for which reason; a row is counted under the first."""
    reports: Count | None = None
    rows_in: Count | None = None
    rows_out: Count | None = None
    segments: Count | None = None
    tables: Count | None = None
    values_withheld: Count | None = None
    warned: Count | None = None
    withdrawals: Count | None = None


class Entry(_Record):
    """One event at one organisation. `party` is whose log it is, `counterpart` the other side.

    `ciphertext` is the digest of the sealed file as it travelled; `page` that of the page that people approve with it,
    at whose end random bytes stand, or of what an authority was sent, as it is kept locked; `receipt` the digest of the
    signed receipt or refusal, as it travelled; `letter` the id of the letter that was written, or that is answered or
    acted on; `key` a fingerprint; `codes` are finding codes; `note` the kind of letter or the code of the monthly note;
    `since` when it really was, where it was before it was noted; `until` the last day for which it holds (a person's
    certification, a key); `fields` the columns of people's rows that a bundle carries; `onward` the agreement under
    which something is passed on.
    """

    agreement: AgreementRef | None = None
    bundle: BundleId | None = None
    ciphertext: Digest | None = None
    codes: tuple[Code, ...] = ()
    counterpart: PartyId | None = None
    counts: Counts | None = None
    fields: tuple[FieldName, ...] = ()
    key: Fingerprint | None = None
    kind: Kind
    letter: BundleId | None = None
    note: Code | None = None
    onward: AgreementRef | None = None
    page: Digest | None = None
    party: PartyId
    period: Period | None = None
    person: PersonId | None = None
    receipt: Digest | None = None
    since: Moment | None = None
    time: Moment
    until: Day | None = None

    @property
    def happened(self) -> datetime:
        """When what is noted really was, which may be before it was noted."""
        return self.since or self.time

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        missing = [name for name in NEEDS.get(self.kind, ()) if not getattr(self, name)]
        if missing:
            raise ValueError(f"{self.kind} needs {', '.join(missing)}")
        return self


@dataclass(frozen=True, slots=True)
class Opening:
    """An entry with the salt that hides it: what a leaf of the tree commits to."""

    entry: Entry
    salt: bytes

    @classmethod
    def of(cls, entry: Entry, randomness: Callable[[int], bytes]) -> Opening:
        """`entry` under a fresh salt; `randomness(n)` gives n random bytes."""
        return cls(entry, randomness(SALT_BYTES))

    @property
    def data(self) -> bytes:
        """The bytes that are hashed, stored and exported: RFC 8785 JSON, without a newline."""
        entry = self.entry.model_dump_json(exclude_defaults=True)  # what is not said is not written
        return f'{{"entry":{entry},"salt":"{self.salt.hex()}"}}'.encode("ascii")

    @property
    def leaf(self) -> bytes:
        return leaf_hash(self.data)

    @classmethod
    def read(cls, data: bytes) -> Opening:
        """The opening whose `data` this is, byte for byte.

        Raises AuditError: `audit.entry_future` for a kind of entry that this version does not know,
        `audit.entry_unreadable` for anything else that is not exactly an opening.
        """
        try:
            read = _OpeningRecord.model_validate_json(data)
            opening = cls(read.entry, bytes.fromhex(read.salt))
        except ValidationError as error:
            raise _unreadable(error) from None
        if opening.data != data:
            raise AuditError(Problem("audit.entry_unreadable", _("the entry is not written in canonical form")))
        return opening

    @classmethod
    def reread(cls, data: bytes) -> Opening:
        """As `read`, of bytes that are known to be an opening: that they are in canonical form is not seen again."""
        read = _OpeningRecord.model_validate_json(data)
        return cls(read.entry, bytes.fromhex(read.salt))


class _OpeningRecord(_Record):
    entry: Entry
    salt: Annotated[str, _pattern(r"^[0-9a-f]{32}$")]


def _unreadable(error: ValidationError) -> AuditError:
    found: list[Any] = error.errors(include_input=False, include_url=False, include_context=False)
    if any(each["type"] == "json_invalid" for each in found):
        return AuditError(Problem("audit.entry_unreadable", _("the entry is not JSON")))
    if any(each["loc"] == ("entry", "kind") and each["type"] == "literal_error" for each in found):
        return AuditError(
            Problem(
                "audit.entry_future",
                _("this version does not know this kind of entry"),
                hint=_("verify with the version that wrote the log"),
            )
        )
    # Only names of our own fields are repeated: an unknown key may be anything.
    fields = sorted({".".join(str(part) for part in each["loc"] if part in _OWN_NAMES) for each in found})
    named = ", ".join(field for field in fields if field)
    return AuditError(
        Problem("audit.entry_unreadable", _("the entry does not have the fields of an entry"), where=named)
    )


_OWN_NAMES = {"entry", "salt", *Entry.model_fields, *AgreementRef.model_fields, *Counts.model_fields}
