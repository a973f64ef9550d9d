"""The texts of click that people here come to read: its help, its prompts, its refusals of what was typed.

They stand here only so that the catalogue holds them; click asks for them itself (`libraries_speaking`). Texts that
click has for programmers are left out. A test compares them with the click that is installed.
"""

from __future__ import annotations

from exchange.locale import _, ngettext


def of_help() -> tuple[str, ...]:
    """Around the words that our own commands say of themselves."""
    return (
        _("Usage:"),
        _("Positional arguments"),
        _("Options"),
        _("Commands"),
        _("Show this message and exit."),
        _("Show the version and exit."),
        _("default: {default}"),
        _("env var: {var}"),
        _("required"),
        _("(dynamic)"),
        _("deprecated"),
    )


def of_prompts() -> tuple[str, ...]:
    """What is asked, and said of the answer."""
    return (
        _("Repeat for confirmation"),
        _("Do you want to continue?"),
        _("Error: {message}"),
        _("Error: The two entered values do not match."),
        _("Error: invalid input"),
        _("Aborted!"),
    )


def of_commands() -> tuple[str, ...]:
    """What is wrong with verbs, options and their number."""
    return (
        _("Missing command."),
        _("No such command {name!r}."),
        _("No such option {name!r}."),
        ngettext("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)", 1),
        ngettext("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})", 1),
        ngettext("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments.", 1),
        _("Option {name!r} does not take a value."),
        _("Argument {name!r} takes {nargs} values."),
        ngettext("Takes {nargs} values but 1 was given.", "Takes {nargs} values but {len} were given.", 1),
        _("Missing argument"),
        _("Missing option"),
        _("Missing parameter"),
        _("Missing {param_type}"),
        _("Missing parameter: {param_name}"),
        _("Try '{command} {option}' for help."),
    )


def of_values() -> tuple[str, ...]:
    """What is wrong with a value."""
    return (
        _("Invalid value: {message}"),
        _("Invalid value for {param_hint}: {message}"),
        _("Choose from:\n\t{choices}"),
        ngettext("{value!r} is not {choice}.", "{value!r} is not one of {choices}.", 1),
        ngettext("{value!r} does not match the format {format}.", "{value!r} does not match the formats {formats}.", 1),
        _("{value!r} is not a valid {number_type}."),
        _("{value} is not in the range {range}."),
        _("{value!r} is not a valid boolean. Recognized values: {states}"),
        _("file"),
        _("directory"),
        _("path"),
        _("{name} {filename!r} does not exist."),
        _("{name} {filename!r} is a file."),
        _("{name} {filename!r} is a directory."),
        _("{name} {filename!r} is not readable."),
        _("{name} {filename!r} is not writable."),
        _("{name} {filename!r} is not executable."),
        _("Could not open file {filename!r}: {message}"),
        _("unknown error"),
    )
