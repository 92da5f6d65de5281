"""Where rows come from: relations of the program, records, values, and what stands beside them in FROM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oftra.datatypes import DataType
from oftra.diagnostics.targets import WrittenElsewhere
from oftra.ir.expr import Column
from oftra.ir.rel import Opaque, Read, Scan, Unnest, Values
from oftra.source import Span
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.own_text import laid_out
from oftra.targets.sql.planning.block import Block, Border, Joined, Relation
from oftra.targets.sql.planning.engine import SqlEngine, filled
from oftra.targets.sql.planning.said import Said
from oftra.targets.sql.planning.scope import Scope
from oftra.targets.sql.rewrite import realiased

if TYPE_CHECKING:  # the planner and what starts its queries need each other
    from oftra.targets.sql.planning.plan import Planner


def start(engine: SqlEngine, relation: Relation, columns: tuple[Column, ...], outer: Scope | None) -> Block:
    """A SELECT from a relation that gives `columns` by their own names."""
    alias = free_alias(relation.alias, outer)
    scope = Scope({column.id: Said(sql.Name((alias, column.name)), column.type) for column in columns}, outer)
    scope.aliases[alias] = relation.columns or ()
    own = relation.item.name.parts[-1] if isinstance(relation.item, q.Table) else relation.alias
    if alias != own and outer is not None and outer.sees(own):
        # Its own name would hide the relation further out that has it.
        scope.shown.add(alias)
    return Block(engine, Relation(alias, relation.item, relation.columns), columns, scope)


def scan(planner: Planner, scan: Scan, outer: Scope | None) -> Block:
    """All of another relation of the program."""
    name = planner.catalog.names[scan.relation]
    alias = scan.alias or name.parts[-1]
    block = start(
        planner.engine, Relation(alias, q.Table(name), planner.catalog.columns.get(scan.relation)), scan.columns, outer
    )
    block.span = scan.span
    if (types := planner.catalog.types.get(scan.relation)) is not None:
        for column in scan.columns:
            if column.name in types:
                said = block.scope.columns[column.id]
                block.scope.columns[column.id] = Said(said.expr, types[column.name])
    return block


def read(planner: Planner, rel: Read, outer: Scope | None) -> Block:
    """A source's records."""
    item, alias, names, found, ctes = planner.catalog.reads[rel.source]
    planner.ctes += [cte for cte in ctes if cte not in planner.ctes]
    block = start(planner.engine, Relation(alias, item, names), rel.columns, outer)
    says = {column.id: Said(found[column.name], column.type) for column in rel.columns}
    if block.alias != alias:
        says = {id_: Said(realiased(said.expr, alias, block.alias), said.type) for id_, said in says.items()}
    block.scope.columns = says
    return block


def values(planner: Planner, values: Values, outer: Scope | None) -> Block:
    """Rows that stand in the program."""
    if not values.columns:
        return Block(planner.engine, None, (), Scope({}, outer))
    say = planner.engine.expressions(Scope({}, outer), planner.around)
    rows = [[say.loose(cell) for cell in row] for row in values.rows]
    if not planner.engine.bare_nulls:
        for row in rows:
            for at, column in enumerate(values.columns):
                if row[at].expr == sql.NULL:
                    row[at] = Said(sql.Cast(sql.NULL, planner.engine.type_name(column.type)), column.type)
    if not rows:
        nothing = {c.id: Said(sql.Cast(sql.NULL, planner.engine.type_name(c.type)), c.type) for c in values.columns}
        block = Block(planner.engine, None, values.columns, Scope(nothing, outer))
        block.where.append(q.Condition(sql.FALSE))
        return block
    for at, column in enumerate(values.columns):
        # An engine takes the widest type of a column: often one cell of the right type makes it.
        for row in rows:
            if _meeting(planner.engine, rows, at) == column.type:
                break
            row[at] = Said(planner.engine.settle(row[at], column.type), column.type)
    cells = q.RowsOf(tuple([tuple([cell.expr for cell in row]) for row in rows]))
    names = tuple([column.name for column in values.columns])
    alias = values.alias or "rows"
    block = start(planner.engine, Relation(alias, q.Derived(cells, columns=names), names), values.columns, outer)
    block.span = values.span
    return block


def _meeting(engine: SqlEngine, rows: list[list[Said]], at: int) -> DataType | None:
    found: DataType | None = rows[0][at].type
    for row in rows[1:]:
        found = engine.meeting(found, row[at].type)
    return found


def opaque(planner: Planner, opaque: Opaque, outer: Scope | None) -> Block:
    """A query in the engine's own words."""
    engine = planner.engine
    if opaque.engine != engine.name:
        planner.report.add(WrittenElsewhere(opaque.name, opaque.engine, engine.name, span=opaque.span))
    holes: dict[str, sql.Expr] = {
        scan.relation.rpartition(".")[2]: planner.catalog.names[scan.relation] for scan in opaque.inputs
    }
    names = tuple([column.name for column in opaque.columns])
    text, shifts = laid_out(opaque.text)
    raw = q.RawQuery(filled(text, holes), shifts)
    planner.catalog.borders.append(Border(opaque.name, raw, opaque.columns))
    block = start(engine, Relation(opaque.name.rpartition(".")[2], q.Derived(raw), names), opaque.columns, outer)
    for column in opaque.columns:
        # What a text gives that is not ours only its engine knows.
        cast = sql.Cast(block.scope.columns[column.id].expr, engine.type_name(column.type))
        block.scope.columns[column.id] = Said(cast, column.type)
    return block


def unnest(planner: Planner, rel: Unnest, block: Block) -> Block:
    """A further relation of FROM: the elements of an array of each row."""
    block = planner.ready(block, (rel.array,))
    if not block.is_from:
        block = planner.wrapped(block)
    block.order_by = []
    array = planner.expressions(block).exact(rel.array)
    alias = free_alias(rel.element.name, block.scope)
    names = (rel.element.name, *(() if rel.offset is None else (rel.offset.name,)))
    call = sql.Function("unnest", (array,))
    made = Relation(alias, q.TableFunction(call, alias, names, rel.offset is not None), names)
    block.scope.columns[rel.element.id] = Said(sql.Name((alias, rel.element.name)), rel.element.type)
    if rel.offset is not None:
        ordinal = sql.Binary("-", sql.Name((alias, rel.offset.name)), sql.Number("1"))
        block.scope.columns[rel.offset.id] = Said(ordinal, planner.engine.ordinals or rel.offset.type)
    block.scope.aliases[alias] = names
    block.columns = rel.columns
    if block.relation is None:
        block.relation = made
    elif rel.outer:
        block.joins.append(joined("left join", made, sql.TRUE, rel.span))
    else:
        block.joins.append(joined("cross join", made, None, rel.span))
    return block


def joined(words: str, relation: Relation, condition: sql.Expr | None, span: Span) -> Joined:
    """A further relation of FROM, on a condition."""
    return Joined(words, relation, condition, (), span)


def free_alias(wanted: str, scope: Scope | None) -> str:
    """`wanted`, or with a number behind if a relation that can be seen here has that name."""
    name, count = wanted, 1
    while scope is not None and scope.sees(name):
        count += 1
        name = f"{wanted}_{count}"
    return name
