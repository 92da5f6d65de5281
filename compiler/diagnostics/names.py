"""OF02: names that mean nothing, too much, or the same as another."""

from oftra.diagnostics.model import Diagnostic, Edit, Label, nearest
from oftra.source import Span


def _listed(names: tuple[str, ...], most: int = 12) -> str:
    """Names as a sentence lists them, cut where they would fill the screen."""
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


class UnknownRelation(Diagnostic, code="OF0201"):
    """A relation is named that nothing declares.

    A name is looked up in the folder of the file that uses it, then in the folders above. `finance.orders` names the
    relation `orders` of the folder `finance` from anywhere.

    Wrong:

        view orders = from (values (1)) as t (id)
        view open_orders = from order

    Right:

        view orders = from values (1) as t (id)
        view open_orders = from orders
    """

    name: str
    near: str | None

    @property
    def title(self) -> str:
        return f"unknown relation `{self.name}`"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, "nothing of this name is declared"),)

    @property
    def help(self) -> str:
        if self.near:
            return f"did you mean `{self.near}`?"
        return f"declare it: `source {self.name}: ...`, `view {self.name} = ...` or `table {self.name} = ...`"

    @property
    def edit(self) -> Edit | None:
        return Edit(self.span, self.near) if self.near else None


class UnknownDeclaration(Diagnostic, code="OF0202"):
    """A contract, connection, param or pipeline is named that nothing declares.

    Wrong:

        connection lake = files { root: 'data' }
        contract order { id int }
        source orders: order from lak { path: 'orders.parquet' }

    Right:

        connection lake = files { root: 'data' }
        contract order { id int }
        source orders: order from lake { path: 'orders.parquet' }
    """

    category: str
    name: str
    near: str | None

    @property
    def title(self) -> str:
        return f"unknown {self.category} `{self.name}`"

    @property
    def help(self) -> str:
        if self.near:
            return f"did you mean `{self.near}`?"
        return f"declare it: `{self.category} {self.name} ...`"

    @property
    def edit(self) -> Edit | None:
        return Edit(self.span, self.near) if self.near else None


class UnknownColumn(Diagnostic, code="OF0203"):
    """A column is named that the rows at hand do not have.

    Wrong:

        from (values (1)) as t (total) |> select totl

    Right:

        from values (1) as t (total) |> select total
    """

    name: str
    available: tuple[str, ...]
    qualifier: str | None = None

    @property
    def _near(self) -> str | None:
        return nearest(self.name, self.available)

    @property
    def title(self) -> str:
        of = f" of `{self.qualifier}`" if self.qualifier else ""
        return f"unknown column `{self.name}`{of}"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, "the rows here have no such column"),)

    @property
    def help(self) -> str:
        if self._near:
            return f"did you mean `{self._near}`?"
        return f"the columns here are {_listed(self.available)}" if self.available else "there are no columns here"

    @property
    def edit(self) -> Edit | None:
        return Edit(self.span, self._near) if self._near else None


class AmbiguousColumn(Diagnostic, code="OF0204"):
    """A name stands on both sides of a join: it is reachable only with the alias before it.

    Wrong:

        from values (1) as a (id)
        |> join (from values (1) as t (id)) as b on a.id = b.id
        |> select id

    Right:

        from values (1) as a (id)
        |> join (from values (1) as t (id)) as b on a.id = b.id
        |> select a.id
    """

    name: str
    qualified: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"`{self.name}` could be several columns"

    @property
    def help(self) -> str:
        if self.qualified:
            return f"write {' or '.join(f'`{name}`' for name in self.qualified)}"
        return "give the relations aliases (`as a`) and write `a." + self.name + "`"


class UnknownAlias(Diagnostic, code="OF0205"):
    """What stands before the dot is neither an alias nor a column.

    An alias lives until `select`, `aggregate`, a set operation or `as`.

    Wrong:

        from values (1) as orders (id) |> select order.id

    Right:

        from values (1) as orders (id) |> select orders.id
    """

    name: str
    available: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"`{self.name}` is neither an alias nor a column here"

    @property
    def help(self) -> str:
        if near := nearest(self.name, self.available):
            return f"did you mean `{near}`?"
        if self.available:
            return f"the aliases here are {_listed(self.available)}"
        return "no alias lives here: it ends at `select`, `aggregate`, a set operation and `as`"


class DuplicateName(Diagnostic, code="OF0206"):
    """Two declarations of one kind have the same name.

    Wrong:

        view a = from values (1) as t (x)
        view a = from values (2) as t (x)

    Right:

        view a = from values (1) as t (x)
        view b = from values (2) as t (x)
    """

    name: str
    category: str
    first: Span

    @property
    def title(self) -> str:
        return f"the {self.category} `{self.name}` is declared twice"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, "declared again"), Label(self.first, "first declared here"))

    @property
    def help(self) -> str:
        return "give one of them another name"


class NameDiffersByCase(Diagnostic, code="OF0207"):
    """Two names of one scope differ by upper and lower case alone.

    No two engines or file systems agree whether those are one name or two.

    Wrong:

        view orders = from values (1) as t (x)
        view Orders = from values (2) as t (x)

    Right:

        view orders = from values (1) as t (x)
        view late_orders = from values (2) as t (x)
    """

    name: str
    other: str
    first: Span

    @property
    def title(self) -> str:
        return f"`{self.name}` and `{self.other}` differ by case alone"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, "some engines take this for the other"), Label(self.first, "the other"))

    @property
    def help(self) -> str:
        return "give one of them another name"


