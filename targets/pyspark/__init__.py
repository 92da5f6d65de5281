"""PySpark as a target (`TARGET`: a module)."""

from oftra.targets.pyspark.target import PySpark

TARGET = PySpark()

__all__ = ["TARGET"]
