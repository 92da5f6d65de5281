"""OF04: what streams can and can't do.

The refusals of streaming programs belong here; bounds and kinds of change are inferred already, and shown.
"""
