"""Queries of other dialects, as `sqlglot` reads them, as standard queries of the language."""

from sqlglot import exp

from oftra.importing.left import Left, named, path_of
from oftra.importing.sql_expression import Expressions
from oftra.importing.sql_table import table_name
from oftra.syntax import nodes

_TAIL = ("order", "limit", "offset", "with_", "with")
_CLAUSES = ("from_", "from", "joins", "where", "group", "having", "qualify", "windows", "distinct", "hint", *_TAIL)
_TABLE = ("db", "catalog", "alias", "joins")
"""What is read of a query and of a relation: other clauses, of single dialects, have no counterpart."""

_SETS = {exp.Union: "union", exp.Intersect: "intersect", exp.Except: "except"}


class Queries:
    """Says queries of a dialect. `used` collects the relations that they read, but for those of a `with`."""

    def __init__(self, dialect: str) -> None:
        self.say = Expressions(dialect, self.query)
        self.used: dict[str, None] = {}
        self._common: list[str] = []

    def query(self, expr: exp.Expr, names: tuple[nodes.Name, ...] = (), stored: bool = False) -> nodes.Query:
        """A query. `names` are what its columns are to be called; each has to have one if the query is `stored`."""
        if isinstance(expr, exp.Subquery) and not _says_more(expr):
            return self.query(expr.this, names, stored)
        with_ = expr.args.get("with_") or expr.args.get("with")
        before = len(self._common)
        common: list[nodes.CommonTable] = []
        if with_ is not None:
            for table in with_.expressions:
                common.append(self._common_table(table))
                self._common.append(table.alias.lower())
        try:
            start = self._start(expr, names, stored)
            tail = self._tail(expr)
        finally:
            del self._common[before:]
        recursive = bool(with_ is not None and with_.args.get("recursive"))
        return nodes.Query(start, tail, tuple(common), recursive)

    def _common_table(self, table: exp.Expr) -> nodes.CommonTable:
        alias = table.args["alias"]
        columns = tuple([named(one.name, one.quoted) for one in alias.columns])
        return nodes.CommonTable(named(alias.name), self.query(table.this, stored=not columns), columns)

    def _start(
        self, expr: exp.Expr, names: tuple[nodes.Name, ...], stored: bool
    ) -> nodes.SelectQuery | nodes.CompoundQuery | nodes.Query:
        match expr:
            case exp.Select():
                return self._select(expr, names, stored)
            case exp.Union() | exp.Intersect() | exp.Except():
                self.say.nothing_else(expr, "distinct", "by_name", *_TAIL)
                return nodes.CompoundQuery(
                    _SETS[type(expr)],  # type: ignore[arg-type]
                    self.query(expr.left, names, stored),
                    self.query(expr.right),
                    None if expr.args.get("distinct") else "all",
                    bool(expr.args.get("by_name")),
                )
            case exp.Subquery():
                return self.query(expr.this, names, stored)
            case _:
                raise Left(f"`{self.say.sql(expr)}`")

    def _tail(self, expr: exp.Expr) -> tuple[nodes.Operator, ...]:
        made: list[nodes.Operator] = []
        order, limit, offset = (expr.args.get(name) for name in ("order", "limit", "offset"))
        if order is not None:
            made.append(nodes.OrderBy(self.say.sort_keys(order.expressions)))
        if limit is not None:
            count = limit.args.get("count") or limit.expression
            if count is None or limit.args.get("limit_options"):
                raise Left(f"`{self.say.sql(limit)}`")
            skip = self.say.expr(offset.expression) if offset is not None else None
            made.append(nodes.Limit(self.say.expr(count), skip))
        elif offset is not None:
            raise Left("`offset` without `limit`")
        return tuple(made)

    # --------------------------------------------------------------------------------------------------------- select

    def _select(self, expr: exp.Select, names: tuple[nodes.Name, ...], stored: bool) -> nodes.SelectQuery:
        self.say.nothing_else(expr, *_CLAUSES)
        distinct = expr.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is not None:
            raise Left("`distinct on`; `qualify row_number() over (...) = 1` says the same")
        source, joins = self._from(expr)
        clause = {name: self._condition(expr, name) for name in ("where", "having", "qualify")}
        windows = tuple([(named(one.name), self.say.over(one)) for one in expr.args.get("windows") or ()])
        items = self._items(expr, names, stored)
        return nodes.SelectQuery(
            items, distinct is not None, source, joins, clause["where"], self._group(expr), clause["having"], windows,
            clause["qualify"],
        )  # fmt: skip

    def _condition(self, expr: exp.Select, name: str) -> nodes.Expr | None:
        clause = expr.args.get(name)
        return None if clause is None else self.say.expr(clause.this)

    def _items(
        self, expr: exp.Select, names: tuple[nodes.Name, ...], stored: bool
    ) -> tuple[nodes.Item | nodes.Star, ...]:
        items = [self._item(one) for one in expr.expressions]
        if names:
            if len(names) != len(items) or any(isinstance(item, nodes.Star) for item in items):
                raise Left("names for the columns of a query whose items they don't match")
            return tuple([_called(item, name) for item, name in zip(items, names)])  # type: ignore[arg-type]
        return tuple(_all_named(items)) if stored else tuple(items)

    def _item(self, expr: exp.Expr) -> nodes.Item | nodes.Star:
        match expr:
            case exp.Star():
                return self._star(expr, None)
            case exp.Column(this=exp.Star() as star):
                return self._star(star, named(expr.table))
            case exp.Alias():
                return nodes.Item(self.say.expr(expr.this), named(expr.alias, expr.args["alias"].quoted))
            case _:
                return nodes.Item(self.say.expr(expr))

    def _star(self, star: exp.Star, qualifier: nodes.Name | None) -> nodes.Star:
        if star.args.get("rename"):
            raise Left(f"`{self.say.sql(star)}`")
        excluded = tuple([named(one.name) for one in star.args.get("except_") or star.args.get("except") or ()])
        replaced = tuple([self._item(one) for one in star.args.get("replace") or ()])
        return nodes.Star(qualifier, excluded, replaced)  # type: ignore[arg-type]

    def _group(self, expr: exp.Select) -> tuple[nodes.Item | nodes.GroupingSets, ...]:
        group = expr.args.get("group")
        if group is None:
            return ()
        self.say.nothing_else(group, "all", "rollup", "cube", "grouping_sets")
        if group.args.get("all"):
            return tuple([nodes.Item(self.say.expr(one.unalias())) for one in expr.selects if not _aggregates(one)])
        keys: list[nodes.Item | nodes.GroupingSets] = [nodes.Item(self.say.expr(one)) for one in group.expressions]
        for kind in ("rollup", "cube", "grouping_sets"):
            for sets in group.args.get(kind) or ():
                word = kind.replace("_", " ")
                keys.append(nodes.GroupingSets(word, tuple(map(self._set, sets.expressions))))  # type: ignore[arg-type]
        return tuple(keys)

    def _set(self, expr: exp.Expr) -> tuple[nodes.Item, ...]:
        parts = (
            expr.expressions if isinstance(expr, exp.Tuple) else [expr.this if isinstance(expr, exp.Paren) else expr]
        )
        return tuple([nodes.Item(self.say.expr(part)) for part in parts])

    # ------------------------------------------------------------------------------------------------------ relations

    def _from(self, expr: exp.Select) -> tuple[nodes.From, tuple[nodes.Join, ...]]:
        """Where rows come from. Relations behind commas stand in `from` as long as no join was written."""
        from_ = expr.args.get("from_") or expr.args.get("from")
        if from_ is None:
            one_row = nodes.Values(
                ((nodes.Number("1"),),), nodes.Name("one_row"), (nodes.ColumnDef(nodes.Name("one")),)
            )
            return nodes.From((one_row,)), ()
        refs = [self._ref(from_.this)]
        joins = self._joins(from_.this)
        behind_comma = False
        for join in expr.args.get("joins") or ():
            if _is_comma(join):
                behind_comma = True
                if not joins:
                    refs.append(self._ref(join.this))
                    joins += self._joins(join.this)
                    continue
                joins.append(nodes.Join("cross", self._ref(join.this)))
            else:
                made = self._join(join)
                if behind_comma and made.kind in ("right", "full"):
                    raise Left(f"a {made.kind} join behind a comma")
                joins.append(made)
            joins += self._joins(join.this)
        return nodes.From(tuple(refs)), tuple(joins)

    def _joins(self, ref: exp.Expr) -> list[nodes.Join]:
        """The joins that `sqlglot` hangs on a relation."""
        return [self._join(one) for one in ref.args.get("joins") or ()] if isinstance(ref, exp.Table) else []

    def _join(self, join: exp.Join) -> nodes.Join:
        self.say.nothing_else(join, "side", "kind", "on", "using", "method")
        if join.method:
            raise Left(f"`{join.method.lower()} join`")
        kind = (join.side or "").lower()
        word = (join.kind or "").lower()
        if word in ("semi", "anti", "cross"):
            kind = word
        on, using = join.args.get("on"), join.args.get("using") or ()
        kind = kind or ("inner" if on is not None or using else "cross")
        ref = self._ref(join.this)
        condition = self.say.expr(on) if on is not None else None
        if condition is None and not using and isinstance(ref, nodes.QueryRef) and ref.lateral:
            kind, condition = "inner", nodes.Boolean(True)
        return nodes.Join(kind, ref, condition, tuple([named(one.name) for one in using]))  # type: ignore[arg-type]

    def _ref(self, expr: exp.Expr) -> nodes.Ref:
        alias = expr.args.get("alias")
        name = named(alias.name, alias.this.quoted) if alias is not None and alias.name else None
        columns = tuple([named(one.name, one.quoted) for one in alias.columns]) if alias is not None else ()
        self.say.nothing_else(expr, *_TABLE, *_TAIL)
        match expr:
            case exp.Table(this=exp.Identifier()):
                return self._table(expr, name, columns)
            case exp.Subquery(this=exp.Table() as inner) if name is None:
                return nodes.JoinedRef(self._ref(inner), tuple(self._joins(inner)))
            case exp.Subquery():
                return nodes.QueryRef(self.query(expr.this, columns, stored=True), name)
            case exp.Lateral(this=exp.Subquery() as inner):
                return nodes.QueryRef(self.query(inner.this, columns, stored=True), name, True)
            case exp.Values():
                rows = tuple([tuple(self.say.each(row.expressions)) for row in expr.expressions])
                return nodes.Values(rows, name, tuple([nodes.ColumnDef(one) for one in columns]))
            case exp.Unnest() if len(expr.expressions) == 1:
                # Most dialects name the element in parentheses behind the alias, some by the alias itself.
                return nodes.Unnest(self.say.expr(expr.expressions[0]), columns[0] if columns else name)
            case _:
                raise Left(f"`{self.say.sql(expr)}`")

    def _table(self, expr: exp.Table, name: nodes.Name | None, columns: tuple[nodes.Name, ...]) -> nodes.Ref:
        relation = table_name(expr)
        if relation not in self._common:
            self.used[relation] = None
        if not columns:
            return nodes.TableRef(path_of(relation), name)
        raise Left(f"`{self.say.sql(expr)}`, which names columns of a relation anew")


