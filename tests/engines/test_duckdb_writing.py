"""What a run that was killed left beside its tables: gone, or put back, when the table is next written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from oftra.targets.writing import written_whole


@pytest.fixture
def ended() -> int:
    """The number of a process that is no more."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


@pytest.mark.parametrize("fails", [False, True])
def test_what_was_half_written_goes(tmp_path: Path, ended: int, fails: bool) -> None:
    (tmp_path / "a.csv").write_text("whole")
    for name in (f".oftra-{ended}-a.csv", f".oftra-{ended}-b.csv", f".oftra-old-{ended}-a.csv"):
        (tmp_path / name).write_text("left")

    def new(place: str) -> None:
        assert not list(tmp_path.glob(f".oftra-*{ended}-a.csv"))
        Path(place).write_text("new")
        if fails:
            raise OSError(28, "no space left on device")

    if fails:
        with pytest.raises(OSError):
            written_whole(str(tmp_path / "a.csv"), new)
    else:
        written_whole(str(tmp_path / "a.csv"), new)
    assert (tmp_path / "a.csv").read_text() == ("whole" if fails else "new")
    # Another table's is looked at when that table is written.
    assert sorted(os.listdir(tmp_path)) == [f".oftra-{ended}-b.csv", "a.csv"]


def test_what_was_only_put_aside_comes_back(tmp_path: Path, ended: int) -> None:
    aside = tmp_path / f".oftra-old-{ended}-days"
    aside.mkdir()
    (aside / "0.parquet").write_text("rows")

    def failing(place: str) -> None:
        raise OSError(28, "no space left on device")

    with pytest.raises(OSError):
        written_whole(str(tmp_path / "days"), failing)
    assert (tmp_path / "days" / "0.parquet").read_text() == "rows"
    assert os.listdir(tmp_path) == ["days"]
