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


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, dict[str, Any] | None, dict[str, Any] | None]:
    """What a process of tests tells goes to another as UTF-8. Half a character (`\\ud800`) in what failed can't, and
    would end the whole run without a word of the test: it goes by its number."""
    told = yield
    return None if told is None else {name: _whole(value) for name, value in told.items()}


def _whole(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode("utf-8")
        case dict():
            return {_whole(name): _whole(one) for name, one in value.items()}
        case list():
            return [_whole(one) for one in value]
        case tuple():
            return tuple(_whole(one) for one in value)
    return value


def _no_skip(report: Any) -> None:
    if COMPLETE and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but CI must run everything: {report.longrepr}"
