"""What all tests share: golden files that `--bless` writes anew, and no skipping where a machine must be complete."""

import os
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

COMPLETE = os.environ.get("CI") == "true"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="write what the tests expect anew; read the diff after")


@dataclass(frozen=True)
class Golden:
    """Files under version control that say what a piece of code must write."""

    bless: bool

    def check(self, folder: Path, files: Mapping[str, str]) -> None:
        """`folder` holds exactly `files` (paths below it, with `/`): nothing differs, is missing, or is left over."""
        present = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        if self.bless:
            for name in present.keys() - files.keys():
                present[name].unlink()
            for name, text in files.items():
                self.check_file(folder / name, text)
            return
        assert sorted(present) == sorted(files), f"other files in {folder}; `make bless` writes them"
        for name, text in files.items():
            assert present[name].read_text(encoding="utf-8") == text, f"{name} differs; `make bless` writes it"

    def check_file(self, path: Path, text: str) -> None:
        """The file at `path` says exactly `text`."""
        if self.bless:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing; `make bless` writes it"
        assert path.read_text(encoding="utf-8") == text, f"{path.name} differs; `make bless` writes it"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden files, checked or (with `--bless`) written."""
    return Golden(bool(request.config.getoption("--bless")))


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
