"""`exchange card route`: how we get to a partner's server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.keyring.routes import Jump, Route

_SSH = 22
# user@host, user@host:22, user@[::1], user@[::1]:22
_PLACE = re.compile(r"(?P<user>[^@\s]+)@(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[^:\[\]\s]+))(?::(?P<port>\d{1,5}))?")
_KEYS = "identity|password|agent:SHA256:…"


@click.command(
    help=_(
        "Show how we get to the server of PARTY, or set it. Where the server is and by which key it is known stands on "
        "the card of PARTY; as whom we log in, with what, and over which jump hosts is our own matter, and nobody else "
        "sees it. What is given replaces the whole route. A password is typed when it is needed, and kept nowhere."
    ),
    epilog=desk.example(
        "exchange card route gt-ntt",
        "exchange card route gt-ntt --key agent:SHA256:9wM1yBqkQnM3…",
        "exchange card route gt-ntt --jump yks@gate.example.org:2222 --jump-host-key gate.pub",
        "exchange card route gt-ntt --none",
    ),
)
@click.argument("party")
@click.option("--key", "login", metavar=_KEYS, help=_("how we log in there: the identity's key, if nothing is said"))
@click.option("--user", metavar="NAME", help=_("our account there, if it is not what the card says"))
@click.option(
    "--jump",
    "jumps",
    multiple=True,
    metavar="USER@HOST[:PORT]",
    help=_("a jump host on the way; it may be given several times, ours first"),
)
@click.option(
    "--jump-host-key",
    "host_keys",
    multiple=True,
    type=desk.a_path(),
    metavar="FILE",
    help=_("the public key of the jump host, as in its ssh_host_ed25519_key.pub; one for each, in the same order"),
)
@click.option(
    "--jump-key",
    "logins",
    multiple=True,
    metavar=_KEYS,
    help=_("how we log in at the jump host: one for all, or one for each in the same order"),
)
@click.option("--none", "direct", is_flag=True, help=_("go directly again, with the identity's key"))
@desk.dry_run_option()
def route(
    party: str,
    *,
    login: str | None,
    user: str | None,
    jumps: tuple[str, ...],
    host_keys: tuple[Path, ...],
    logins: tuple[str, ...],
    direct: bool,
    dry_run: bool,
) -> None:
    from exchange.keyring.routes import DIRECT

    workspace = desk.here()
    card = workspace.cards.known(party).card
    given = any((login, user, jumps, host_keys, logins))
    if direct and given:
        hint = _("give --none alone, or the route")
        raise UsageError(Problem("usage.route", _("a route is set or taken away, not both"), hint=hint))
    if direct or given:
        new = DIRECT if direct else _route(login, user, jumps, host_keys, logins)
        desk.end_dry_run(dry_run)
        workspace.routes.save(party, new)
    found = workspace.routes.to(party)
    console.answer({"party": party, **_document(found)}, _lines(found))
    if given and found.via:
        console.say(_("compare the fingerprint of each jump host with whoever runs it, over the phone"))
    if card.sftp is None:
        what = _("the card of {party} names no server, so no route is used").format(party=party)
        console.warn(Problem("route.no_server", what, party, _("ask for a card with its server, and add it")))


def _route(
    login: str | None, user: str | None, jumps: tuple[str, ...], host_keys: tuple[Path, ...], logins: tuple[str, ...]
) -> Route:
    """What was given. UsageError (usage.route), with everything that is wrong with it."""
    from pydantic import ValidationError

    from exchange.keyring.routes import IDENTITY, Route, is_login

    problems: list[Problem] = []
    if len(host_keys) != len(jumps):
        what = _("each jump host needs the file with its public key")
        problems.append(_wrong(what, "--jump-host-key", _("give --jump and --jump-host-key equally often")))
    if len(logins) > 1 and len(logins) != len(jumps):
        problems.append(_wrong(_("not every jump host has a key"), "--jump-key", _("give it once, or once for each")))
    ways = logins if len(logins) > 1 else logins * len(jumps) or (IDENTITY,) * len(jumps)
    problems += [_no_login(each) for each in dict.fromkeys(filter(None, (login, *logins))) if not is_login(each)]
    hosts: list[dict[str, Any]] = []
    for place, file, way in zip(jumps, host_keys, ways, strict=False):
        at, key = _PLACE.fullmatch(place), _host_key(file)
        if at is None:
            problems.append(_no_place(place))
        if key is None:
            problems.append(_no_host_key(file))
        if at and key:
            where = {"user": at["user"], "host": at["v6"] or at["host"], "port": int(at["port"] or _SSH)}
            hosts.append({**where, "login": way, "host_key": key})
    UsageError.raise_all(problems)
    try:
        return Route.model_validate({"login": login or IDENTITY, "user": user, "via": tuple(hosts)})
    except ValidationError:  # a port, a name of an account or of a host
        raise UsageError(_no_place(" ".join(jumps) or user or "")) from None


def _host_key(file: Path) -> str | None:
    """The one key in a `.pub`, or in a line as `ssh-keyscan` and known_hosts have it."""
    from exchange.keyring.routes import whole_host_key
    from exchange.keyring.shapes import HOST_KEY

    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    found = {match[0] for line in lines if not line.startswith("#") and (match := HOST_KEY.search(line))}
    try:
        return whole_host_key(found.pop()) if len(found) == 1 else None
    except ValueError:
        return None


def _wrong(what: str, where: str, hint: str) -> Problem:
    return Problem("usage.route", what, where, hint)


def _no_login(text: str) -> Problem:
    what = _("this is no way to log in: {text}").format(text=ascii(text[:80]))
    hint = _("the ways are shown by exchange card route --help, fingerprints of keys in the agent by ssh-add -l")
    return _wrong(what, "--key", hint)


def _no_place(text: str) -> Problem:
    hint = _("write it as yks@gate.example.org:22, or yks@[2001:db8::7]:22")
    return _wrong(_("this is no account at a server"), ascii(text[:80]), hint)


def _no_host_key(file: Path) -> Problem:
    hint = _("it holds one line, as ssh_host_ed25519_key.pub does; of several, leave the one that you have compared")
    return _wrong(_("the file does not hold exactly one key of a server"), file.name, hint)


def _document(route: Route) -> dict[str, Any]:
    document = route.model_dump(mode="json")
    for each, jump in zip(document["via"], route.via, strict=True):
        each["fingerprint"] = _fingerprint(jump)
    return document


def _lines(route: Route) -> Iterator[str]:
    for jump in route.via:
        host = f"[{jump.host}]" if ":" in jump.host else jump.host
        yield f"{_('jump host')}: {jump.user}@{host}:{jump.port}, {_login_word(jump.login)}, {_fingerprint(jump)}"
    account = f"{route.user}, " if route.user else ""
    yield f"{_('server')}: {account}{_login_word(route.login)}"


def _login_word(login: str) -> str:
    from exchange.keyring.routes import IDENTITY, PASSWORD

    return {IDENTITY: _("the identity's key"), PASSWORD: _("a password that is asked for")}.get(login, login)


def _fingerprint(jump: Jump) -> str:
    from exchange.transport.sftp.target import fingerprint_of

    return fingerprint_of(jump.host_key)
