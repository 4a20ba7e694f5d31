"""The body of a `%%space` cell: run it where the notebook runs, and find the functions that it defines.

The cell is IPython's: it goes through the same transformation, compiler cache and display of the last expression as any
cell, so that magics in it work, `inspect.getsource` finds its functions and a traceback names the cell and line. An
error propagates, so that the outer cell fails with it; its traceback starts in the cell, not in this machinery.
"""

from __future__ import annotations

import ast
import traceback
from collections.abc import Callable
from typing import Any

from IPython.core.error import UsageError

from jupyter_spaces.errors import did_you_mean


def run_body(shell: Any, body: str) -> ast.Module:
    """Run the body in the notebook's namespace and return its syntax tree. Errors of the body propagate."""
    __tracebackhide__ = True
    # Below the line of the magic, so that line numbers are those of the cell.
    source = "\n" + shell.transform_cell(body)
    if shell.should_run_async(body, transformed_cell=source):
        raise UsageError(
            "%%space: the cell awaits at its top level, and a magic cannot be awaited. Move the await into a cell of "
            "its own, or into an `async def`, which makes an async endpoint."
        )
    filename = shell.compile.cache(source, shell.execution_count, raw_code=body)
    try:
        tree: ast.Module = shell.compile.ast_parse(source, filename=filename)
    except SyntaxError as error:
        # IPython would show the frames of this machinery before it.
        _, *lines = traceback.format_exception_only(error)
        raise UsageError(f"%%space, line {error.lineno} of the cell:\n{''.join(lines).rstrip()}") from None
    shown = shell.transform_ast(ast.parse(source, filename=filename))
    # The value of a last line that is an expression is displayed, as in any cell.
    last = [shown.body.pop()] if shown.body and isinstance(shown.body[-1], ast.Expr) else []
    silent = source.rstrip().endswith(";")
    programs = [shell.compile(shown, filename, "exec")]
    if last:
        value = ast.Module(last, []) if silent else ast.Interactive(last)
        programs.append(shell.compile(value, filename, "exec" if silent else "single"))
    try:
        for program in programs:
            exec(program, shell.user_global_ns, shell.user_ns)
    except Exception as error:
        begin_traceback_in_cells(error, shell)
        raise
    return tree


def endpoint_functions(tree: ast.Module, namespace: dict[str, Any]) -> dict[str, Callable[..., Any]]:
    """The public functions that the cell defines, in order; limited by `__all__` if the cell sets it."""
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    public = [name for name in dict.fromkeys(names) if not name.startswith("_")]
    if _assigns_all(tree):
        wanted = list(namespace["__all__"])
        for name in wanted:
            if name not in names:
                raise UsageError(
                    f"%%space: __all__ names {name!r}, which is no function of this cell.{did_you_mean(name, names)} "
                    f"It defines {', '.join(names) or 'none'}."
                )
        public = [name for name in dict.fromkeys(names) if name in wanted]
    return {name: namespace[name] for name in public if callable(namespace.get(name))}


def _assigns_all(tree: ast.Module) -> bool:
    targets = [
        target
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def begin_traceback_in_cells(error: Exception, shell: Any) -> None:
    """Let IPython show the traceback from the first frame in a cell on, without the machinery before it.

    For an error that has a cause (`CallError`) it is the traceback of the cause, then the error's own line. What
    `%debug` and `sys.last_traceback` see stays whole.
    """
    shown = error.__cause__ or error
    frames = shown.__traceback__
    while frames is not None and not _is_cell(frames.tb_frame.f_code.co_filename, shell):
        frames = frames.tb_next
    if frames is None or hasattr(error, "_render_traceback_"):
        return
    lines = shell.InteractiveTB.structured_traceback(type(shown), shown, frames)
    if shown is not error:
        lines = [*lines, "", f"{type(error).__name__}: {error}"]
    # IPython's hook for exceptions that render themselves (InteractiveShell.showtraceback).
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]


def _is_cell(filename: str, shell: Any) -> bool:
    return shell.compile.format_code_name(filename) is not None
