"""A network goes over to a new epoch: what recipients hold of ours is encoded anew, and the old secret is destroyed.

Tokens of two epochs compare with nothing of each other. So before anything is packed under the new secret, each
recipient gets the tokens of the rows that it still has under the new one, in a letter; and the memory of releases knows
them so, since from then on the recipient can join old rows to new ones. What a linking agent compares is made anew with
the next filters in any case: there is no letter, only the memory changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from exchange.agreements.agreement import Agreement, Reference
from exchange.bundle.letters import MOST_BUNDLES, MatchTokensLetter
from exchange.bundle.match_tables import MOST_ROWS, RowTokenAgain, write_tokens
from exchange.errors import AgreementError, DisclosureError, KeyringError, Problem
from exchange.kept_marks import Marks, has_marks, held_by, held_marks
from exchange.locale import _
from exchange.matching.encode import encode
from exchange.matching.secret import NetworkSecret
from exchange.matching.tokens import MatchTokens
from exchange.office import Office
from exchange.posting import post_letter
from exchange.registers import forget_secret, network_secret, secrets_of
from exchange.remembering import locked, opened


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a recipient holds under an agreement, encoded anew: bundles and rows; `told` by a letter, or only known
    here, where a linking agent compares."""

    agreement: str
    recipient: str
    bundles: int
    rows: int
    told: bool


def rotate(office: Office, network: str) -> tuple[tuple[Rotated, ...], tuple[Problem, ...]]:
    """Encode anew what recipients hold under another epoch than the newest whose secret is here; and why it cannot be
    done for others. Repeating it changes nothing. KeyringError (network.no_secret)."""
    secret = network_secret(office, network)
    if secret is None:
        hint = _("ask the coordinator of the network for it, or make it: exchange network new")
        raise KeyringError(Problem("network.no_secret", _("the network's secret is not here"), network, hint))
    done: list[Rotated] = []
    problems: list[Problem] = []
    for agreement, recipient in _ours(office, network):
        try:
            if _old(office, agreement, recipient, secret.epoch):
                done.append(_rotated(office, agreement, recipient, secret))
        except (AgreementError, DisclosureError, KeyringError) as error:
            problems += error.problems
    return tuple(done), tuple(problems)


def to_rotate(office: Office, network: str) -> tuple[tuple[str, str, int], ...]:
    """Agreement, recipient, and how many of its bundles `rotate` would encode anew."""
    secret = network_secret(office, network)
    found = [(a.id, to, len(_old(office, a, to, secret.epoch))) for a, to in _ours(office, network)] if secret else []
    return tuple(each for each in found if each[2])


def retire(office: Office, network: str, epoch: str) -> None:
    """Destroy the secret of an epoch that is over. KeyringError: network.no_secret, network.newest_epoch,
    network.epoch_needed, where a recipient still holds tokens that `rotate` would encode anew."""
    check_retire(office, network, epoch)
    forget_secret(office, network, epoch)
    office.note(network, office.entry("secret.retired"))


def check_retire(office: Office, network: str, epoch: str) -> None:
    """Whether `retire` would do it; raises as that."""
    known = secrets_of(office, network)
    if epoch not in {each.epoch for each in known}:
        hint = _("see which are here: exchange network show")
        raise KeyringError(Problem("network.no_secret", _("there is no secret of this epoch here"), epoch, hint))
    if epoch == known[-1].epoch:
        what, hint = _("this is the newest epoch, under which tokens are made"), _("take a newer secret first")
        raise KeyringError(Problem("network.newest_epoch", what, epoch, hint))
    left = [
        Problem(
            "network.epoch_needed",
            _("{party} holds tokens of an epoch before the newest").format(party=to),
            where=agreement,
            hint=_("encode them anew first: exchange network rotate"),
        )
        for agreement, to, _bundles in to_rotate(office, network)
    ]
    KeyringError.raise_all(left)


def refuse_before_rotating(office: Office, agreement: Agreement, recipient: str) -> None:
    """DisclosureError (network.rotate_first) where the recipient holds rows whose tokens could be encoded anew and are
    not: what is packed now would compare with none of them, and later more could be joined than was looked at."""
    secret = network_secret(office, agreement.network)
    if secret is not None and _old(office, agreement, recipient, secret.epoch):
        what = _("a new epoch has begun, and what {party} holds is still of the one before")
        hint = _("encode it anew first: exchange network rotate")
        raise DisclosureError(Problem("network.rotate_first", what.format(party=recipient), agreement.id, hint))


