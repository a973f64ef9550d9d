"""From what was seen of a server to what is right and what is wrong with it, in plain words, and whom to ask."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.doctor.facts import Asked, Folder, Inside, ServerFacts, Trial
from exchange.doctor.hello import Hello
from exchange.dropbox.algorithms import quantum_safe, weak
from exchange.finding import Finding, Severity
from exchange.locale import _

CLOCK_NOTED, CLOCK_WRONG = 120, 3600  # seconds
ROOM_NOTED, ROOM_WRONG = 1 << 30, 100 << 20  # bytes
SLOW = 8 * 1024  # bytes a second
OURS = "mlkem768x25519-sha256"


def judge(facts: ServerFacts, asked: Asked) -> tuple[Finding, ...]:
    """Every finding, from the outside in."""
    if facts.through:
        what = _("it is behind {hosts}, so its name, greeting and methods were not looked at")
        found = [Finding("note", "doctor.behind", what.format(hosts=", ".join(facts.through)), facts.where, _nearer())]
    else:
        found = [*_of_the_way(facts, asked), *_of_the_greeting(facts, asked)]
    if facts.kept_out is not None:
        found += _kept_out(facts, asked)
    if facts.inside is not None:
        found += _of_the_inside(facts, facts.inside, asked)
    found += _of_what_is_left(facts, asked)
    return tuple(found)


def _nearer() -> str:
    return _("somebody who reaches it without a jump host sees them")


def _whom(asked: Asked) -> str:
    """Whom to ask for what the server's owner must mend."""
    if asked.ours:
        return _("it is our own server: whoever runs it mends it, with 'exchange dropbox --apply' as root")
    return _("ask {party} to mend it: {contact}").format(party=asked.party, contact=asked.contact)


def _of_the_way(facts: ServerFacts, asked: Asked) -> Iterator[Finding]:
    if facts.addresses:
        what = _("the name stands for {addresses}").format(addresses=", ".join(facts.addresses[:4]))
        yield Finding("ok", "doctor.name", what, facts.where)
    else:
        hint = _("check the connection to the internet; if that is well, the name on the card is wrong: {whom}")
        what = _("nobody knows a server of this name")
        yield Finding("wrong", "doctor.name", what, facts.where, hint.format(whom=_whom(asked)))


def _of_the_greeting(facts: ServerFacts, asked: Asked) -> Iterator[Finding]:
    hello = facts.hello
    if hello is None:
        if facts.addresses:
            hint = _("a firewall on the way, ours or theirs, may keep the port shut; else {whom}")
            what = _("nobody greets there as an SSH server does")
            yield Finding("wrong", "doctor.greeting", what, facts.where, hint.format(whom=_whom(asked)))
        return
    what = _("an SSH server greets: {software}").format(software=hello.software)
    yield Finding("ok", "doctor.greeting", what, facts.where)
    yield from _of_methods(hello, facts.where, asked)


def _of_methods(hello: Hello, where: str, asked: Asked) -> Iterator[Finding]:
    offered = (*hello.exchanges, *hello.host_keys, *hello.ciphers, *hello.macs)
    if found := weak(offered):
        hint = _("our program never takes them, others may; {whom}").format(whom=_whom(asked))
        what = _("it offers weak methods as well: {names}").format(names=", ".join(found))
        severity: Severity = "wrong" if asked.ours else "note"
        yield Finding(severity, "doctor.weak", what, where, hint)
    else:
        yield Finding("ok", "doctor.weak", _("it offers strong methods only"), where)
    yield _of_quantum(hello, where)
    if not hello.strict:
        hint = _("a newer version of its software notices it (Terrapin, CVE-2023-48795); {whom}")
        what = _("it does not notice when packets are cut out of the handshake")
        yield Finding("note", "doctor.strict", what, where, hint.format(whom=_whom(asked)))


def _of_quantum(hello: Hello, where: str) -> Finding:
    if OURS in hello.exchanges:
        what = _("the exchange of keys withstands a quantum computer")
        return Finding("ok", "doctor.quantum", what, where)
    if quantum_safe(hello.exchanges):
        what = _("it has an exchange of keys that withstands a quantum computer, but not the one that our program has")
    else:
        what = _("it has no exchange of keys that withstands a quantum computer")
    hint = _("bundles are sealed against quantum computers all the same; OpenSSH has ours since 9.9: {name}")
    return Finding("note", "doctor.quantum", what, where, hint.format(name=OURS))


