"""From what stands on the machine to what is right and what is wrong with the drop box, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.dropbox.algorithms import quantum_safe, weak
from exchange.dropbox.box import GROUP, DropBox
from exchange.dropbox.looking import AccountSeen, MachineFacts, Seen
from exchange.dropbox.sshd_config import for_senders
from exchange.dropbox.steps import NO_SHELL
from exchange.finding import Finding
from exchange.locale import _, ngettext


def judge(box: DropBox, facts: MachineFacts, card_key: str | None) -> tuple[Finding, ...]:
    """Every finding. `card_key`: the server's key on our card, None where our card names no server."""
    return (
        *_of_sshd(facts),
        *_of_folders(facts),
        *(finding for each in facts.accounts for finding in _of_account(box, each)),
        *_of_methods(facts),
        *_of_deadline(box, facts),
        *_of_receipts(facts),
        *_of_card(facts, card_key),
        *_of_prefix(box),
    )


def _of_sshd(facts: MachineFacts) -> Iterator[Finding]:
    if not facts.sshd:
        hint = _("install it: apt install openssh-server")
        yield Finding("wrong", "dropbox.no_sshd", _("there is no OpenSSH server here"), hint=hint)
    elif facts.objection is not None:
        hint = _("sshd said: {reason}").format(reason=facts.objection)
        yield Finding("wrong", "dropbox.sshd", _("sshd does not take its configuration"), hint=hint)
    else:
        yield Finding("ok", "dropbox.sshd", _("sshd takes the configuration"))


def _of_folders(facts: MachineFacts) -> Iterator[Finding]:
    wrong = [each for each in facts.folders if each.found != each.wanted]
    for each in wrong:
        yield Finding("wrong", "dropbox.rights", _wrong_rights(each), str(each.path), _again())
    open_ = [path for path, found in facts.above if found is None or found.owner != "root" or found.mode & 0o022]
    for path in open_:
        what = _("a folder above the drop box is not root's alone, so that sshd locks nobody in and refuses all")
        hint = _("give it to root and let nobody else write there, or choose another: --folder")
        yield Finding("wrong", "dropbox.above", what, str(path), hint)
    if not wrong and not open_:
        yield Finding("ok", "dropbox.rights", _("every folder has the owner and the rights that it should have"))


def _wrong_rights(seen: Seen) -> str:
    if seen.found is None:
        return _("the folder is not there")
    return _("the folder is {owner}:{group} {mode}, and should be {wanted}").format(
        owner=seen.found.owner,
        group=seen.found.group,
        mode=f"{seen.found.mode:04o}",
        wanted=f"{seen.wanted.owner}:{seen.wanted.group} {seen.wanted.mode:04o}",
    )


def _of_account(box: DropBox, seen: AccountSeen) -> Iterator[Finding]:
    name, bad = seen.account.name, list(_wrong_with(box, seen))
    yield from bad
    if not bad:
        yield Finding("ok", "dropbox.account", _("the account is locked into its folder, with its sender's key"), name)


def _wrong_with(box: DropBox, seen: AccountSeen) -> Iterator[Finding]:
    name = seen.account.name
    if seen.user is None:
        yield Finding("wrong", "dropbox.no_account", _("the account is not there"), name, _again())
        return
    if seen.user.shell != NO_SHELL or seen.user.uid == 0:
        hint = _("take it away: usermod --shell {shell} {name}").format(shell=NO_SHELL, name=name)
        yield Finding("wrong", "dropbox.shell", _("the account has a shell"), name, hint)
    if seen.groups:
        hint = _("remove it from these groups: {groups}").format(groups=", ".join(seen.groups))
        yield Finding("wrong", "dropbox.groups", _("the account is in other groups as well"), name, hint)
    if seen.key != box.key_line(seen.account):
        yield Finding(
            "wrong", "dropbox.key", _("the key that lets in is not the one on its sender's card"), name, _again()
        )
    if seen.settings:
        yield from _settings(box, seen, dict(seen.settings))


