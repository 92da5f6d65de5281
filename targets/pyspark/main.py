"""`main`: what is read, judged, computed and written, in which order, and for which of the outputs asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, assert_never

from oftra.diagnostics import Report
from oftra.ir.expr import Runtime
from oftra.targets.pyspark import brokers, databases, marks
from oftra.targets.pyspark.fixed import FIXED
from oftra.targets.pyspark.module import FRAME, SPARK, TEXT
from oftra.targets.pyspark.moves import (
    Function,
    Gating,
    Judging,
    Making,
    Module,
    Move,
    Naming,
    Narrowing,
    Reading,
    Splitting,
    Storing,
)
from oftra.targets.pyspark.naming import MODULE, Names, identifier
from oftra.targets.pyspark.outputs import Outputs
from oftra.targets.pyspark.places import ROOT, has_more, has_root, is_whole, root_of
from oftra.targets.pyspark.runtimes import value_of
from oftra.targets.pyspark.uses import lone_uses
from oftra.targets.python import tree as py
from oftra.targets.python.lines import LIMIT
from oftra.targets.python.rewrite import exchanged
from oftra.targets.python.write import expression

ARGS = py.name("argparse.Namespace")
ONLY = py.name("args.only")
REPORT = py.Name("report")
ROWS = py.Name("rows")
TOLD = py.Subscript(py.Name("dict"), (TEXT, py.Name("Any")))

FEW = 12
"""How many outputs the conditions of `main` may list in all. If it took more, `OUTPUTS` says what each needs."""


@dataclass
class Main:
    """The statements of `main` as they come, each with the relation that it is about and the outputs that it is for.

    `held` says where rows are, `listed` what each output needs, where that is said once for all.
    """

    module: Module
    outputs: Outputs
    report: Report
    statements: list[tuple[str, frozenset[str], py.Statement]] = field(default_factory=list)
    held: dict[str, py.Expr] = field(default_factory=dict)
    guards: dict[str, frozenset[str]] = field(default_factory=dict)
    listed: dict[str, list[str]] = field(default_factory=dict)

    has_snapshots: ClassVar[bool] = True
    """Whether tables of Iceberg tell of their snapshots."""

    def __post_init__(self) -> None:
        self.all = frozenset(self.outputs.names)
        self.locals = Names([*MODULE, *FIXED, *[function.definition.name for function in self.module.functions]])
        self.runtimes: dict[str, py.Expr] = {}
        self.roots: dict[str, py.Expr] = {}
        self.heads: list[py.Statement] = []
        self.wanted = ONLY
        self.alone: Mapping[str, str] = {}

    def definition(self, answer: "Function | str | None" = None) -> py.Def:
        """`main`; with an `answer`, a function or a relation, it gives that back."""
        used: dict[str, Runtime] = {}
        for function in self.module.functions:
            used.update(function.runtimes)
        self._values(used)
        self.alone = lone_uses(self.module, answer)
        self._moves()
        marking = self._marking()
        body = [*self.heads, *marking]
        groups = list(self._groups())
        several = [(name, guard) for name, guard, _ in groups if 1 < len(guard) < len(self.all)]
        if sum([len(guard) for _, guard in several]) > FEW:
            self.listed = {
                output: [name for name, guard in several if output in guard] for output in self.outputs.names
            }
        elif len({guard for _, guard in several}) > 1:
            self.wanted = py.Name("wanted")
            body.append(py.Assign(self.wanted, py.call("set", ONLY)))
        for name, guard, statements in groups:
            body += statements if guard == self.all else [py.If(((self._asked(name, guard), tuple(statements)),))]
        body += self._ending()
        if answer is not None:
            body.append(py.Return(self.held[answer] if isinstance(answer, str) else self._call(answer)))
        parameters = [
            py.Parameter("spark", SPARK),
            py.Parameter("args", ARGS),
            py.Parameter("report", TOLD),
        ]
        returns = py.NONE if answer is None else FRAME
        return py.Def("main", tuple(parameters), tuple(body), returns, "Build what is asked for.")

    def _moves(self) -> None:
        """All that is done."""
        for move in self.module.moves:
            self._move(move)

    def _ending(self) -> list[py.Statement]:
        """What is done in the end, whatever was asked for."""
        return []

    # ------------------------------------------------------------------------------------------------ what is given

    def _values(self, used: Mapping[str, Runtime]) -> None:
        """What the functions are given, and what marks of tables are moved by."""
        more = marks.VALUES if marks.marked(self.module) else {}
        for held, runtime in sorted({**used, **more}.items()):
            self._value(held, runtime)

    def _marks(self) -> Iterator[py.Statement]:
        """The marks of tables that are made in parts."""
        entries: list[tuple[py.Expr, py.Expr]] = []
        for one in marks.marked(self.module):
            made = marks.mark(one, self.module, self._root(one.connection or ""), self.has_snapshots)
            entries.append((py.String(one.name), made))
        if entries:
            yield py.Assign(marks.MARKS, py.DictOf(tuple(entries)))

    def _marking(self) -> list[py.Statement]:
        """Where the run begins, if nobody says that: where the tables end that it stores."""
        statements = list(self._marks())
        if not marks.goes_on(self.module):
            return statements
        start = py.name("args.start")
        begin = marks.begin(start, ONLY, {one.name: self.outputs.of(one.name) for one in marks.marked(self.module)})
        return [*statements, py.If(((py.Compare("is", start, py.NONE), begin),))]

    def _value(self, held: str, runtime: Runtime) -> py.Expr:
        if held not in self.runtimes:
            value = value_of(runtime, self.module.program, self.report)
            if isinstance(value, py.Attribute):
                self.runtimes[held] = value
            else:
                self.runtimes[held] = py.Name(self.locals.free(held))
                self.heads.append(py.Assign(self.runtimes[held], value))
        return self.runtimes[held]

    def _root(self, name: str) -> tuple[py.Expr, ...]:
        """The argument that says where a connection's data lies, if it lies in a folder."""
        connection = self.module.program.connections[name]
        if not has_root(connection):
            return ()
        if name not in self.roots:
            root = root_of(connection)
            start = py.name("args.root")
            match root:
                case _ if connection.kind == "jdbc":
                    found: py.Expr = databases.login(connection, self.module.program, self.report)
                case _ if has_more(connection):
                    found = brokers.told(connection, self.module.program, self.report)
                case Runtime() if connection.kind == "kafka":
                    found = value_of(root, self.module.program, self.report)
                case str() if connection.kind == "kafka":
                    found = py.String(root)
                case Runtime():
                    found = py.call("below", start, value_of(root, self.module.program, self.report))
                case str() if root in ("", "."):
                    self.roots[name] = start
                    return (start,)
                case str() if is_whole(root):
                    found = py.String(root)
                case str():
                    found = py.call("os.path.join", start, py.String(root))
            held = py.Name(self.locals.free(identifier(name.rpartition(".")[2])))
            self.heads.append(py.Assign(held, found))
            self.roots[name] = held
        return (self.roots[name],)

    # ------------------------------------------------------------------------------------------------------- moves

    def _move(self, move: Move) -> None:
        match move:
            case Reading():
                self._read(move)
            case Making():
                self._make(move)
            case Naming(name, other):
                self.held[name], self.guards[name] = self.held[other], self.guards[other]
            case Narrowing(name, other, rows):
                called = py.Name(self.module.called[other])
                self._hold(
                    name, exchanged(rows, lambda node: self.held[other] if node == called else node), self.guards[other]
                )
            case Judging():
                self._judge(move)
            case Storing():
                brokers.refuse_params(move.name, self.module.program, self.report)
                self._store(move)
            case Gating():
                self._gate(move)
            case Splitting():
                pass  # in batch nothing is late
            case _:
                assert_never(move)

    def _read(self, move: Reading) -> None:
        root = self._root(move.relation.connection or "")
        if move.function is not None:
            made = py.Name(move.function.definition.name)
            read: py.Expr = py.call("reading", py.String(move.relation.name), made, py.Name("spark"), *root)
        else:
            read = exchanged(move.rows, lambda node: root[0] if node in (ROOT, databases.DATABASE) else node)
        if move.is_kept:
            read = py.method(read, "cache")
        guard = self.all if move.relation.kind == "source" else self.outputs.of(move.relation.name)
        line = self.alone.get(move.name)
        if line is not None and not move.is_kept and len(f"        {line}{expression(read)}") <= LIMIT:
            self.held[move.name], self.guards[move.name] = read, guard or self.all
        else:
            self._hold(move.name, read, guard)

    def _store(self, move: Storing) -> None:
        guard = self.outputs.of(move.name)
        rows = self.held[move.relation] if move.make is None else self._call(move.make)
        write, place = self._writer(move), self._root(move.connection)
        made = py.call("store", REPORT, py.String(move.name), rows, write, *place)
        if move.make is not None and len(expression(made)) > LIMIT - (4 if guard == self.all else 8):
            self._add(move.name, guard, py.Assign(ROWS, rows))
            made = py.call("store", REPORT, py.String(move.name), ROWS, write, *place)
        self._add(move.name, guard, py.Evaluate(made))

    def _writer(self, move: Storing) -> py.Expr:
        """What writes rows to a place: with what it has to know of the run."""
        values = [py.Keyword(held, self.runtimes[held]) for held in sorted(move.write.runtimes)]
        name = py.Name(move.write.definition.name)
        write = py.call("partial", name, *values) if values else name
        if marks.keeps_mark(self.module.program.by_name.get(move.name)):
            return marks.moved(move.name, write, self.runtimes)
        return write

    def _make(self, move: Making) -> None:
        made: py.Expr = self._call(move.function)
        relation = move.relation
        # What is used more than once is computed once.
        shared = relation.kind == "view" and len(self.outputs.of(relation.name)) > 1
        if move.is_kept or (shared and not self.module.afresh):
            made = py.method(made, "cache")
        needs = [self.guards[one] for one in move.function.relations]
        guard = self.outputs.of(relation.name) if any(one != self.all for one in needs) else self.all
        self._hold(move.name, made, guard)

    def _judge(self, move: Judging) -> None:
        name = move.relation.name
        rules: tuple[py.Expr, ...] = ()
        if isinstance(move.rules, str):
            rules = (py.Name(move.rules),)
        elif move.rules is not None:
            entries = [(py.String(rule), py.String(action)) for rule, action in move.rules.items()]
            rules = (py.DictOf(tuple(entries)),)
        if move.counts is not None:
            counts = self._call(move.counts)
        else:
            assert move.judged is not None
            counts = py.call("tally", self.held[move.judged], *rules)
        more = () if move.assertion is None else (py.Keyword("assertion", py.String(move.assertion)),)
        made = py.call("judge", REPORT, py.String(name), counts, *rules, *more)
        self._add(name, self.outputs.of(name), py.Evaluate(made))

    def _gate(self, move: Gating) -> None:
        """For the outputs that wait for it, or that it is about."""
        pipeline, gate = move.required
        guard = frozenset([name for name in self.outputs.names if name in gate.before]) if gate.about else self.all
        told = [py.String(one) for one in (gate.condition, gate.action, pipeline.name, f"{gate.span.file}:{gate.line}")]
        measures = py.ListOf(tuple([py.String(text) for text in gate.measures]))
        made = py.call("require", self._call(move.function), *told, measures)
        self._add(gate.condition, guard, py.Evaluate(made))

    def _add(self, name: str, guard: frozenset[str], statement: py.Statement) -> None:
        self.statements.append((name, guard or self.all, statement))

    def _hold(self, name: str, value: py.Expr, guard: frozenset[str]) -> None:
        called = self.module.called[name]
        made = {function.definition.name for function in self.module.functions}
        held = py.Name(self.locals.free(f"{called}_df" if called in made else called))
        self._add(name, guard, py.Assign(held, value))
        self.held[name] = held
        self.guards[name] = guard or self.all

    def _call(self, function: Function) -> py.Expr:
        spark = (py.Name("spark"),) if function.needs_spark else ()
        rows = [self.held[relation] for relation in function.relations]
        values = [self.runtimes[held] for held in sorted(function.runtimes)]
        return py.call(function.definition.name, *spark, *rows, *values)

    # ------------------------------------------------------------------------------------------- what is asked for

    def _groups(self) -> Iterator[tuple[str, frozenset[str], list[py.Statement]]]:
        """The statements that follow each other for the same outputs, under the name of the first relation."""
        at = 0
        while at < len(self.statements):
            name, guard, _ = self.statements[at]
            together: list[py.Statement] = []
            while at < len(self.statements) and self.statements[at][1] == guard:
                together.append(self.statements[at][2])
                at += 1
            yield name, guard, together

    def _asked(self, name: str, guard: frozenset[str]) -> py.Expr:
        """Whether an output is asked for that needs what comes now."""
        names = [py.String(one) for one in self.outputs.names if one in guard]
        if len(names) == 1:
            return py.Compare("in", names[0], self.wanted)
        if self.listed:
            needs = py.Subscript(py.Name("OUTPUTS"), (py.Name("output"),))
            found = py.Compare("in", py.String(name), needs)
            return py.call("any", py.Comprehension("(", found, ("output",), ONLY))
        wanted = py.call("set", ONLY) if self.wanted == ONLY else self.wanted
        return py.Binary("&", wanted, py.SetOf(tuple(names)))
