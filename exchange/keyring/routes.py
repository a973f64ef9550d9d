"""How we get to a partner's server: as whom, with which key, over which jump hosts. Our own matter, and on no card.

One private file for each party, `<party>.json`; without it we go directly, with the identity's own key. A file that is
damaged, or that others could have written, is no route: nothing goes to that party until it is set anew, since a jump
host that nobody chose would stand in between.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from exchange.keyring.private_files import read_private, remove_private, write_private
from exchange.keyring.refusals import misshapen
from exchange.keyring.shapes import Account, Host, HostKeyText, Port, Shape

IDENTITY, PASSWORD, AGENT = "identity", "password", "agent:"
_LOGIN = re.compile(r"identity|password|agent:SHA256:[A-Za-z0-9+/]{43}")
LoginText = Annotated[str, StringConstraints(pattern=f"^({_LOGIN.pattern})$")]
"""`identity`: the key of the identity for SFTP servers. `password`: somebody types it. `agent:SHA256:…`: the key of
this fingerprint in ssh-agent, and no other."""


def whole_host_key(text: str) -> str:
    """`text`, if what it encodes is a key of the kind that it names. ValueError."""
    kind, encoded = text.split(" ")
    if not base64.b64decode(encoded, validate=True)[4:].startswith(kind.encode("ascii")):
        raise ValueError("a key of another kind than it says")
    return text


class Jump(Shape):
    """A jump host: an SSH server that forwards to the next on the way. `host_key`: the key by which it is known."""

    user: Account
    host: Host
    port: Port = 22
    login: LoginText = IDENTITY
    host_key: Annotated[HostKeyText, AfterValidator(whole_host_key)]


class Route(Shape):
    """`user`: our account at the server, where it is not what the card says. `via`: the jump hosts, ours first."""

    login: LoginText = IDENTITY
    user: Account | None = None
    via: Annotated[tuple[Jump, ...], Field(max_length=8)] = ()


DIRECT = Route()


def is_login(text: str) -> bool:
    """Whether `text` is a LoginText."""
    return _LOGIN.fullmatch(text) is not None


def read_route(file: Path) -> Route:
    """KeyringError: route.malformed, with every part that is; file.not_private, file.not_yours, file.unreadable."""
    if not file.exists() and not file.is_symlink():
        return DIRECT
    try:
        return Route.model_validate_json(read_private(file))
    except ValidationError as error:
        raise misshapen("route.malformed", error) from None


def write_route(file: Path, route: Route) -> None:
    """KeyringError (file.not_written)."""
    if route == DIRECT:
        remove_private(file)
    else:
        write_private(file, route.model_dump_json(indent=2).encode() + b"\n")
