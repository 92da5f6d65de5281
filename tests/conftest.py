"""What all tests share: golden files that `--bless` writes anew, and no skipping where a machine must be complete."""

import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from blessed import Golden
from broker import Broker
from databases import Postgres

COMPLETE = os.environ.get("CI") == "true"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="write what the tests expect anew; read the diff after")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden files, checked or (with `--bless`) written."""
    return Golden(bool(request.config.getoption("--bless")))


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A broker of Kafka, up from the first test that asks for it on. If it can't start, that is an error."""
    with Broker() as up:
        yield up


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A database, up from the first test that asks for it on. If it can't start, that is an error."""
    with Postgres() as up:
        yield up


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where a machine must be complete (`CI=true`), a test that skips for want of something fails."""
    report: pytest.TestReport = yield
    _no_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file that skips."""
    report: pytest.CollectReport = yield
    _no_skip(report)
    return report


def _no_skip(report: Any) -> None:
    if COMPLETE and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but CI must run everything: {report.longrepr}"
