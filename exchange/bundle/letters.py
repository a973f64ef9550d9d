"""What letters say: one frozen type for each kind that this version writes, in `letter.json`.

A letter travels the same sealed road as a bundle. A kind that this version does not know is refused on reading.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from exchange.agreements.agreement import Reference
from exchange.agreements.clause import Code, Digest, NetworkId, PartyId, PersonId, Words, no_repeats
from exchange.agreements.state import Ground
from exchange.bundle.feedback import Figures
from exchange.bundle.match_tables import FILTERS_FILE, LINKS_FILE, MOST_ROWS, TOKENS_FILE
from exchange.bundle.metadata import Notice
from exchange.bundle.parcel import SHOWING_FILE, Letter, LetterKind, Member
from exchange.crypto.canonical import canonical, parse
from exchange.crypto.sshsig import MAX_TEXT
from exchange.errors import BundleError, CryptoError, Problem
from exchange.locale import _

LETTER_FILE = "letter.json"
MOST_BUNDLES = 1000  # that one certificate names
ParcelId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
PSEUDONYM = r"^(p[a-z2-7]{26}|[^\W\d_]+(-[^\W\d_]+)*)$"
"""One that a key or chance made, or a word that a person chose (`exchange.redact.chosen`). A case number is neither:
it has digits elsewhere. Whether a word is one that was chosen, only the sender's register knows."""
Pseudonym = Annotated[str, Field(pattern=PSEUDONYM, min_length=3, max_length=40)]
Right = Literal["access", "correction", "erasure", "restriction", "objection"]
"""What a person may ask for (UU 27/2022 art. 6-11)."""


def _plausible(moment: dt.datetime) -> dt.datetime:
    if not 2000 <= moment.year < 2200:
        raise ValueError("a moment of no use: no time zone could show it")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Acknowledgement(_Body):
    """A person whom the agreement names has read these notices, and acknowledged them before the rows were shown.
    `sshsig`: that person's own signature over what `exchange.agreements.acknowledgement` states."""

    person: PersonId
    notices: Annotated[tuple[Notice, ...], Field(min_length=1, max_length=3), AfterValidator(no_repeats)]
    at: Moment
    sshsig: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


class Receipt(_Body):
    """This bundle arrived whole, was opened and accepted. `ciphertext` is the digest of the file as delivered.

    `acknowledged`: by whom its notices were acknowledged until now; nobody, where it was only taken in. A later receipt
    for the same bundle says who has since. `checkpoint`: the recipient's log, signed, as it stood this week when others
    were first shown it.

    It is to a bundle what a signed MDN is to an AS2 message (RFC 4130, 7.3-7.5): `ciphertext` is the
    Received-content-MIC, over the sealed file, which holds the sender's signature; `bundle` the Original-Message-ID;
    the letter's envelope has the Final-Recipient (its sender) and the agreement with its version and digest; its seal
    is the signature. Taken in by a program it is `automatic-action; processed`, in the name of the organisation alone;
    each of `acknowledged` is a `manual-action`, signed by that person. A `Refusal` is `processed/error`. There is no
    Reporting-UA: which software somebody runs is nobody's business.
    """

    kind: Literal["receipt"]
    bundle: ParcelId
    ciphertext: Digest
    acknowledged: Annotated[tuple[Acknowledgement, ...], Field(max_length=100)]
    received: Moment
    checkpoint: str


class Refusal(_Body):
    """This parcel was not accepted; `reason` is the code of the refusal, and nothing of what it held is repeated."""

    kind: Literal["refusal"]
    ciphertext: Digest
    reason: Code
    received: AwareDatetime


class Withdrawal(_Body):
    """A person withdrew: erase what you hold under these pseudonyms, by then, and certify it. `earlier`: by which the
    recipient knew the person in epochs before."""

    kind: Literal["withdrawal"]
    pseudonym: Pseudonym
    earlier: Annotated[tuple[Pseudonym, ...], Field(max_length=100)]
    erase_by: AwareDatetime