def _kept_out(facts: ServerFacts, asked: Asked) -> Iterator[Finding]:
    """What the connection itself says, unless it was said already."""
    problem = facts.kept_out
    if problem is None or (problem.code == "transport.no_connection" and not facts.through and facts.hello is None):
        return
    if asked.ours and problem.code == "transport.refused_key":
        what = _("it keeps our own key out, as it should: accounts are for those who send to us")
        hint = _("what lies behind the door only a sender sees: let one run 'exchange doctor {party}'")
        yield Finding("ok", "doctor.host_key", _("it shows the key that is on the card"), facts.where)
        yield Finding("note", "doctor.login", what, facts.where, hint.format(party=asked.party))
        return
    yield Finding("wrong", problem.code, problem.what, problem.where, f"{problem.hint}\n{_whom(asked)}")


def _of_the_inside(facts: ServerFacts, inside: Inside, asked: Asked) -> Iterator[Finding]:
    where = facts.where
    yield Finding("ok", "doctor.host_key", _("it shows the key that is on the card"), where)
    what = _("it lets our key in as '{user}', and speaks SFTP").format(user=facts.user)
    yield Finding("ok", "doctor.login", what, where)
    yield from _of_incoming(inside.incoming, asked)
    yield from _of_outgoing(inside.outgoing, asked)
    if inside.refused is not None:
        problem = inside.refused
        yield Finding("wrong", problem.code, problem.what, problem.where, f"{problem.hint}\n{_whom(asked)}")
    if inside.trial is not None:
        yield from _of_the_trial(inside.trial, inside.incoming.name, asked)
    yield from _of_extensions(inside, where)
    yield from _of_room(inside, asked)
    yield from _of_doors(inside, where, asked)
    yield from _of_speed(inside, where)


def _of_incoming(folder: Folder, asked: Asked) -> Iterator[Finding]:
    if not folder.there:
        what = _("the folder where bundles are put is not there")
        yield Finding("wrong", "doctor.incoming", what, folder.name, _whom(asked))
    elif not folder.takes:
        what = _("we may put nothing into the folder where bundles are put")
        yield Finding("wrong", "doctor.incoming", what, folder.name, _whom(asked))
    else:
        yield Finding("ok", "doctor.incoming", _("we may put files into the folder for bundles"), folder.name)
    if folder.lists:
        what = _("we may list what was put there, so whoever takes our key may as well")
        hint = _("better it may be written only: {whom}").format(whom=_whom(asked))
        yield Finding("note", "doctor.incoming_lists", what, folder.name, hint)


def _of_outgoing(folder: Folder, asked: Asked) -> Iterator[Finding]:
    if not folder.there:
        what = _("the folder where receipts and letters are fetched is not there")
        yield Finding("wrong", "doctor.outgoing", what, folder.name, _whom(asked))
        return
    if not folder.lists:
        what = _("we may not look into the folder where receipts and letters are fetched")
        yield Finding("wrong", "doctor.outgoing", what, folder.name, _whom(asked))
    else:
        yield Finding("ok", "doctor.outgoing", _("we may look for receipts and letters"), folder.name)
    if folder.takes:
        what = _("we may write where receipts and letters are fetched, so whoever takes our key may as well")
        hint = _("better it may be read only: {whom}").format(whom=_whom(asked))
        yield Finding("note", "doctor.outgoing_writes", what, folder.name, hint)


def _of_the_trial(trial: Trial, where: str, asked: Asked) -> Iterator[Finding]:
    if trial.read_back == "other":
        what = _("what we wrote reads back as something else")
        yield Finding("wrong", "doctor.read_back", what, where, _whom(asked))
    elif trial.read_back == "same":
        yield Finding("ok", "doctor.read_back", _("what we wrote reads back as it was written"), where)
    else:
        what = _("we may not read what we wrote ourselves, so an upload that broke off begins again")
        yield Finding("note", "doctor.read_back", what, where, _whom(asked))
    if not trial.renames:
        what = _("a file cannot be given its name without replacing another")
        hint = _("our program looks first and then replaces, which is less safe; {whom}").format(whom=_whom(asked))
        yield Finding("note", "doctor.rename", what, where, hint)
    elif trial.replaces:
        what = _("its rename replaces what is there, which the rules of SFTP forbid")
        yield Finding("wrong", "doctor.rename", what, where, _whom(asked))
    else:
        yield Finding("ok", "doctor.rename", _("a file gets its name in one step, and replaces no other"), where)
    yield from _of_the_clock(trial, where, asked)


