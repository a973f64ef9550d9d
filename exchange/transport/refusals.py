"""What a server, a link or a card can refuse, in words that say what to do next."""

from __future__ import annotations

from exchange.errors import Problem
from exchange.locale import _
from exchange.transport.sftp.packets import Code


def refused(code: int, where: str) -> Problem:
    """A status other than OK. The server's own text is left out: it may say anything."""
    if code == Code.PERMISSION_DENIED:
        return Problem(
            "transport.permission",
            _("the server does not allow this"),
            where,
            _("ask whoever runs the server to check the rights of your account on this folder"),
        )
    if code == Code.NO_SUCH_FILE:
        return Problem(
            "transport.no_such_file",
            _("the server has no such file"),
            where,
            _("list the folder again: it may be gone"),
        )
    if code == Code.UNSUPPORTED:
        return Problem(
            "transport.unsupported", _("the server cannot do this"), where, _("any OpenSSH server can: ask for one")
        )
    return Problem(
        "transport.failed",
        _("the server answered 'failure' and gives no reason"),
        where,
        _("run the command again; if it stays, ask whoever runs the server to look at its disk and its log"),
    )


def no_directory(where: str) -> Problem:
    return Problem(
        "transport.no_directory",
        _("the server has no such folder"),
        where,
        _("ask whoever runs the server to make the folder, or compare it with the recipient's card"),
    )


def write_failed(where: str) -> Problem:
    return Problem(
        "transport.write_failed",
        _("the server failed to write"),
        where,
        _("its disk or your quota may be full: ask whoever runs the server; nothing is lost, it will be tried again"),
    )


def no_space(where: str) -> Problem:
    return Problem(
        "transport.no_space",
        _("the disk of the server is full"),
        where,
        _("ask whoever runs the server to make room; nothing is lost, it will be tried again"),
    )


def wrong_size(where: str, sent: int, stands: int | None) -> Problem:
    return Problem(
        "transport.wrong_size",
        _("{sent} bytes were sent, the server says it has {stands}").format(
            sent=sent, stands="?" if stands is None else stands
        ),
        where,
        _("the file was not put under its final name; run the command again, and tell whoever runs the server"),
    )


def wrong_content(where: str) -> Problem:
    return Problem(
        "transport.wrong_content",
        _("what the server has is not what was sent"),
        where,
        _("the file was not put under its final name; run the command again, and tell whoever runs the server"),
    )


def short_read(where: str) -> Problem:
    return Problem(
        "transport.short_read",
        _("the file ended before the size that the server had named"),
        where,
        _("nothing was kept; run the command again"),
    )


def in_the_way(where: str) -> Problem:
    return Problem(
        "transport.in_the_way",
        _("partial files of somebody else are in the way"),
        where,
        _("ask whoever runs the server to remove the hidden files that end in .part"),
    )


def garbled(where: str) -> Problem:
    return Problem(
        "transport.garbled",
        _("the server's answer makes no sense"),
        where,
        _("check with whoever runs the server that this is an SFTP server, and which one"),
    )


def stalled(where: str) -> Problem:
    return Problem(
        "transport.stalled",
        _("the link is up, but nothing has moved for too long"),
        where,
        _("check the connection to the internet, then run the command again: nothing is lost"),
    )


def connection_lost(where: str) -> Problem:
    return Problem(
        "transport.connection_lost",
        _("the connection broke"),
        where,
        _("run the command again: nothing is lost, and nothing is sent twice"),
    )


def no_connection(where: str, reason: str) -> Problem:
    return Problem(
        "transport.no_connection",
        _("no connection to the server: {reason}").format(reason=reason),
        where,
        _("check the connection to the internet, and host and port with the recipient; it will be tried again"),
    )


def no_sftp(where: str) -> Problem:
    return Problem(
        "transport.no_sftp",
        _("the server lets your key in but offers no SFTP"),
        where,
        _("ask whoever runs the server to switch on the 'sftp' subsystem for your account"),
    )


def weak_server(where: str) -> Problem:
    return Problem(
        "transport.weak_server",
        _("the server knows no method of encryption that is safe today"),
        where,
        _("ask whoever runs the server to bring it up to date"),
    )