def _called(item: nodes.Item, name: nodes.Name) -> nodes.Item:
    """The item under a name, which is not said if it is the column's own."""
    is_own = isinstance(item.expr, nodes.Column) and item.expr.name == name
    return nodes.Item(item.expr, None if is_own else name)


def _says_more(expr: exp.Subquery) -> bool:
    """Whether parentheses have an end of their own: `(select ...) limit 3`."""
    return any(expr.args.get(name) for name in ("order", "limit", "offset", "with_", "with"))


def _is_comma(join: exp.Join) -> bool:
    written = any(join.args.get(name) for name in ("side", "kind", "method", "on", "using"))
    return not written and not isinstance(join.this, exp.Lateral | exp.Unnest)


def _aggregates(expr: exp.Expr) -> bool:
    return expr.find(exp.AggFunc) is not None and expr.find(exp.Window) is None


def _all_named(items: list[nodes.Item | nodes.Star]) -> list[nodes.Item | nodes.Star]:
    """The items, each with a name: that of its function and column where nobody has given one."""
    taken = {item.name.text for item in items if isinstance(item, nodes.Item) and item.name is not None}
    made: list[nodes.Item | nodes.Star] = []
    for position, item in enumerate(items, 1):
        if (
            isinstance(item, nodes.Item)
            and item.name is None
            and not isinstance(item.expr, nodes.Column | nodes.Member)
        ):
            wanted = _described(item.expr) or f"column_{position}"
            name = wanted if wanted not in taken else f"{wanted}_{position}"
            taken.add(name)
            item = nodes.Item(item.expr, nodes.Name(name))
        made.append(item)
    return made


def _described(expr: nodes.Expr) -> str:
    """`sum_price` for `sum(price)`."""
    match expr:
        case nodes.Column(name) | nodes.Member(_, name):
            return name.text
        case nodes.Call(function, arguments):
            inner = [_described(one) for one in arguments if not isinstance(one, nodes.Star | nodes.Item)]
            return "_".join([function.text, *[part for part in inner if part]])
        case nodes.Cast(operand) | nodes.Parenthesised(operand):
            return _described(operand)
        case _:
            return ""
