"""Lineage by column, from the typed program."""

from oftra.lineage.columns import ColumnName, Origins, direct_lineage, lineage

__all__ = ["ColumnName", "Origins", "direct_lineage", "lineage"]