class CyclicRelations(Diagnostic, code="OF0208"):
    """A relation depends on itself, perhaps by way of others.

    Wrong:

        view a = from b
        view b = from a

    Right:

        view a = from values (1) as t (x)
        view b = from a
    """

    path: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"`{self.path[0]}` depends on itself"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, " → ".join(self.path)),)

    @property
    def help(self) -> str:
        return "let one of them read something else"


class DuplicateColumn(Diagnostic, code="OF0209"):
    """A relation would have two columns of one name.

    Wrong:

        view v = from values (1, 2) as t (a, b) |> select a, b as a

    Right:

        view v = from values (1, 2) as t (a, b) |> select a, b
    """

    name: str
    qualified: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"two columns are called `{self.name}`"

    @property
    def help(self) -> str:
        if self.qualified:
            return f"keep one with `|> select`, or tell them apart: `{self.qualified[-1]} as other_{self.name}`"
        return f"give one of them another name: `... as other_{self.name}`"


class UnnamedColumn(Diagnostic, code="OF0210"):
    """A column of a relation has no name.

    Wrong:

        view v = from values (1) as t (a) |> select a + 1

    Right:

        view v = from values (1) as t (a) |> select a + 1 as b
    """

    suggestion: str

    @property
    def title(self) -> str:
        return "this column has no name"

    @property
    def help(self) -> str:
        return f"give it one: `as {self.suggestion}`"

    @property
    def edit(self) -> Edit:
        return Edit(Span(self.span.end, self.span.end, self.span.file), f" as {self.suggestion}")


class UnknownFunction(Diagnostic, code="OF0211"):
    """A function is called that neither the language has nor the program declares.

    Names that other engines use are known: the help says how it is said here, or why it is not.

    Wrong:

        from values ('a') as t (x) |> select lowr(x) as y

    Right:

        from values ('a') as t (x) |> select lower(x) as y
    """

    name: str
    near: str | None
    instead: str | None = None
    reason: str | None = None

    @property
    def title(self) -> str:
        return f"unknown function `{self.name}`"

    @property
    def help(self) -> str:
        if self.instead:
            return f"it is said so: `{self.instead}`"
        if self.reason:
            return self.reason
        return f"did you mean `{self.near}`?" if self.near else "`oftra functions` lists all that there are"

    @property
    def edit(self) -> Edit | None:
        return Edit(self.span, self.near) if self.near else None


class UnknownField(Diagnostic, code="OF0212"):
    """A struct has no field of this name, or what stands before the dot is no struct.

    Wrong:

        from values (struct(1 as a)) as t (s) |> select s.b

    Right:

        from values (struct(1 as a)) as t (s) |> select s.a
    """

    name: str
    type: str
    available: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"`{self.type}` has no field `{self.name}`"

    @property
    def help(self) -> str:
        if near := nearest(self.name, self.available):
            return f"did you mean `{near}`?"
        if self.available:
            return f"its fields are {_listed(self.available)}"
        return "only a struct has fields"


class UnknownWindow(Diagnostic, code="OF0213"):
    """`over` names a window that no `window` clause defines.

    Wrong:

        from values (1) as t (x) |> extend sum(x) over w as s

    Right:

        from values (1) as t (x) |> window w as (order by x) |> extend sum(x) over w as s
    """

    name: str
    available: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"unknown window `{self.name}`"

    @property
    def help(self) -> str:
        if near := nearest(self.name, self.available):
            return f"did you mean `{near}`?"
        return f"define it before: `|> window {self.name} as (partition by ... order by ...)`"


class UnknownOverride(Diagnostic, code="OF0214"):
    """An environment in `oftra.toml` overrides something that the program does not declare.

    Wrong: `source.ridez = { path = "rides.jsonl" }` below `[env.dev]` of a program whose source is called `rides`.
    """

    category: str
    name: str
    env: str
    available: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"environment `{self.env}` overrides an unknown {self.category} `{self.name}`"

    @property
    def help(self) -> str:
        if near := nearest(self.name, self.available):
            return f"did you mean `{self.category}.{near}`?"
        return f"the program declares {_listed(self.available)}" if self.available else "the program declares none"


class DuplicateAlias(Diagnostic, code="OF0215"):
    """Two relations of one query have the same alias: what stands before a dot could be either.

    Wrong:

        from values (1) as t (x) |> cross join (from values (2) as u (y)) as t |> select t.x

    Right:

        from values (1) as t (x) |> cross join (from values (2) as u (y)) as u |> select t.x
    """

    name: str

    @property
    def title(self) -> str:
        return f"two relations here are called `{self.name}`"

    @property
    def help(self) -> str:
        return f"give one an alias of its own: `... as other_{self.name}`"


class NoRows(Diagnostic, code="OF0216"):
    """A sink, or a task, stands where rows are taken from: it has none.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        table totals in lake = from values (1) as t (x)
        sink out from totals into lake { path: 'out.csv', format: csv }
        table again in lake = from out

    Right:

        connection lake = files { root: 'data', format: parquet }
        table totals in lake = from values (1) as t (x)
        sink out from totals into lake { path: 'out.csv', format: csv }
        table again in lake = from totals
    """

    name: str
    kind: str

    @property
    def title(self) -> str:
        return f"the {self.kind} `{self.name}` has no rows"

    @property
    def help(self) -> str:
        if self.kind == "sink":
            return "take them from the relation that it writes"
        return "take them from a source that it writes"
