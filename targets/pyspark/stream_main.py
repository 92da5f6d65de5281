"""`main` of a program that has streams: what ends is made first, then a query is started for each stream."""

from collections.abc import Collection, Iterable

from oftra.diagnostics import Report
from oftra.ir.program import Relation
from oftra.targets.engines.spark.literals import duration
from oftra.targets.pyspark.main import REPORT, TOLD, Main
from oftra.targets.pyspark.module import FRAME, TEXT
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
from oftra.targets.pyspark.naming import Names, identifier
from oftra.targets.pyspark.outputs import Outputs
from oftra.targets.pyspark.stream_moves import ENDS, judged_first, made, needed_for, taken
from oftra.targets.pyspark.streams import Query, Streams
from oftra.targets.python import tree as py
from oftra.targets.python.rewrite import exchanged

AT, NOW = "run_at", py.call("now")
STREAMS, ROWS, BATCH = py.Name("streams"), py.Name("rows"), py.Name("batch")
FRAMES = py.Subscript(py.Name("dict"), (TEXT, FRAME))


class StreamingMain(Main):
    """`main` of a module, some of whose outputs run as `streams`."""

    def __init__(self, module: Module, outputs: Outputs, report: Report, streams: Streams) -> None:
        super().__init__(module, outputs, report)
        self.streams = streams
        self.frozen: set[str] = set()

    def _moves(self) -> None:
        self.alone = {}
        in_batch = [move for move in self.module.moves if self._is_batch(move)]
        for query in self.streams.queries:
            chained = [one for one in self._of(query) if not isinstance(one, ENDS)]
            used = {name for move in needed_for(chained, query.computed) for name in taken(move)}
            self.frozen |= {name for name in used if self.module.owners.get(name, name) not in self.streams.relations}
        needed = [name for query in self.streams.queries for move in self._of(query) for name in taken(move)]
        if not any(AT in one.function.runtimes for one in in_batch if isinstance(one, Making)):
            # A batch is read when it comes.
            self.heads = [head for head in self.heads if not (isinstance(head, py.Assign) and head.value == NOW)]
        wanted = {one.relation for one in in_batch if isinstance(one, Storing)} | set(needed)
        for move in in_batch:
            if isinstance(move, Storing | Judging) or made(move) in wanted or self._is_used(move, in_batch):
                self._move(move)
        self._add("", self.all, py.Assign(STREAMS, py.ListOf()))
        for query in self.streams.queries:
            self._query(query)

    def _add(self, name: str, guard: frozenset[str], statement: py.Statement) -> None:
        # Whoever asks for one output of a query gets all: they share how far it is.
        for query in self.streams.queries:
            if guard.intersection(query.outputs):
                guard = guard.union(query.outputs)
        super()._add(name, guard, statement)

    def _hold(self, name: str, value: py.Expr, guard: frozenset[str]) -> None:
        # Spark judges all of a stream's plan, also what ends, as if it never did: but for rows that are there.
        super()._hold(name, py.method(value, "localCheckpoint") if name in self.frozen else value, guard)

    def _ending(self) -> list[py.Statement]:
        counted = [query.name for query in self.streams.queries if set(query.sources).intersection(self.streams.split)]
        more = (py.TupleOf(tuple([py.String(name) for name in counted])),) if counted else ()
        return [py.Evaluate(py.call("follow", STREAMS, REPORT, *more))]

    # ------------------------------------------------------------------------------------------------ which moves

    def _owner(self, move: Move) -> str:
        match move:
            case Reading(relation=relation) | Making(relation=relation) | Judging(relation=relation):
                return relation.name
            case Naming(name) | Narrowing(name) | Splitting(name) | Storing(name):
                return self.module.owners.get(name, name)
            case Gating():
                return ""  # a gate of what runs as a stream was refused

    def _is_batch(self, move: Move) -> bool:
        if isinstance(move, Splitting):
            return False
        if isinstance(move, Storing):
            return move.name not in self.streams.outputs
        owner = self._owner(move)
        if isinstance(move, Reading) and move.stream is not None:
            return False
        return owner not in self.streams.relations or self.streams.is_batch(owner)

    def _is_used(self, move: Move, among: Iterable[Move]) -> bool:
        name = made(move)
        return any(name in taken(other) for other in among)

    def _of(self, query: Query) -> list[Move]:
        """All moves that could be a query's."""
        return [move for move in self.module.moves if self._is_endless(move) and self._concerns(move, query)]

    def _is_endless(self, move: Move) -> bool:
        if isinstance(move, Storing):
            return move.name in self.streams.outputs
        if isinstance(move, Reading) and move.stream is None:
            return False
        return self._owner(move) in self.streams.relations

    def _concerns(self, move: Move, query: Query) -> bool:
        if isinstance(move, Storing):
            return move.name in query.outputs
        owner = self._owner(move)
        return any(owner in self.streams.needs[output] for output in query.outputs)

    # -------------------------------------------------------------------------------------------------- the queries

    def _query(self, query: Query) -> None:
        moves = self._of(query)
        guard = frozenset(query.outputs)
        entries: list[tuple[py.Expr, py.Expr]] = []
        chain = _Chain(self, query, guard)
        split = [name for name in query.sources if name in self.streams.split]
        for move in needed_for([one for one in moves if not isinstance(one, ENDS)], [*query.computed, *split]):
            chain.step(move)
        batch = _Batch(self, query)
        for source in query.sources:
            name = self._records(source)
            rows = chain.held.get(name)
            if rows is None:
                rows = chain.read(next(one for one in moves if isinstance(one, Reading) and one.name == name))
            called = self.module.called[source]
            batch.held[name] = _frame(called)
            batch.guards[name] = batch.guards[source] = batch.all
            if source in split:
                records = f"{called}_records"
                entries.append((py.String(records), chain.untimed.get(source, rows)))
                batch.passed[source] = batch.held[name] = _frame(records)
                rows, batch.held[source] = chain.held[source], _frame(called)
            entries.append((py.String(called), rows))
        for relation in query.computed:
            called = self.module.called[relation]
            entries.append((py.String(called), chain.held[relation]))
            batch.held[relation] = _frame(called)
            batch.guards[relation] = batch.all
        write = self.locals.free(f"write_batch_of_{identifier(query.name)}")
        self._add(query.outputs[0], guard, batch.definition_of(write, moves))
        given: list[py.Expr | py.Keyword] = [py.name("args"), REPORT, py.String(query.name)]
        given += [py.DictOf(tuple(entries)), py.Name(write)]
        if query.mode != "append":
            given.append(py.String(query.mode))
        if query.part:
            given.append(py.Keyword("part", py.String(query.part)))
        started = py.method(STREAMS, "append", py.call("stream", *given))
        self._add(query.outputs[0], guard, py.Evaluate(started))

    def _records(self, source: str) -> str:
        return next(
            move.name for move in self.module.moves if isinstance(move, Reading) and move.relation.name == source
        )

    def add_chained(self, name: str, guard: frozenset[str], value: py.Expr, names: Names) -> py.Expr:
        """A step of a stream in `main`: its name there."""
        called = self.module.called.get(name, name)
        functions = {function.definition.name for function in self.module.functions}
        held = py.Name(names.free(f"{called}_df" if called in functions else called))
        self._add(name, guard, py.Assign(held, value))
        return held


