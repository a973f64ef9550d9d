"""The page on a stick that is carried by hand: what whoever holds it does now, in both languages.

It is the same on every stick. Whoever finds one learns from it neither who gives something to whom, nor of what kind.
"""

from __future__ import annotations

from exchange.locale import _
from exchange.reports.agreement_words import Heading
from exchange.reports.page import page, render

NAME = "BACA-SAYA-READ-ME.html"


def stick_page() -> str:
    """The page, self-contained: no script, nothing from outside."""
    return page(_title, lambda: render("exchange.reports", "stick.html.j2", title=_title(), headings=_headings()))


def _title() -> str:
    return _("Read this first")


def _headings() -> tuple[Heading, ...]:
    return (
        (
            _("What this is"),
            (
                _("This stick or folder carries sealed files. Only those for whom they are meant can open them."),
                _("A computer that says it does not know these files is right: there is nothing to open here by hand."),
            ),
        ),
        (
            _("If you only carry it"),
            (
                _("Hand it to the person whom you were told, and to nobody else."),
                _("Open, rename, copy and delete nothing. Which folder is for whom knows whoever gave it to you."),
            ),
        ),
        (
            _("If it is for your office"),
            (
                _("On the computer of your office run: exchange receive --from-folder FOLDER"),
                _("FOLDER is where this page lies. What is for you is found in any folder there; the rest stays."),
                _("Then run: exchange deliver --to-folder FOLDER, which puts your answer here. Give it back."),
                _("The sender knows that it has come only once this answer is there."),
            ),
        ),
        (
            _("If you have found it"),
            (
                _("Somebody has lost it and needs to know. Give it back only to a person who you know has lost it."),
                _("If you do not know who that is, destroy it: these are copies, and nothing is lost with them."),
                _("Please do not put it into another computer, and do not pass it on."),
            ),
        ),
    )
