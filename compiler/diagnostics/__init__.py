"""What Oftra has to say about a program: one class a message, one module an area.

An area's module (`syntax`, `names`, `typecheck`, ...) declares the classes; `model` holds what they share, `report`
collects them during a compile, `render` turns them into text for people and for machines.
"""

from oftra.diagnostics.model import CODES, Diagnostic, Edit, Label, Severity
from oftra.diagnostics.report import Report

__all__ = ["CODES", "Diagnostic", "Edit", "Label", "Report", "Severity"]
