"""Suites of other projects are run where they are: `OFTRA_SUITES` says in which folder."""

import os

collect_ignore = [] if "OFTRA_SUITES" in os.environ else ["test_spark_pipe.py"]
