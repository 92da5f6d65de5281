"""The words of the language. A word's terminal comes from these tables, never from the parser's state."""

RESERVED = frozenset(
    """
    and or not in is between like null true false case when cast try_cast interval select from distinct with as
    group
    """.split()
)
"""Words that name nothing, except in backticks, after a dot, or as the key of a property."""

SOFT = frozenset(
    """
    advance aggregate alert all anti array asc assert by call check connection contract cross current date datetime
    default delete desc drop else end escape event except exclude expect extend fail filter first following for full
    function given grouping groups having ignore include inner intersect into invalid join json key last late lateral
    left limit map match_recognize minus model name natural no nulls of offset on order others outer over param
    partition percent pii pipeline pivot preceding primary python qualify quarantine range raw recursive references
    relation rename repeatable replace require respect retry returns right row rows semi set sets sink skip source
    stop struct system_time table tablesample task test then ties time timestamp to ttl unbounded union unique unnest
    unpivot using values view violation warn watermark where window x
    """.split()
)
"""Words that mean something in their place and are names everywhere else: rule `name` of the grammar lists the same."""

DECLARATIONS = (
    "contract",
    "connection",
    "source",
    "view",
    "table",
    "sink",
    "function",
    "param",
    "model",
    "task",
    "pipeline",
    "test",
)
"""The words that begin a declaration."""

LATER = frozenset({"history", "registry", "enum", "time"})
"""Words that are kept for forms to come: refused with "not yet" where they stand for such a form."""
