"""`%%space`, `%space` and `%models`: thin. They parse a line, delegate, and say errors in one line."""

from jupyter_spaces.magics.extension import load, unload

__all__ = ["load", "unload"]
