"""`exchange card recover`: the root key from two of its three sheets; as a drill, or the whole way back."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.cli.secret_screen import clear, in_columns, secret_screen, show
from exchange.errors import KeyringError, Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.crypto.signing import SigningKey
    from exchange.keyring.card import SignedCard
    from exchange.keyring.revocation import SignedRevocation
    from exchange.keyring.shapes import Person
    from exchange.keyring.share_words import Share

_MAX_FILE = 64 * 1024  # bytes of a sheet that we read
_AGAIN = {"recovery.same_share", "recovery.other_set"}  # the second sheet was the wrong one: it is typed again


@click.command(
    help=_(
        "Bring back the root key from two of its three sheets, typed here or in files. With --dry-run: whether they "
        "bring back the root key of our card, or of the one in --card; a drill. Without: make our workspace anew in an "
        "empty folder, with new keys and our next card."
    ),
    epilog=desk.example(
        "exchange card recover --dry-run",
        "exchange -w ~/exchange-new card recover --card yks.card.json --from-copy /media/stick/exchange",
    ),
)
@click.option(
    "--card", "card_file", type=desk.a_path(), metavar="FILE", help=_("our newest card, as any partner has it")
)
@click.option(
    "--share",
    "share_files",
    type=desk.a_path(),
    multiple=True,
    metavar="FILE",
    help=_("a sheet that --shares-to wrote, or its words in a file (may be repeated); else it is typed"),
)
@click.option(
    "--from-copy",
    "copy",
    type=desk.a_path(),
    metavar="FOLDER",
    help=_("a copy of the lost workspace: numbers, logs, agreements and the store come from it"),
)
@click.option(
    "--revocation",
    "revocation_file",
    type=desk.a_path(),
    metavar="FILE",
    help=_("what we revoked before, as any partner has it: <party>.revocation.json"),
)
@click.option(
    "--person",
    "people",
    multiple=True,
    metavar="ID",
    help=_("who on that card works here still, to be certified again (may be repeated); else it is asked"),
)
@desk.dry_run_option()
def recover(
    *,
    card_file: Path | None,
    share_files: tuple[Path, ...],
    copy: Path | None,
    revocation_file: Path | None,
    people: tuple[str, ...],
    dry_run: bool,
) -> None:
    from exchange.keyring.passphrase import check_passphrase
    from exchange.recovering import Remains, may_come_back, newest_card, revoked_before
    from exchange.recovering import recover as bring_back
    from exchange.workspace.workspace import Workspace

    folder, now = click.get_current_context().obj.workspace, desk.now()
    given = _read_card(card_file)
    if given is None and copy is None and dry_run:
        given = desk.here().own.card()
    card = newest_card(given, copy)
    if not dry_run:
        Workspace.refuse_in_use(folder)  # before sixty-six words are typed
    revoked = revoked_before(_read_revocation(revocation_file), copy, card.card)
    able = may_come_back(card.card, revoked, now.date())
    _check_named(people, able)
    remains = Remains(card, _root(share_files), copy, revoked, people)
    console.say(_("these shares bring back the root key of {party}").format(party=card.party))
    if dry_run:
        document = {"dry_run": True, "party": card.party, "fingerprint": card.card.fingerprint}
        console.answer(document, [card.card.fingerprint])
        desk.say_nothing_changed()
        return
    remains = replace(remains, people=people or _asked(able))
    secret = desk.passphrase(new=True)
    check_passphrase(secret)
    workspace, after = bring_back(folder, remains, secret, now)
    document = {"party": after.party, "fingerprint": after.card.fingerprint, "serial": after.card.serial}
    console.answer(document, [str(workspace.own.card_file)])
    _say_what_next(after, [each.id for each in able if each.id not in remains.people], copied=copy is not None)


def _read_card(file: Path | None) -> SignedCard | None:
    from exchange.keyring.card import MAX_CARD, read_card

    if file is None:
        return None
    with file.open("rb") as source:
        return read_card(source.read(MAX_CARD + 1))


def _read_revocation(file: Path | None) -> SignedRevocation | None:
    from exchange.keyring.revocation import MAX_REVOCATION, read_revocation

    if file is None:
        return None
    with file.open("rb") as source:
        return read_revocation(source.read(MAX_REVOCATION + 1))


def _check_named(people: tuple[str, ...], able: tuple[Person, ...]) -> None:
    unknown = [each for each in people if each not in {person.id for person in able}]
    what = _("the card certifies nobody of this id any more")
    KeyringError.raise_all(Problem("person.unknown", what, where=each) for each in unknown)


def _asked(able: tuple[Person, ...]) -> tuple[str, ...]:
    """Who of them works here still: an old card brings back who was dismissed, so nobody comes back unasked."""
    if not console.interactive():
        return ()
    question = _("does {person} ({name}) work here still, and is their own key in their hands?")
    return tuple(
        each.id for each in able if click.confirm(question.format(person=each.id, name=each.name), False, err=True)
    )


def _say_what_next(after: SignedCard, left: list[str], *, copied: bool) -> None:
    console.say(
        _("give partners the new card and the revocation at once, by hand (exchange card export) or: exchange deliver")
    )
    console.say(
        _("call them: the keys of the lost machine are not to be believed any more; safety words stay as they were")
    )
    console.say(_("what was sealed for the old keys cannot be opened any more: ask its senders to send it again"))
    console.say(_("make new recovery shares, and burn the old ones: exchange card shares"))
    console.say(
        _("the root key lies in the workspace now; was it kept apart, do so again: exchange card root --apart FILE")
    )
    if after.card.people:
        people = ", ".join(each.id for each in after.card.people)
        console.say(_("certified again: {people}; dismiss each whose own key was lost").format(people=people))
    if left:
        people = ", ".join(left)
        said = _("not certified again: {people}; those who work here still: exchange card people certify ID")
        console.say(said.format(people=people))
    if not copied:
        _say_what_is_lost()
    console.say(_("no bundle is packed for a partner before it has told its numbers: exchange card numbers --help"))


def _say_what_is_lost() -> None:
    for line in (
        _("without a copy of the workspace these are gone: cards, agreements, registers, the store, log and numbers"),
        _("take the cards and agreements from partners again; tell them and the auditor that your log begins anew"),
    ):
        console.say(line)


# --- the shares ---


def _root(files: tuple[Path, ...]) -> SigningKey:
    from exchange.keyring.recovery import NEEDED, root_from

    shares = [_from_file(file) for file in files]
    if len(shares) >= NEEDED:
        return root_from(shares)
    with secret_screen(_("or name two sheets in files: --share FILE --share FILE")):
        while len(shares) < NEEDED:
            shares.append(_typed(len(shares) + 1))
        return _root_typed(shares)


def _root_typed(shares: list[Share]) -> SigningKey:
    from exchange.keyring.recovery import root_from

    while True:
        try:
            return root_from(shares)
        except KeyringError as error:
            if not _AGAIN & set(error.codes):
                raise
            shares[-1] = _typed(len(shares), error.problems)


def _from_file(file: Path) -> Share:
    from exchange.keyring.share_words import words_of

    with file.open("rb") as source:
        content = source.read(_MAX_FILE)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(Problem("usage.share", _("the file holds no words"), where=file.name)) from None
    listed = re.findall(r'<li value="\d+">(\w+)</li>', text)  # a sheet as we write it
    return words_of(" ".join(listed) or text)


def _typed(number: int, problems: tuple[Problem, ...] = ()) -> Share:
    """The words of one sheet, as somebody types them: some or all on a line, until they fit together.

    They are shown, because nobody can compare with a sheet what they cannot see; the screen is cleared afterwards.
    """
    from exchange.keyring.recovery import check_share
    from exchange.keyring.share_words import WORDS

    words: Share = ()
    said = [line for each in problems for line in console.problem_lines(each, _("error"))]
    while True:
        clear()
        show(_("Sheet {number} of the two that are needed. See that nobody looks on.").format(number=number))
        show(_("Type its words in their order, one or more on a line; the first four letters of each are enough."), "")
        show(*in_columns(words), "", *said)
        words, said = _more(words, click.prompt(_ask(words), err=True))
        if len(words) == WORDS and not said:
            try:
                check_share(words, number)
            except KeyringError as error:
                said = [line for each in error.problems for line in console.problem_lines(each, _("error"))]
            else:
                clear()
                return words


def _ask(words: Share) -> str:
    from exchange.keyring.share_words import WORDS

    if len(words) == WORDS:
        return _("a number and its word, to change it (12 academic)")
    return _("word {place} and on").format(place=len(words) + 1)


def _more(words: Share, line: str) -> tuple[Share, list[str]]:
    """The words with those of `line`; a word with its number goes to its place. And what was wrong with it."""
    from exchange.keyring.share_words import WORDS, nearest, unknown_places, words_of

    numbered = re.fullmatch(r"\s*(\d+)[\s.:]+(\S+)\s*", line)
    place = int(numbered[1]) - 1 if numbered else len(words)
    typed = words_of(numbered[2] if numbered else line)
    unknown = unknown_places(typed)
    known = typed[: unknown[0] - 1] if unknown else typed
    if not 0 <= place <= len(words) or place + len(known) > WORDS:
        return words, [
            _("a sheet has {count} words; word {place} comes next").format(count=WORDS, place=len(words) + 1)
        ]
    after = (*words[:place], *known, *words[place + len(known) :])
    if not unknown:
        return after, []
    what = _("word {place} is not in the list of words").format(place=place + len(known) + 1)
    near = ", ".join(nearest(typed[len(known)])) or "–"
    return after, [what, _("written alike: {words}").format(words=near)]
