from oftra.functions.model import Function

FUNCTIONS: tuple[Function, ...] = ()