class Certificate(_Body):
    """Destruction is certified, never proved.

    `letter` names the withdrawal that asked for it, or the letter of filters that a linking agent has deleted;
    `bundles` are those that were kept as long as was agreed, or not as long, and are destroyed: one of the two.
    `reports_erased`: how many reports, or filters of how many, went by it.
    """

    kind: Literal["certificate"]
    letter: ParcelId | None
    bundles: Annotated[tuple[ParcelId, ...], Field(max_length=MOST_BUNDLES)]
    erased: AwareDatetime
    reports_erased: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _answers_one_thing(self) -> Self:
        if (self.letter is None) != bool(self.bundles):
            raise ValueError("a certificate is about a withdrawal, or about bundles")
        if len(set(self.bundles)) < len(self.bundles):
            raise ValueError("a bundle is named twice")
        return self


class GivenUp(_Body):
    """This bundle never comes, so what follows it need not wait: its sender gave up its number, `sequence`, under which
    it had sealed the envelope of that digest. Should it come after all, it is refused. Whoever has taken it in says so
    with its receipt."""

    kind: Literal["given_up"]
    bundle: ParcelId
    ciphertext: Digest
    sequence: Annotated[int, Field(ge=1, lt=2**53)]
    envelope: Digest


class NetworkSecretLetter(_Body):
    """The secret under which senders of one network make comparable match tokens. Never goes to a recipient."""

    kind: Literal["network_secret"]
    network: NetworkId
    epoch: Code
    secret: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]


class Suspension(_Body):
    """Sending under the agreement stops on this day."""

    kind: Literal["suspension"]
    on: dt.date


class Resumption(_Body):
    """A party lifts its own suspension, and no one else's."""

    kind: Literal["resumption"]
    on: dt.date


class Termination(_Body):
    """The agreement ends: after its days of notice, or at once on a ground that it lists. Sending stops on this day."""

    kind: Literal["termination"]
    on: dt.date
    ground: Ground | None


class RightsRequest(_Body):
    """A person asked for her rights: of the one who answers such requests, or for what has to be done about one.

    `pseudonym`: by which the recipient knows the person; None where there is none, and `text` must tell who it is.
    `asked`: when the person asked.
    """

    kind: Literal["rights_request"]
    right: Right
    pseudonym: Pseudonym | None
    text: Words
    asked: Moment


class UrgentDisclosure(_Body):
    """What a recipient must know at once because a life is at risk, outside all tiers.

    `released_by`: a person certified as director; `sshsig`: that person's signature over what is released. It is
    reviewed by somebody else until `review_by`.
    """

    kind: Literal["urgent_disclosure"]
    ground: Literal["risk_to_life"]
    text: Words
    released_by: PersonId
    released: Moment
    review_by: Moment
    sshsig: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


class CompelledDisclosure(_Body):
    """A recipient tells the sender that somebody compels it to disclose: who, by which law, what is asked and given.

    `given_on`: None where nothing was given yet; else `not_told_before` says why the sender was not told before.
    """

    kind: Literal["compelled_disclosure"]
    authority: Words
    law: Words
    asked: Words
    given: Words
    given_on: dt.date | None
    not_told_before: Words | None

    @model_validator(mode="after")
    def _says_why_it_comes_late(self) -> Self:
        if (self.given_on is None) != (self.not_told_before is None):
            raise ValueError("what was given already was given for a reason not to tell before")
        return self


class BreachNotice(_Body):
    """Data were exposed. `breach` is the same in the letters to all parties; the agreement says which texts must be."""

    kind: Literal["breach_notice"]
    breach: ParcelId
    noticed: Moment
    data_exposed: Words | None
    when_and_how: Words | None
    handling_and_recovery: Words | None
    law_deadline: Moment