class _Chain:
    """What a query computes on what never ends, step by step."""

    def __init__(self, main: StreamingMain, query: Query, guard: frozenset[str]) -> None:
        self.main, self.query, self.guard = main, query, guard
        self.held = dict(main.held)
        self.untimed: dict[str, py.Expr] = {}
        self.observed = self._observed()
        # Several queries may have a step of one name, each below the other.
        self.names = Names(main.locals.taken)

    def _observed(self) -> set[str]:
        """The rows behind which decoding is done: those that are judged, else the records as they are read."""
        found: dict[str, str] = {}
        for move in self.main.module.moves:
            is_judged = isinstance(move, Making) and move.is_kept and move.relation.kind == "source"
            if is_judged or (isinstance(move, Reading) and move.stream is not None):
                found[self.main._owner(move)] = made(move)
        return set(found.values())

    def read(self, move: Reading) -> py.Expr:
        """The records of a source."""
        assert move.stream is not None
        root = self.main._root(move.relation.connection or "")
        function = py.Name(move.stream.definition.name)
        value = py.call("reading", py.String(move.relation.name), function, py.Name("spark"), *root)
        return self._hold(move.name, value)

    def step(self, move: Move) -> None:
        """Do a move as a stream."""
        match move:
            case Reading():
                self.read(move)
            case Naming(name, other):
                self.held[name] = self.held[other]
            case Narrowing(name, other, rows):
                called = py.Name(self.main.module.called[other])
                value = exchanged(rows, lambda node: self.held[other] if node == called else node)
                self._hold(name, value)
            case Making(name, _, function):
                self._hold(name, self.call(function))
            case _:
                raise AssertionError("only rows are made in a chain")

    def _hold(self, name: str, value: py.Expr) -> py.Expr:
        relation = self.main.module.program.by_name.get(name)
        if name in self.observed:
            about = "What is counted here stays in one piece: Spark would decode each field anew for every condition."
            self.main._add(name, self.guard, py.Comment(about))
            read = py.method(py.call("F.count", py.String("*")), "alias", py.String("read"))
            value = py.method(value, "observe", py.String(name), read)
        if relation is not None and relation.kind == "source":
            value = self._in_time(relation, self._watermarked(relation, self._untimed(relation, value)))
        self.held[name] = self.main.add_chained(name, self.guard, value, self.names)
        return self.held[name]

    def call(self, function: Function) -> py.Expr:
        """A call of a function of the module."""
        before, self.main.held = self.main.held, self.held
        try:
            return self.main._call(function)
        finally:
            self.main.held = before

    def _watermarked(self, relation: Relation, rows: py.Expr) -> py.Expr:
        time, delay = relation.interface.event_time, relation.interface.watermark
        if time is None or time not in [column.name for column in relation.columns]:
            return rows
        said = py.String("0 seconds" if delay is None else duration(delay))
        return py.method(rows, "withWatermark", py.String(time), said)

    def _untimed(self, relation: Relation, rows: py.Expr) -> py.Expr:
        """Records of a source that are its rows as they are read: a batch takes them beside those that are in time."""
        is_read = any(isinstance(move, Reading) and move.name == relation.name for move in self.main.module.moves)
        if relation.name not in self.main.streams.split or not is_read:
            return rows
        self.untimed[relation.name] = self.main.add_chained(relation.name, self.guard, rows, self.names)
        return self.untimed[relation.name]

    def _in_time(self, relation: Relation, rows: py.Expr) -> py.Expr:
        time = relation.interface.event_time
        if relation.name not in self.main.streams.split or time is None:
            return rows
        return py.call("in_time", rows, py.String(time))


