"""The first row of each key: in a stream `dropDuplicates` says it, where no function over rows is known."""

from oftra.ir.expr import Call, Column, Literal, WindowCall
from oftra.ir.rel import Filter, Rel, Window


def keys_of_first(rel: Rel) -> tuple[Column, ...] | None:
    """The columns of which `rel` keeps one row for each combination, if that is all that it does.

    Which row it keeps is no matter: what puts them in order is the same in all.
    """
    match rel:
        case Filter(Window(_, (item,)), Call("equal", (Column() as number, Literal(1)))) if number.id == item.column.id:
            call = item.value
        case _:
            return None
    if not isinstance(call, WindowCall) or call.function != "row_number" or not call.partition_by:
        return None
    keys = tuple([one for one in call.partition_by if isinstance(one, Column)])
    ids = {one.id for one in keys}
    in_order = [key.expr for key in call.order_by]
    if len(keys) < len(call.partition_by) or any(not isinstance(one, Column) or one.id not in ids for one in in_order):
        return None
    return keys
