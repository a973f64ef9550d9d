"""`exchange demo`: a small network of organisations on this machine, and their story."""

from __future__ import annotations

from pathlib import Path

import click

from exchange.cli import console, desk
from exchange.locale import _

FOLDER = Path("exchange-demo")
SEED = 2026


@click.command(
    help=_(
        "Play two months of a small network: three organisations, their recipients and an auditor, all invented, each "
        "with its workspace in a folder that is left for you to look at. A second run starts clean."
    ),
    epilog=desk.example("exchange demo", "exchange demo --language id"),
)
@click.option("--folder", type=desk.a_path(), default=FOLDER, help=_("where; exchange-demo where nothing is said"))
@click.option("--seed", type=int, default=SEED, help=_("another number gives other people"))
def demo(folder: Path, seed: int) -> None:
    from exchange.demo.running import run

    if not click.get_current_context().obj.as_json:
        run(folder, seed=seed, tell=console.give)
        return
    told: list[str] = []
    run(folder, seed=seed, tell=told.append)
    console.give_json({"folder": str(folder), "story": told})
