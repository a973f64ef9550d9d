"""How the tests are shared out: each file stays with one worker, and the stories of the one demo stay together.

What takes longest begins first: a long file that began last would keep one worker busy while the others are done.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A property is no timing: on a busy machine one example may wait for the disk.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


# What looks at the one demo that a session plays.
STORIES = (
    "tests/story/test_no_name_travels.py",
    "tests/story/test_stock_tools_open_a_bundle.py",
    "tests/story/test_the_whole_road.py",
)
# The longest first. A file that is missing here, or gone, costs some seconds and no more.
LONG = (
    "adversaries/test_crashes_lose_nothing.py",
    "adversaries/test_a_network_that_lies.py",
    "the demo",
    "protect/test_two_years_point_at_nobody.py",
    "agreements/test_every_clause_changes_something.py",
    "story/test_the_readme_runs.py",
    "transport/test_server_that_lies.py",
    "protect/anonymise/test_full_domain_finds_the_optimum.py",
    "cli/test_a_month_by_commands_alone.py",
    "exports/test_what_an_export_leaves_out.py",
    "bundle/test_ordinary_readers_open_a_package.py",
    "agreements/test_words_are_kept.py",
    "agreements/test_strict_yaml.py",
    "redact/test_last_look.py",
    "bundle/test_hostile_texts_in_every_form.py",
    "bundle/test_round_trip.py",
    "protect/test_rows_keep_the_promise.py",
    "protect/anonymise/test_every_cell_climbs_its_own_ladder.py",
    "agreements/test_agreements_as_workbooks.py",
    "bundle/test_cells_no_spreadsheet_runs.py",
    "protect/test_several_releases_together.py",
    "adversaries/test_bad_input_is_refused.py",
    "transport/test_links_that_break.py",
    "merge/test_each_person_counts_once.py",
    "merge/test_people_are_found_again.py",
)
_PLACE = {name: place for place, name in enumerate(LONG)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _PLACE.get(group(item.nodeid), len(LONG)))  # the others keep their order


def group(test: str) -> str:
    """What a test stays together with, by the id of the test."""
    file = test.split("::", 1)[0]
    return "the demo" if file in STORIES else file.removeprefix("tests/")


@pytest.hookimpl(optionalhook=True)  # without xdist nothing is shared out
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """xdist's `loadgroup`, with the groups from here.

    xdist 3.8 writes the groups of marks into `_nodeid`, which pytest 9 does not read: each test would go to whichever
    worker is free, and each worker prepare all that a file needs.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Grouped(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

        def remove_node(self, node: Any) -> str | None:
            """A test that ended its worker has failed, and the rest goes on. xdist would give it to eight workers more,
            and hand out what is done, for which no worker ever answers."""
            left = {
                scope: [test for test, done in unit.items() if not done]
                for scope, unit in self.assigned_work[node].items()
            }
            ended, *waiting = [test for tests in left.values() for test in tests] or [None]
            self.assigned_work[node] = {}
            super().remove_node(node)
            for test in waiting:
                self.workqueue.setdefault(group(test), {})[test] = False
            for other in self.nodes:
                self._reschedule(other)
            return ended

        def _reschedule(self, node: Any) -> None:
            """Until it has enough: a worker begins its last test when it knows that nothing follows. One that has just
            come is asked again when it has collected."""
            while node in self.registered_collections and not node.shutting_down:
                super()._reschedule(node)
                if self._pending_of(self.assigned_work[node]) > 2:
                    return

    return Grouped(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.fixture(scope="session", autouse=True)
def _nobody_writes_slowly() -> Iterator[None]:
    """In the folders of these tests; those of growing files say themselves how long a road waits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange.transport.road.SETTLE", 0.01)
        yield


# --- nobody waits for ever ---

PATIENCE = float(os.environ.get("EXCHANGE_TEST_PATIENCE", "600"))  # seconds, for each of: preparing, testing, tidying
AGAIN = 30.0  # where tidying up after that waits as well


@contextmanager
def _patience(item: pytest.Item, doing: str) -> Iterator[None]:
    """Whatever waits in Python – for a process, a thread, a socket, a terminal – fails with these words, and the
    traceback shows where. What waits outside Python is ended by `faulthandler_timeout` in pyproject.toml."""

    def enough(_signal: int, _frame: object) -> None:
        pytest.fail(f"{doing} {item.nodeid} has taken more than {PATIENCE:g} s: something waits for what never comes")

    before = signal.signal(signal.SIGALRM, enough)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    with _patience(item, "preparing"):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    with _patience(item, "running"):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    with _patience(item, "tidying up after"):
        return (yield)


# --- where temporary folders lie ---

MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of a random name inside
ENOUGH = 4 << 30  # bytes; a run leaves less than one
_TEMPORARY = pytest.StashKey[Path]()


@pytest.hookimpl(tryfirst=True)  # before pytest decides where temporary folders lie
def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False  # xdist would begin with the files of the most tests
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a run in the background; what tests start would inherit it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    _keep_temporary_folders_in_memory(config)


def _keep_temporary_folders_in_memory(config: pytest.Config) -> None:
    """Where there is enough: thousands of durable writes would wait for a disk."""
    given = config.option.basetemp or hasattr(config, "workerinput")
    if not given and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH:
        config.stash[_TEMPORARY] = Path(tempfile.mkdtemp(dir=MEMORY, prefix="exchange-tests-"))
        config.option.basetemp = config.stash[_TEMPORARY] / "base"


def pytest_unconfigure(config: pytest.Config) -> None:
    if _TEMPORARY in config.stash:
        shutil.rmtree(config.stash[_TEMPORARY], ignore_errors=True)
