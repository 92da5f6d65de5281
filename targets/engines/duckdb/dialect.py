"""DuckDB's words: which names have to be quoted."""

from oftra.targets.sql.dialect import Dialect

# Those that `duckdb_keywords()` lists as reserved, as type or function, and as column name: the last are no names
# everywhere, so they are quoted too; `recursive` is none right after `with`.
_RESERVED = """
all analyse analyze and anti any array as asc asof asymmetric at authorization between bigint binary bit
boolean both by case cast char character check coalesce collate collation column columns concurrently
constraint create cross dec decimal default deferrable desc describe distinct do else end except exists
extract false fetch float for foreign freeze from full generated glob group grouping grouping_id having ilike
in initially inner inout int integer intersect interval into is isnull join lambda lateral leading left like
limit map national natural nchar none not notnull null nullif numeric offset on only or order out outer
overlaps overlay pivot pivot_longer pivot_wider placing position positional precision primary qualify real
recursive references returning right row select semi setof show similar smallint some struct substring summarize
symmetric table tablesample then time timestamp to trailing treat trim true try_cast tuple union unique unpack
unpivot using values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement
xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmltable
"""

DUCKDB = Dialect("duckdb", reserved=frozenset(_RESERVED.split()))