def refused_key(where: str, user: str) -> Problem:
    return Problem(
        "transport.refused_key",
        _("the server does not let your key in for the account '{user}'").format(user=user),
        where,
        _("send your public key to whoever runs the server, and ask that it be added to this account"),
    )


def refused_password(account: str) -> Problem:
    return Problem(
        "transport.refused_password",
        _("the server does not take this password"),
        account,
        _("run the command again and type it once more; too many failures shut the account out for a while"),
    )


def nobody_to_ask(account: str) -> Problem:
    return Problem(
        "transport.nobody_to_ask",
        _("there is nobody to ask for the password"),
        account,
        _("run the command at a terminal, or log in with a key: exchange card route --help"),
    )


def no_passwords(where: str) -> Problem:
    return Problem(
        "transport.no_passwords",
        _("the server takes no password for this account"),
        where,
        _("log in with a key: exchange card route --help"),
    )


def asks_more(where: str) -> Problem:
    return Problem(
        "transport.asks_more",
        _("the server asks for more than one key or one password"),
        where,
        _("was the password right? otherwise ask whoever runs the server for an account that a key alone opens"),
    )


def bad_key(where: str) -> Problem:
    return Problem(
        "transport.bad_key",
        _("your own key for the server cannot be used"),
        where,
        _("it must be an Ed25519 private key in OpenSSH's form, without a passphrase"),
    )


def host_key_changed(where: str, pinned: str, shown: str) -> Problem:
    return Problem(
        "transport.host_key_changed",
        _("the server shows another key ({shown}) than the one on the recipient's card ({pinned})").format(
            shown=shown, pinned=pinned
        ),
        where,
        _(
            "nothing was sent: someone may be in between. Call the recipient on a number you know, let them read the"
            " key's fingerprint to you, and add their new card only if it is the one shown here"
        ),
    )


def jump_host_key_changed(where: str, pinned: str, shown: str) -> Problem:
    return Problem(
        "transport.jump_host_key_changed",
        _("it shows another key ({shown}) than the one that the route names ({pinned})").format(
            shown=shown, pinned=pinned
        ),
        where,
        _(
            "nothing was sent: someone may be in between. Call whoever runs the jump host on a number you know, let"
            " them read the key's fingerprint to you, and set the route anew only if it is the one shown here:"
            " exchange card route"
        ),
    )


def jump_host_key_unknown(where: str) -> Problem:
    return Problem(
        "transport.host_key_unknown",
        _("the route does not name a usable key of it"),
        where,
        _("set the route anew, with the key's file, one line such as 'ssh-ed25519 AAAA…': exchange card route"),
    )


def no_forwarding(where: str, server: str) -> Problem:
    return Problem(
        "transport.no_forwarding",
        _("it lets you in, but does not forward to {server}").format(server=server),
        where,
        _("ask whoever runs the jump host to allow your account TCP forwarding to this server"),
    )


def not_reached(where: str, server: str) -> Problem:
    return Problem(
        "transport.no_connection",
        _("it is there, but does not reach {server}").format(server=server),
        where,
        _("check host and port with the recipient, and with whoever runs the jump host; it will be tried again"),
    )


def host_key_unknown(where: str) -> Problem:
    return Problem(
        "transport.host_key_unknown",
        _("the card does not name a usable key of the server"),
        where,
        _("ask the recipient for a card with the server's key, one line such as 'ssh-ed25519 AAAA…'"),
    )


def bad_address(where: str) -> Problem:
    return Problem(
        "transport.bad_address",
        _("this is no address of an SFTP folder"),
        where,
        _("host, port, account and folder stand on the recipient's card: ask for a new one"),
    )


def hint_for(code: str) -> str:
    """What to do about a refusal of which only the code was kept, where a person must do something; "" for others."""
    asking = (
        host_key_changed("", "", ""),
        host_key_unknown(""),
        refused_key("", ""),
        no_directory(""),
        no_space(""),
        no_sftp(""),
        weak_server(""),
        bad_key(""),
        bad_address(""),
    )
    return {each.code: each.hint for each in asking}.get(code, "")
