"""Frames that count groups of peers, which Spark lacks: the groups are numbered, and the frame goes by the numbers.

sum(x) over (order by k groups 1 preceding)     n = dense_rank() over (order by k)
                                                sum(x) over (order by n range 1 preceding)
"""

from dataclasses import replace

from oftra.datatypes import BIGINT
from oftra.ir.expr import Column, Frame, SortKey, WindowCall
from oftra.ir.rel import Item, Rel, Window
from oftra.targets.engines.spark.correlation import Names, only


def numbered(rel: Window, names: Names) -> Rel:
    """`rel` without frames that count groups."""
    numbers: dict[WindowCall, Column] = {}
    items: list[Item] = []
    for item in rel.items:
        call = item.value
        assert isinstance(call, WindowCall)
        if call.frame is None or call.frame.unit != "groups" or call.frame.exclude is not None:
            items.append(item)
            continue
        by_value = Frame("range", call.frame.start, call.frame.end)
        if call.frame.start.offset is None and call.frame.end.offset is None:
            items.append(Item(item.column, replace(call, frame=by_value)))
            continue
        number = WindowCall("dense_rank", (), BIGINT, False, call.partition_by, call.order_by)
        if number not in numbers:
            beside = (*rel.columns, *numbers.values())
            numbers[number] = names.count("group", beside)
        items.append(Item(item.column, replace(call, order_by=(SortKey(numbers[number]),), frame=by_value)))
    if not numbers:
        return rel if tuple(items) == rel.items else Window(rel.source, tuple(items), span=rel.span)
    groups = Window(rel.source, tuple([Item(column, number) for number, column in numbers.items()]), span=rel.span)
    return only(Window(groups, tuple(items), span=rel.span), rel.columns)
