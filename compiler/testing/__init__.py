"""`test` blocks: the program with given rows in the place of its sources is run, and what comes out compared."""

from oftra.testing.compare import Difference
from oftra.testing.run import Verdict, run_tests

__all__ = ["Difference", "Verdict", "run_tests"]