def _settings(box: DropBox, seen: AccountSeen, counts: dict[str, str]) -> Iterator[Finding]:
    name = seen.account.name
    other = [setting for setting, value in for_senders(box) if counts.get(setting.lower(), "") != value]
    if other:
        what = _("another file of sshd says otherwise for this account: {settings}").format(settings=", ".join(other))
        hint = _("what is read first counts: look into /etc/ssh/sshd_config and /etc/ssh/sshd_config.d")
        yield Finding("wrong", "dropbox.settings", what, name, hint)
    groups, users = counts.get("allowgroups", ""), counts.get("allowusers", "")
    if (groups and GROUP not in groups.split()) or (users and name not in users.split()):
        what = _("sshd lets only some accounts in, and this is none of them")
        hint = _("add {group} to AllowGroups, or the account to AllowUsers, in sshd's configuration")
        yield Finding("wrong", "dropbox.not_allowed", what, name, hint.format(group=GROUP))


def _of_methods(facts: MachineFacts) -> Iterator[Finding]:
    counts = next((dict(each.settings) for each in facts.accounts if each.settings), None)
    if counts is None:
        return
    names = [
        part for each in ("kexalgorithms", "ciphers", "macs", "hostkeyalgorithms") for part in _listed(counts, each)
    ]
    if found := weak(names):
        what = _("sshd still offers weak methods: {names}").format(names=", ".join(found))
        hint = _("what is read first counts: look into /etc/ssh/sshd_config and /etc/ssh/sshd_config.d")
        yield Finding("wrong", "dropbox.weak", what, hint=hint)
    else:
        yield Finding("ok", "dropbox.methods", _("sshd offers strong methods only"))
    if not quantum_safe(_listed(counts, "kexalgorithms")):
        hint = _("bring OpenSSH up to date; what travels is sealed against quantum computers all the same")
        yield Finding("note", "dropbox.quantum", _("no exchange of keys here withstands a quantum computer"), hint=hint)


def _listed(counts: dict[str, str], setting: str) -> list[str]:
    return counts.get(setting, "").split(",")


def _of_deadline(box: DropBox, facts: MachineFacts) -> Iterator[Finding]:
    if facts.deadline != box.deadline():
        yield Finding("wrong", "dropbox.deadline", _("nothing says when what nobody took is removed"), hint=_again())
    elif not facts.cleaner:
        hint = _(
            "remove old files by cron: find {folder}/*/incoming {folder}/*/outgoing -type f -mtime +{days} -delete"
        )
        what = _("systemd-tmpfiles, which would remove old files, is not on this machine")
        yield Finding("wrong", "dropbox.deadline", what, hint=hint.format(folder=box.folder, days=box.days))
    else:
        what = ngettext(
            "what nobody took is removed after {days} day", "what nobody took is removed after {days} days", box.days
        )
        yield Finding("ok", "dropbox.deadline", what.format(days=box.days))


def _of_receipts(facts: MachineFacts) -> Iterator[Finding]:
    if facts.unreadable:
        what = _("{count} files wait that their account may not read").format(count=facts.unreadable)
        hint = _("run 'exchange deliver' with umask 027 or 022; for those that wait: chmod g+r")
        yield Finding("wrong", "dropbox.unreadable", what, hint=hint)


def _of_card(facts: MachineFacts, card_key: str | None) -> Iterator[Finding]:
    if card_key is None:
        hint = _("name it: exchange card sftp HOST:PORT --host-key /etc/ssh/ssh_host_ed25519_key.pub")
        yield Finding(
            "note", "dropbox.no_card", _("our card names no server yet, so nobody finds the drop box"), hint=hint
        )
    elif facts.host_keys and card_key not in facts.host_keys:
        what = _("the server's key on our card is none of the keys of this machine")
        hint = _(
            "is the drop box here? then: exchange card sftp HOST:PORT --host-key /etc/ssh/ssh_host_ed25519_key.pub"
        )
        yield Finding("wrong", "dropbox.host_key", what, hint=hint)
    elif facts.host_keys:
        yield Finding("ok", "dropbox.host_key", _("the server's key on our card is a key of this machine"))


def _of_prefix(box: DropBox) -> Iterator[Finding]:
    if box.prefix:
        what = _("accounts are not called like their parties, and a card can name one account only")
        hint = _(
            "of one sender, our card can name it: exchange card sftp … --user {name}; "
            "else senders do: exchange card route"
        )
        name = next((each.name for each in box.accounts), box.prefix)
        yield Finding("note", "dropbox.prefix", what, hint=hint.format(name=name))


def _again() -> str:
    return _("run it again as root: exchange dropbox --apply")
