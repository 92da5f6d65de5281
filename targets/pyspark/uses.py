"""What in a module uses which rows."""

from collections.abc import Mapping

from oftra.targets.pyspark.moves import Function, Gating, Judging, Making, Module, Naming, Narrowing, Storing


def lone_uses(module: Module, answer: "Function | str | None") -> Mapping[str, str]:
    """Rows that one function is given, alone, and nothing else needs: the statement that calls it, without them."""
    same = {move.name: move.other for move in module.moves if isinstance(move, Naming)}
    found: dict[str, list[str]] = {}

    def use(names: tuple[str, ...], line: str = "") -> None:
        for name in names:
            found.setdefault(same.get(name, name), []).append(line if len(names) == 1 else "")

    for move in module.moves:
        match move:
            case Making(name, function=function):
                use(function.relations, f"{module.called[name]}_df = {function.definition.name}().cache()")
            case Storing(make=Function() as function):
                use(function.relations, f"rows = {function.definition.name}()")
            case Storing(relation=rows) | Narrowing(other=rows):
                use((rows,))
            case Judging(counts=Function() as function) | Gating(function=function):
                use(function.relations)
            case _:
                pass
    if isinstance(answer, Function):
        use(answer.relations)
    elif answer is not None:
        use((answer,))
    return {name: lines[0] for name, lines in found.items() if len(lines) == 1 and lines[0]}