class Feedback(_Body):
    """What a recipient gives back for a period: on the quality of the data, and what came of them. `figures`: worked
    out from the data; what a person adds in words stands beside them."""

    kind: Literal["feedback"]
    period: Annotated[str, Field(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$")]
    figures: Figures | None
    data_quality: Words | None
    results: Words | None


class NewCard(_Body):
    """Our card has changed: new keys, or other people. `card`: the card's file, signed by our root."""

    kind: Literal["card"]
    card: Annotated[str, Field(min_length=1, max_length=256 * 1024)]


class RevocationLetter(_Body):
    """Keys of ours must not be believed any more. `revocation`: the revocation's file, signed by our root."""

    kind: Literal["revocation"]
    revocation: Annotated[str, Field(min_length=1, max_length=256 * 1024)]


class FilteredBundle(_Body):
    """A bundle that `recipient` holds, and of how many of its rows filters lie beside this."""

    bundle: ParcelId
    rows: Annotated[int, Field(ge=0, le=MOST_ROWS)]


class MatchFiltersLetter(_Body):
    """To the linking agent: filters for the rows of every bundle of ours that `recipient` still holds, made under the
    secret of this network and epoch. It is complete: it takes the place of every such letter before. `filters.csv`."""

    kind: Literal["match_filters"]
    recipient: PartyId
    network: NetworkId
    epoch: Code
    made: Moment
    bundles: Annotated[tuple[FilteredBundle, ...], Field(max_length=MOST_BUNDLES)]

    @model_validator(mode="after")
    def _each_bundle_once(self) -> Self:
        if len({each.bundle for each in self.bundles}) < len(self.bundles):
            raise ValueError("a bundle is named twice")
        return self


class MatchLinksLetter(_Body):
    """From the linking agent: which rows of a sender's bundles are of one person, within this `round` and nowhere else.
    It is complete: it takes the place of every earlier round. `links.csv`."""

    kind: Literal["match_links"]
    round: ParcelId
    made: Moment
    bundles: Annotated[tuple[ParcelId, ...], AfterValidator(no_repeats), Field(max_length=MOST_BUNDLES)]


class MatchTokensLetter(_Body):
    """The tokens of rows that the recipient holds, made anew under the secret of another epoch: they take the place of
    all that the rows of these bundles had. `tokens.csv`."""

    kind: Literal["match_tokens"]
    network: NetworkId
    epoch: Code
    bundles: Annotated[tuple[ParcelId, ...], AfterValidator(no_repeats), Field(min_length=1, max_length=MOST_BUNDLES)]


LetterBody = Annotated[
    Receipt
    | Refusal
    | Withdrawal
    | Certificate
    | NetworkSecretLetter
    | Suspension
    | Resumption
    | Termination
    | RightsRequest
    | UrgentDisclosure
    | CompelledDisclosure
    | BreachNotice
    | Feedback
    | NewCard
    | RevocationLetter
    | GivenUp
    | MatchFiltersLetter
    | MatchLinksLetter
    | MatchTokensLetter,
    Field(discriminator="kind"),
]
_BODY: TypeAdapter[LetterBody] = TypeAdapter(LetterBody)


# The table that lies beside what such a letter says.
_BESIDE: dict[LetterKind, str] = {
    "match_filters": FILTERS_FILE,
    "match_links": LINKS_FILE,
    "match_tokens": TOKENS_FILE,
}


def write_letter(
    body: LetterBody,
    letter_id: str,
    sender: str,
    recipient: str,
    agreement: Reference | None = None,
    table: Member | None = None,
    showing: bytes = b"",
) -> Letter:
    """The letter that says `body`; `table`: what lies beside it, where the kind has one; `showing`: the sender's
    log."""
    content = canonical(body.model_dump(mode="json"))
    shown = (Member(SHOWING_FILE, showing),) if showing else ()
    members = (Member(LETTER_FILE, content), *(() if table is None else (table,)), *shown)
    return Letter(letter_id, body.kind, sender, recipient, agreement, members)


def read_letter(letter: Letter) -> LetterBody:
    """What a letter says; BundleError `letter.unreadable` where it is none, or says another kind than its envelope."""
    wrong = Problem(
        "letter.unreadable",
        _("the letter is not one that this version understands"),
        hint=_("ask its sender which version of the exchange they use; nothing was done about the letter"),
    )
    beside = _BESIDE.get(letter.kind)
    paths = [member.path for member in letter.members if member.path != SHOWING_FILE]
    if paths != [LETTER_FILE, *([beside] if beside else [])] or len(letter.members) - len(paths) > 1:
        raise BundleError(wrong)
    try:
        said = parse(letter.members[0].content)
        canonical(said)  # refuses what no JSON can say again, as half a character
        body = _BODY.validate_python(said)
    except (ValidationError, CryptoError, RecursionError):
        raise BundleError(wrong) from None  # what pydantic says of a secret would hold the secret
    if body.kind != letter.kind:
        raise BundleError(wrong)
    return body