def _ours(office: Office, network: str) -> Iterator[tuple[Agreement, str]]:
    """Our agreements of a network, each with its recipients whose rows are linked."""
    ids = {
        each.agreement.id
        for each in office.workspace.agreements.all()
        if (each.agreement.network, each.agreement.sender.id) == (network, office.party)
    }
    for name in sorted(ids):
        agreement = office.workspace.agreements.newest(name).agreement
        for party in agreement.recipients:
            if agreement.tier_of(party.id).match is not None:
                yield agreement, party.id


def _old(office: Office, agreement: Agreement, recipient: str, epoch: str) -> tuple[str, ...]:
    """The bundles that the recipient holds with tokens of another epoch, and that can be encoded anew."""
    found = []
    for release in held_by(office, agreement, recipient):
        shown = opened(office, release) if has_marks(office, release.bundle) else None
        if shown is not None and shown.epoch and shown.epoch != epoch:
            found.append(release.bundle)
    return tuple(found)


def _rotated(office: Office, agreement: Agreement, recipient: str, secret: NetworkSecret) -> Rotated:
    _refuse_on_its_way(office, agreement, recipient)
    old = _old(office, agreement, recipient, secret.epoch)
    those = [each for each in held_marks(office, agreement, recipient) if each.release.bundle in old]
    made = [(each, encode(each.rows, secret)) for each in those]
    match = agreement.tier_of(recipient).match
    told = match is not None and match.via == "recipient"
    rows = sum(len(tokens) for _marks, tokens in made)
    if told:
        _tell(office, agreement, recipient, secret, made, rows)
    _remember(office, made)  # after a crash between, nothing is packed before it is told once more
    return Rotated(agreement.id, recipient, len(made), rows, told)


def _tell(
    office: Office,
    agreement: Agreement,
    recipient: str,
    secret: NetworkSecret,
    made: list[tuple[Marks, MatchTokens]],
    rows: int,
) -> None:
    if len(made) > MOST_BUNDLES or rows > MOST_ROWS:
        what = _("{rows} rows of {bundles} bundles are more than one letter holds")
        hint = _("let the recipient destroy what it need not keep")
        raise DisclosureError(Problem("linking.too_many", what.format(rows=rows, bundles=len(made)), recipient, hint))
    body = MatchTokensLetter(
        kind="match_tokens",
        network=secret.network,
        epoch=secret.epoch,
        bundles=tuple(each.release.bundle for each, _tokens in made),
    )
    table = write_tokens(sorted(_lines(made), key=lambda each: (each.bundle, each.row_key, each.kind, each.token)))
    post_letter(office, recipient, body, agreement.network, Reference.to(agreement), table=table)


def _lines(made: list[tuple[Marks, MatchTokens]]) -> Iterator[RowTokenAgain]:
    for marks, tokens in made:
        for row_key, row in zip(marks.row_keys, tokens.rows, strict=True):
            yield from (RowTokenAgain(marks.release.bundle, row_key, kind, token) for kind, token in row)


def _remember(office: Office, made: list[tuple[Marks, MatchTokens]]) -> None:
    """What each release shows, with its new tokens."""
    for marks, tokens in made:
        by_case = {case: row for case, row in zip(marks.cases, tokens.rows, strict=True) if row}
        shown = replace(opened(office, marks.release), epoch=tokens.epoch, tokens=by_case)
        bundle = marks.release.bundle
        office.workspace.releases.show_anew(bundle, locked(office, bundle, shown))


def _refuse_on_its_way(office: Office, agreement: Agreement, recipient: str) -> None:
    """What arrives after the letter would be of an epoch that is over, and be refused."""
    acknowledged = set(office.noted(agreement.network, "bundle.acknowledged"))
    for standing in office.workspace.outbox.status():
        digest = f"sha256:{standing.parcel.sha256}"
        release = office.workspace.releases.find(digest)
        ours = release is not None and (release.agreement.id, release.recipient) == (agreement.id, recipient)
        if ours and standing.state in _ON_ITS_WAY and digest not in acknowledged:
            what = _("a bundle for {party} of the epoch before has not been acknowledged yet")
            hint = _("deliver it and wait for its receipt, or reject it: exchange status")
            raise DisclosureError(
                Problem("network.bundle_on_its_way", what.format(party=recipient), agreement.id, hint)
            )


_ON_ITS_WAY = {"packed", "queued", "sending", "failed", "delivered", "overdue"}
