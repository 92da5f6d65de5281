"""Ctrl-C while DuckDB works.

Python's handler runs only once DuckDB returns, which for some queries is when they are done; DuckDB looks for signals
itself only between tasks. The operating system's handler does run at once, and can write a byte to a socket: a thread
that waits for it tells DuckDB to stop.
"""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # heavy, and only a run needs it
    import duckdb


@contextmanager
def interruptible(connection: "duckdb.DuckDBPyConnection") -> Iterator[None]:
    """Whatever `connection` is at, Ctrl-C ends it. In another thread than the main one there are no signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    written, read = socket.socketpair()
    written.setblocking(False)
    before = signal.set_wakeup_fd(written.fileno(), warn_on_full_buffer=False)
    watcher = threading.Thread(target=_watch, args=(read, connection), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        written.close()
        watcher.join()
        read.close()


def _watch(read: socket.socket, connection: "duckdb.DuckDBPyConnection") -> None:
    while numbers := read.recv(16):
        if signal.SIGINT in numbers:
            connection.interrupt()
