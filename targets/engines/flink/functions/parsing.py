"""Texts of moments in a given format."""

from oftra.targets.engines.flink.wording import Scalar

SCALARS: dict[str, Scalar] = {}
