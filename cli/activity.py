"""Saying what is going on, to somebody who has waited for a second."""

import sys
from datetime import UTC, datetime
from threading import Lock, Timer
from types import TracebackType
from typing import TYPE_CHECKING

from oftra.cli.report import wants_color

if TYPE_CHECKING:  # rich comes only if somebody waits
    from rich.status import Status

PATIENCE = 1.0
"""Seconds that nobody needs to be told about."""


class Activity:
    """A line on the terminal with what is being worked on; nothing in a pipe, and nothing for short work.

    What was `begun` is noted with the time.
    """

    def __init__(self, text: str, begun: "dict[str, datetime] | None" = None) -> None:
        self._begun = begun
        self._lock = Lock()
        self._text = text
        self._line: Status | None = None
        self._timer: Timer | None = None

    def tell(self, name: str) -> None:
        """Say that the work on `name` begins."""
        if self._begun is not None:
            self._begun.setdefault(name, datetime.now(UTC))
        with self._lock:
            self._text = name
            if self._line is not None:
                self._line.update(name)

    def __enter__(self) -> "Activity":
        if wants_color(sys.stderr):
            self._timer = Timer(PATIENCE, self._show)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._timer = None
            if self._line is not None:
                self._line.stop()

    def _show(self) -> None:
        # Imported by the thread that waits, so that the work itself doesn't.
        from rich.console import Console
        from rich.status import Status

        with self._lock:
            if self._timer is not None:
                self._line = Status(self._text, console=Console(stderr=True))
                self._line.start()
