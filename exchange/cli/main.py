"""`exchange`: the front door. Each verb stands in a file of its own and is imported only when it is used."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

import click

from exchange.cli import console
from exchange.cli.desk import example
from exchange.cli.refusals import disk_error, usage_error
from exchange.errors import ExchangeError, UsageError
from exchange.locale import LANGUAGES, Language, _, libraries_speaking, speaking

# New objects before Python looks for unused cycles; at its own 700, a fifth of a short command is spent looking.
_GARBAGE = 100_000

# verb → where its command stands. The order is that of the help: the road, then what is around it.
VERBS: dict[str, str] = {
    "init": "exchange.cli.init:init",
    "passphrase": "exchange.cli.passphrase:passphrase",
    "card": "exchange.cli.card:card",
    "agreement": "exchange.cli.agreement:agreement",
    "ladder": "exchange.cli.ladder:ladder",
    "network": "exchange.cli.network:network",
    "map": "exchange.cli.map:map_",
    "check": "exchange.cli.check:check",
    "scrub": "exchange.cli.scrub:scrub",
    "preview": "exchange.cli.preview:preview",
    "pack": "exchange.cli.pack:pack",
    "approve": "exchange.cli.approve:approve",
    "deliver": "exchange.cli.deliver:deliver",
    "receive": "exchange.cli.receive:receive",
    "dropbox": "exchange.cli.dropbox:dropbox",
    "doctor": "exchange.cli.doctor:doctor",
    "link": "exchange.cli.link:link",
    "open": "exchange.cli.open:open_",
    "merge": "exchange.cli.merge:merge",
    "review": "exchange.cli.review:review",
    "export": "exchange.cli.export:export",
    "withdraw": "exchange.cli.withdraw:withdraw",
    "rights": "exchange.cli.rights:rights",
    "lookup": "exchange.cli.lookup:lookup",
    "pseudonym": "exchange.cli.pseudonym:pseudonym",
    "breach": "exchange.cli.breach:breach",
    "urgent": "exchange.cli.urgent:urgent",
    "compelled": "exchange.cli.compelled:compelled",
    "feedback": "exchange.cli.feedback:feedback",
    "letters": "exchange.cli.letters:letters",
    "dispose": "exchange.cli.dispose:dispose",
    "tidy": "exchange.cli.tidy:tidy",
    "status": "exchange.cli.status:status",
    "audit": "exchange.cli.audit:audit",
    "anonymise": "exchange.cli.anonymise:anonymise",
    "demo": "exchange.cli.demo:demo",
}


class Verbs(click.Group):
    """A group that knows its verbs by name and loads one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module, name = VERBS[cmd_name].split(":")
        command = getattr(import_module(module), name)
        return cast(click.Command, command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:  # click compares with the commands that were loaded: none
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=VERBS, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line a verb, without loading any: help must be quick."""
        with formatter.section(_("Commands")):
            formatter.write_dl(list(summaries().items()))


def summaries() -> dict[str, str]:
    """What each verb does, in a line."""
    return {
        "init": _("make this organisation's workspace and keys"),
        "passphrase": _("let the system's keyring remember the passphrase, or forget it"),
        "card": _("show, give and take cards: the public keys of an organisation"),
        "agreement": _("read, check, sign and show data-sharing agreements"),
        "ladder": _("print the ladders that make values coarser, and check one of your own"),
        "network": _("make, share, renew and destroy the secret by which senders make match tokens"),
        "map": _("draft how our workbook's columns become the agreement's fields"),
        "check": _("check an extract against an agreement; writes nothing"),
        "scrub": _("decide on the words in case notes that may tell who someone is"),
        "preview": _("show what each recipient would get, or gets, as a page"),
        "pack": _("check, redact, protect, seal: one bundle for each recipient"),
        "approve": _("look at the bundles that wait, and sign that they may leave"),
        "deliver": _("send what waits in the outbox; safe to repeat"),
        "receive": _("take what has come, open it, acknowledge it; safe to repeat"),
        "dropbox": _("our own server's place for bundles: print what makes it, or set it up"),
        "doctor": _("test a server from outside, and say what is wrong and whom to ask"),
        "link": _("a linking agent tells which rows are of one person, and deletes what it compared"),
        "open": _("open one sealed bundle into a folder"),
        "merge": _("link the reports in the store, so that each person counts once"),
        "review": _("decide which pairs of reports are of one person, where links cannot"),
        "export": _("write the merged view and its counts"),
        "withdraw": _("record that a person withdrew consent, and tell those who must know"),
        "rights": _("a person asks for her rights: record it, forward it, answer it"),
        "lookup": _("from a pseudonym back to our case number; by people who may, and logged"),
        "pseudonym": _("let a person choose the name by which a recipient knows her"),
        "breach": _("data were exposed: tell the parties and the authority in time"),
        "urgent": _("a life is at risk: a director tells one recipient what it must know"),
        "compelled": _("a court or an authority compels us to disclose: tell the sender"),
        "feedback": _("give the sender back what the agreement asks for each period"),
        "letters": _("read the letters that people wrote, and see what they wait for"),
        "dispose": _("destroy what was kept as long as was agreed, and certify it"),
        "tidy": _("find what was left in the clear on this machine, and delete it"),
        "status": _("what waits, what was sent, received, acknowledged"),
        "audit": _("verify, query and export the log that nobody can rewrite"),
        "anonymise": _("make the look-alikes of any table at least k, at the least loss"),
        "demo": _("a small network of organisations on this machine, and their story"),
    }


def door() -> click.Group:
    """The command `exchange`, in the language being spoken."""

    @click.group(
        cls=Verbs,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
        help=_("Share case data between organisations under a signed agreement, and nothing else."),
        epilog=example("exchange pack cases.xlsx --agreement DSA-NTT-2026-004 --period 2026-10 --note note.txt"),
    )
    @click.option(
        "--workspace",
        "-w",
        type=click.Path(path_type=Path, readable=False),
        envvar="EXCHANGE_WORKSPACE",
        default=".",
        help=_("the organisation's folder (or EXCHANGE_WORKSPACE); this folder where nothing is said"),
    )
    @click.option("--language", help=_("id or en (or EXCHANGE_LANGUAGE); may stand anywhere"))
    @click.option("--json", "as_json", is_flag=True, help=_("one JSON document on stdout, for programs"))
    @click.version_option(package_name="data-sharing-exchange", prog_name="exchange")
    @click.pass_context
    def exchange(ctx: click.Context, workspace: Path, language: str | None, as_json: bool) -> None:
        ctx.obj = Call(workspace, as_json)

    return exchange


@dataclass(frozen=True, slots=True)
class Call:
    """What the options before the verb said."""

    workspace: Path
    as_json: bool


def main() -> None:
    """Run one command and leave with its exit status."""
    _leave_no_core()
    gc.set_threshold(_GARBAGE)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start a thread a core, and none is ever used
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # nothing that happens to be installed sees our data
    arguments, tongue = _take_language(sys.argv[1:])
    with speaking(tongue), libraries_speaking(tongue):
        sys.exit(run(arguments))


def _leave_no_core() -> None:
    """Keys and rows are in memory: should the interpreter crash, they are not written to the disk."""
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(arguments: list[str]) -> int:
    """Run one command; every failure becomes words and a status."""
    arguments = _json_first(arguments)
    as_json = arguments[:1] == ["--json"]
    try:
        # Not standing alone, click gives back the status with which a command has left; otherwise None.
        return door().main(args=arguments, prog_name="exchange", standalone_mode=False) or 0
    except ExchangeError as error:
        return _refused(error, as_json=as_json)
    except click.exceptions.NoArgsIsHelpError as error:
        return _helped(error, as_json=as_json)
    except click.ClickException as error:
        return _refused(usage_error(error), as_json=as_json)
    except OSError as error:
        return _refused(disk_error(error), as_json=as_json)
    except click.Abort:
        console.say(_("stopped; nothing that was begun is half done: run the command again"))
        return console.STOPPED
    except Exception as bug:
        _confess(bug)
        return console.BUG


def _refused(error: ExchangeError, *, as_json: bool) -> int:
    (console.complain_json if as_json else console.complain)(error)
    return error.exit_status


def _helped(error: click.exceptions.NoArgsIsHelpError, *, as_json: bool) -> int:
    """Nothing was asked for: say what can be."""
    if as_json:
        return _refused(usage_error(error), as_json=True)
    console.say(error.format_message())
    return UsageError.exit_status


def _confess(bug: Exception) -> None:
    """Say that we have a bug: its place in our code, and never its message, which may hold a row's value."""
    frames = traceback.extract_tb(bug.__traceback__)
    ours = [f for f in frames if "exchange" in f.filename]
    place = f"{ours[-1].filename.rsplit('/exchange/', 1)[-1]}:{ours[-1].lineno}" if ours else "?"
    kind = type(bug).__name__
    console.say(_("error: a fault in this program ({kind} at {place}) [bug]").format(kind=kind, place=place))
    console.say(
        f"  {_('hint')}: {_('report the line above, which holds none of your data; what was begun can be repeated')}"
    )


def _take_language(arguments: list[str]) -> tuple[list[str], Language]:
    """`--language` may stand anywhere, since people add it at the end."""
    rest: list[str] = []
    chosen = os.environ.get("EXCHANGE_LANGUAGE", "en")
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--language":
            chosen = next(waiting, "")
        elif argument.startswith("--language="):
            chosen = argument.partition("=")[2]
        else:
            rest.append(argument)
    for tongue in LANGUAGES:
        if chosen == tongue:
            return rest, tongue
    console.say("error: --language takes id or en [usage.language]")
    sys.exit(2)


def _json_first(arguments: list[str]) -> list[str]:
    """`--json` may stand anywhere as well; it is moved to where click expects it."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if "--json" not in options:
        return arguments
    left = [argument for argument in options if argument != "--json"]
    return ["--json", *left, *arguments[len(options) :]]
