"""What the exit statuses mean. The first four are promised to scripts."""

WELL = 0
AT_FAULT = 1
"""The program has an error, or what is on disk is stale."""
USAGE = 2
"""The command was not used as it is meant: an option, path, name, target or environment that isn't there."""
FAILED = 3
"""A run or a test failed."""
STOPPED = 4
"""A gate stopped a run."""
OUT_OF_ORDER = 3
"""The system refused something: a full disk, a folder that may not be written."""
BUG = 70
"""Something that can't happen did."""
INTERRUPTED = 130
PIPE_CLOSED = 141