def _of_what_is_left(facts: ServerFacts, asked: Asked) -> Iterator[Finding]:
    """Also where the link broke afterwards. Where we may not remove, no more was tried than whether we may put."""
    if facts.left:
        what = _("files of this trial could not be removed: {names}").format(names=", ".join(facts.left))
        hint = _("they are hidden and harmless; {whom}").format(whom=_whom(asked))
        yield Finding("wrong", "doctor.left", what, facts.where, hint)
    elif facts.inside is not None and facts.inside.incoming.takes:
        yield Finding("ok", "doctor.left", _("what we wrote could be removed again"), facts.inside.incoming.name)


def _of_the_clock(trial: Trial, where: str, asked: Asked) -> Iterator[Finding]:
    if trial.clock is None:
        return
    off = abs(trial.clock)
    if off < CLOCK_NOTED:
        yield Finding("ok", "doctor.clock", _("its time and ours agree"), where)
        return
    ahead = (
        _("its time is {minutes} minutes ahead of ours")
        if trial.clock > 0
        else _("its time is {minutes} minutes behind ours")
    )
    hint = _("compare both with a telephone; if ours is right, {whom}").format(whom=_whom(asked))
    severity: Severity = "wrong" if off >= CLOCK_WRONG else "note"
    yield Finding(severity, "doctor.clock", ahead.format(minutes=round(off / 60)), where, hint)


def _of_extensions(inside: Inside, where: str) -> Iterator[Finding]:
    if "fsync@openssh.com" not in inside.extensions:
        what = _("it does not tell when a file is safe from a power cut")
        hint = _("what is lost so is sent again, since no receipt comes")
        yield Finding("note", "doctor.fsync", what, where, hint)
    what = _("it takes {size} KiB in one request; extensions: {names}")
    names = ", ".join(each.partition("@")[0] for each in inside.extensions) or "–"
    yield Finding("ok", "doctor.limits", what.format(size=inside.block // 1024, names=names), where)


def _of_room(inside: Inside, asked: Asked) -> Iterator[Finding]:
    if inside.free is None:
        return
    where, size = inside.incoming.name, f"{inside.free / (1 << 20):,.0f}"
    if inside.free >= ROOM_NOTED:
        yield Finding("ok", "doctor.room", _("{size} MiB are free there").format(size=size), where)
    else:
        severity: Severity = "wrong" if inside.free < ROOM_WRONG else "note"
        what = _("only {size} MiB are free there").format(size=size)
        yield Finding(severity, "doctor.room", what, where, _whom(asked))


def _of_doors(inside: Inside, where: str, asked: Asked) -> Iterator[Finding]:
    doors = inside.doors
    if doors is None:
        what = _("it is not known whether our account may more than it should: no answer came")
        hint = _("try again; if it stays so, {whom}").format(whom=_whom(asked))
        yield Finding("wrong", "doctor.doors", what, where, hint)
        return
    open_ = [
        word
        for is_open, word in (
            (doors.runs, _("run programs")),
            (doors.terminal, _("have a terminal")),
            (doors.forwards, _("connect on from the server")),
            (doors.listens, _("listen at the server")),
            (inside.sees_server, _("look at the whole server")),
        )
        if is_open
    ]
    if not open_:
        what = _("our account may do nothing there but SFTP, in its own folder")
        yield Finding("ok", "doctor.doors", what, where)
    else:
        what = _("our account may more than it should: {doors}").format(doors=", ".join(open_))
        hint = _("whoever takes our key could do so as well; {whom}").format(whom=_whom(asked))
        yield Finding("wrong", "doctor.doors", what, where, hint)


def _of_speed(inside: Inside, where: str) -> Iterator[Finding]:
    what = _("an answer takes {milliseconds} ms").format(milliseconds=round(inside.trip * 1000))
    yield Finding("ok", "doctor.trip", what, where)
    if inside.trial is not None:
        up = inside.trial.up
        what = _("about {rate} KiB a second go there").format(rate=f"{up / 1024:,.0f}")
        if up < SLOW:
            hint = _("that is slow: a bundle of 1 MiB takes {minutes} minutes; a stick may be sooner")
            minutes = round((1 << 20) / up / 60)
            yield Finding("note", "doctor.rate", what, where, hint.format(minutes=minutes))
        else:
            yield Finding("ok", "doctor.rate", what, where)