class _Batch(Main):
    """What is done with a batch: rows that came in, and rows that are finished, as DataFrames that end."""

    def __init__(self, main: StreamingMain, query: Query) -> None:
        outputs = Outputs(main.streams.survey, query.outputs)
        super().__init__(main.module, outputs, main.report)
        self.main, self.query = main, query
        self.roots, self.held, self.guards = main.roots, dict(main.held), dict(main.guards)
        self.all = frozenset(query.outputs)
        self.guards = dict.fromkeys(main.held, self.all)
        self.kept: list[py.Expr] = []
        self.passed: dict[str, py.Expr] = {}
        self.runtimes = dict(main.runtimes)

    def definition_of(self, name: str, moves: Collection[Move]) -> py.Def:
        """The function that writes a batch."""
        streams = self.main.streams
        mine: list[Move] = []
        for move in moves:
            owner = self.main._owner(move)
            if isinstance(move, Reading) or (not isinstance(move, Storing) and owner in streams.computed):
                continue
            if isinstance(move, Judging | Splitting) and self._is_elsewhere(owner):
                continue
            if isinstance(move, Storing):
                move = Storing(move.name, move.relation, move.connection, move.write)
            mine.append(move)
        ends = [name for move in mine if isinstance(move, ENDS) for name in taken(move)]
        needed = needed_for(mine, ends)
        if any(AT in move.function.runtimes for move in needed if isinstance(move, Making)):
            self.runtimes[AT] = py.Name(self.locals.free(AT))
            self.heads.append(py.Assign(self.runtimes[AT], NOW))
        used = {name for move in needed for name in taken(move)}
        for move in judged_first(needed):
            if isinstance(move, Splitting):
                self._split(move, move.name in used)
            else:
                self._move(move)
        body = [*self.heads, *[statement for _, _, statement in self.statements]]
        body += [py.Evaluate(py.method(one, "unpersist")) for one in self.kept]
        parameters = (py.Parameter("rows", FRAMES), py.Parameter("report", TOLD), py.Parameter("batch", TEXT))
        return py.Def(name, parameters, tuple(body), py.NONE, "Judge and store what came.")

    def _is_elsewhere(self, owner: str) -> bool:
        """Whether another query judges a relation."""
        sources = set(self.query.sources)
        if owner in self.main.streams.program.by_name and self.main.streams.program.by_name[owner].kind == "source":
            return owner not in sources
        return not any(source in self.main.streams.upstream(owner) for source in sources - self.query.again)

    def _judge(self, move: Judging) -> None:
        source = move.relation.name
        in_time = self.held.get(source)
        if source in self.passed:
            self.held[source] = self.passed[source]
        super()._judge(move)
        if in_time is not None:
            self.held[source] = in_time
        if move.relation.name in self.query.again:
            # Another query tells of it: here it is judged for what stops the run.
            name, guard, statement = self.statements.pop()
            self.statements.append(
                (name, guard, exchanged(statement, lambda node: py.DictOf() if node == REPORT else node))
            )

    def _split(self, move: Splitting, is_used: bool) -> None:
        source = move.relation.name
        said = (py.String(source), self.passed[source], self.held[source], py.String(move.time))
        late = py.call("came_late", REPORT, *said)
        if is_used:
            self._hold(move.name, late, self.all)
        else:
            self._add(source, self.all, py.Evaluate(late))

    def _root(self, name: str) -> tuple[py.Expr, ...]:
        return self.main._root(name)

    def _hold(self, name: str, value: py.Expr, guard: frozenset[str]) -> None:
        if name in self.passed:
            # Under the source's own name those go on that are in time.
            self.passed[name] = value
            return
        super()._hold(name, value, guard)
        match value:
            case py.Call(py.Attribute(_, "cache")):
                self.kept.append(self.held[name])
            case _:
                pass

    def _store(self, move: Storing) -> None:
        place = self._root(move.connection)
        write = py.Name(move.write.definition.name)
        rows, streams = self.held[move.relation], self.main.streams
        last = streams.last_behind(move.relation)
        key = streams.key_behind(move.name)
        if last is not None and key is not None:
            names = [(py.String(name), py.String(was)) for name, was in key.items()]
            rows = py.call("with_gone", rows, self.held[last.name], py.DictOf(tuple(names)))
        made_ = py.call("store", REPORT, py.String(move.name), rows, write, *place, BATCH)
        self._add(move.name, self.all, py.Evaluate(made_))


def _frame(name: str) -> py.Expr:
    return py.Subscript(ROWS, (py.String(name),))
