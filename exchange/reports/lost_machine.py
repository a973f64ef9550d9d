"""The drill after a machine was lost: what was done, and what people do now, in order, on one page.

It says what the finder may read as it is: a page that comforts would be worse than none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from exchange.locale import _, ngettext
from exchange.reports.agreement_words import Heading
from exchange.reports.page import page, render


@dataclass(frozen=True, slots=True)
class Called:
    """A partner who is phoned; `box`: its server, where an account of ours has to get our new key."""

    party: str
    contact: str
    box: str | None


@dataclass(frozen=True, slots=True)
class Owed:
    """What an agreement asks once data were exposed: hours until the parties and the authority know, and the law."""

    agreement: str
    parties_hours: int
    law_hours: int
    law: str


@dataclass(frozen=True, slots=True)
class Drill:
    """`since`: aware, as the office's clock shows it; `signing`, `encryption`: how many keys were revoked; `people`:
    who was revoked; `others`: whose own keys lie in the workspace as well and who was not named; `root`: our root key
    is revoked; `root_apart`: it was kept elsewhere; `files`: what partners take; `client`: the public key for
    sftp; `jump_hosts`: those on our routes; `letters`: those that wait and were signed with a revoked key."""

    party: str
    since: dt.datetime
    signing: int
    encryption: int
    people: tuple[str, ...]
    others: tuple[str, ...]
    root: bool
    root_apart: bool
    files: tuple[str, ...]
    client: str | None
    partners: tuple[Called, ...]
    jump_hosts: tuple[str, ...]
    letters: tuple[str, ...]
    owed: tuple[Owed, ...]

    @property
    def headings(self) -> tuple[Heading, ...]:
        return (
            (_("What was done"), tuple(self._done())),
            (_("1. Phone every partner, now"), tuple(self._phone())),
            (_("2. Close the drop boxes"), tuple(self._boxes())),
            (_("3. Find out what the finder can read"), tuple(self._readable())),
            (_("4. Passphrases and passwords"), tuple(self._passphrases())),
            (_("5. Tell of the breach in time"), tuple(self._breach())),
            (_("6. Go on working"), tuple(self._on_to_root() if self.root else self._go_on())),
        )

    @property
    def _typed(self) -> str:
        """The same time again is the same loss: nothing is revoked twice."""
        return self.since.isoformat(timespec="seconds")

    def _done(self) -> Iterator[str]:
        yield _("Revoked since {time}: {signing} signing keys and {encryption} encryption keys.").format(
            time=f"{self.since:%Y-%m-%d %H:%M %z}", signing=self.signing, encryption=self.encryption
        )
        if self.people:
            yield _("Revoked and dismissed: {people}.").format(people=", ".join(self.people))
        if self.root:
            yield _("Our root key is revoked. Nothing that we sign from now on is believed, and our card is void.")
        else:
            yield _("New keys are on our new card. No agreement changes: they name the root key, which stays.")

    def _phone(self) -> Iterator[str]:
        for each in self.partners:
            yield f"☐ {each.party}: {each.contact}"
        yield _(
            "Say: keys of ours are revoked, encrypt nothing for us until our letter is there. Call on a number that "
            "you know from elsewhere."
        )
        yield _(
            "Send each of them {files} also by e-mail or WhatsApp: signed, without any secret. They type, for each: "
            "exchange card add FILE. All are needed: the new card ends also keys of which only the lost machine knew. "
            "The same waits in the outbox as letters: exchange deliver."
        ).format(files=", ".join(self.files))

    def _boxes(self) -> Iterator[str]:
        boxes = [f"{each.party} ({each.box})" for each in self.partners if each.box]
        boxes += [_("jump host {host}").format(host=each) for each in self.jump_hosts]
        if boxes:
            yield _("Ask each to take our old key out of our account at once: {boxes}.").format(boxes=", ".join(boxes))
        else:
            yield _("No partner's card names a server. Close every account whose password lay on the machine.")
        if self.client:
            yield _("The new line for authorized_keys; nothing of ours gets there before it stands there:")
            yield f"{self.client} {self.party}"

    def _readable(self) -> Iterator[str]:
        yield _(
            "Was the whole disk encrypted, and the machine off or locked? Then nothing, as long as nobody knows how to "
            "unlock it. Write down who says so. Otherwise:"
        )
        yield _(
            "In the clear: your own workbooks and case files, bundles that were opened with --out, exports, pages that "
            "wait for approval (counts), agreements, cards, and the log and lists of parcels (who, when, how many)."
        )
        yield _(
            "Locked by our passphrase alone: our keys, the store of what we received, kept letters, and the registers "
            "that lead from pseudonyms to cases. Whoever has both can read everything that was ever sent to the keys "
            "in that file. Was the passphrase in a file there, in the system's keyring, on a note, or typed while "
            "others watched?"
        )
        if not self.root:
            yield (
                _("The root key was kept apart, so it did not lie there.")
                if self.root_apart
                else _(
                    "The root key lay in the same file. If the passphrase may be known: exchange card revoke --lost "
                    "--since {time} --root-too"
                ).format(time=self._typed)
            )

    def _passphrases(self) -> Iterator[str]:
        yield _(
            "The passphrase of the file on the lost machine cannot be changed any more: never use it again elsewhere."
        )
        yield _(
            "Change on another machine: the e-mail, WhatsApp, cloud and server passwords that were kept there; lock "
            "the SIM."
        )
        if self.others:
            yield _(
                "The own keys of these people lie in the workspace too. If they lay there, revoke them: exchange card "
                "revoke --lost --since {time} --person ID: {people}."
            ).format(time=self._typed, people=", ".join(self.others))

    def _breach(self) -> Iterator[str]:
        yield _(
            "Unless the disk was encrypted and locked, take it for a breach. The clocks run from when it was noticed:"
        )
        for each in self.owed:
            yield _(
                "☐ {agreement}: the parties within {parties} hours, the authority within {authority} hours ({law}): "
                "exchange breach notice {agreement} --noticed TIME"
            ).format(agreement=each.agreement, parties=each.parties_hours, authority=each.law_hours, law=each.law)
        exposed = f"--party {self.party} --since {self._typed}"
        yield _(
            "Which bundles had come to it or left from it, by our log: exchange breach scope ID {exposed}. The "
            "notices, drafted in both languages: exchange breach draft ID --noticed TIME {exposed} --out FOLDER"
        ).format(exposed=exposed)
        yield _("Survivors are told by those who know them and how to reach them safely.")

    def _go_on(self) -> Iterator[str]:
        yield _(
            "What is under way for the old keys still opens here. But what partners encrypted for them since {time} is "
            "exposed if the finder gets into our keys: ask them what it was."
        ).format(time=f"{self.since:%Y-%m-%d %H:%M}")
        yield _(
            "What comes signed with our old keys is refused from now on, also what waits in the outbox: pack it again."
        )
        if self.letters:
            yield _(
                "These letters wait, are signed with an old key, and never leave. Tell each recipient by phone what it "
                "says, a withdrawal or a suspension at once, and write it again with the command that wrote it:"
            )
            yield from (f"☐ {letter}" for letter in self.letters)
        if self.people:
            yield _("Whoever was revoked gets a new key: exchange card people certify ID --name NAME --role ROLE")
        yield _(
            "Look through the log for what you did not do: exchange audit entries; ask partners what came since then."
        )

    def _on_to_root(self) -> Iterator[str]:
        yield _("Begin anew in another folder: exchange -w NEW-FOLDER init --party {party} …").format(party=self.party)
        yield _(
            "Give the new card to every partner. They type: exchange card revoke {party} (where our revocation has not "
            "come), exchange card add {party}.card.json, and read the eight words with us: exchange card words {party} "
            "--confirm"
        ).format(party=self.party)
        yield ngettext(
            "This agreement names the old root key and must be amended: {agreements}.",
            "These agreements name the old root key, and each must be amended: {agreements}.",
            len(self.owed),
        ).format(agreements=", ".join(each.agreement for each in self.owed) or "–")
        yield _(
            "In the text: the new fingerprint under key for {party}, a higher version, and supersedes with the old "
            "version and digest. Then: exchange agreement diff ID FILE, exchange agreement add FILE, and all sign "
            "again: exchange agreement sign ID"
        ).format(party=self.party)
        yield _("What we received stays in the old folder and opens there: keep it, and take nothing new into it.")


def drill_page(drill: Drill) -> str:
    """The drill, for the wall."""
    return page(lambda: _("A machine is lost"), lambda: render("exchange.reports", "lost_machine.html.j2", drill=drill))
