"""Lay another implementation over the library's, so that everything which uses the library uses it."""

import ast
import importlib
import pkgutil
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager

Namespace = dict[str, object]  # functions and classes, by name
LACKING = ("tinyllm.pretrained.gguf",)  # need packages that may not be there


def import_all():
    """Import every module of the library. One that came later would keep what was laid over it then."""
    import tinyllm
    for module in pkgutil.walk_packages(tinyllm.__path__, "tinyllm."):
        if module.name not in LACKING:
            importlib.import_module(module.name)


@contextmanager
def laid_over(module: types.ModuleType, names: Namespace) -> Iterator[None]:
    """Inside the `with` every module of the library has these in the place of the functions and classes of that name."""
    import_all()
    originals = {id(getattr(module, name)): value for name, value in names.items()}
    changed = []
    for path, other in list(sys.modules.items()):
        if path.split(".")[0] == "tinyllm":
            changed += [(other, name, value) for name, value in vars(other).items() if id(value) in originals]
    for other, name, value in changed:
        setattr(other, name, originals[id(value)])
    try:
        yield
    finally:
        for other, name, value in changed:
            setattr(other, name, value)


def run_source(source: str, name: str, path: str) -> Namespace:
    """What a source defines when it is run, under this module's name. path: what a traceback calls it."""
    made = types.ModuleType(name)
    made.__file__, made.__package__ = path, name.rpartition(".")[0]
    before = sys.modules.get(name)
    sys.modules[name] = made  # a dataclass looks its module up there
    try:
        exec(compile(source, path, "exec"), vars(made))
    finally:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
    return vars(made)


def unwritten(tree: ast.Module) -> Iterator[str]:
    """The functions, and the methods as "Class.method", that do nothing but raise NotImplementedError."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{inner.name}" for inner in node.body if is_unwritten(inner))
        elif is_unwritten(node):
            yield node.name


def is_unwritten(node: ast.AST) -> bool:
    """Whether this is a function of a docstring and `raise NotImplementedError`."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    raised = getattr(node.body[-1], "exc", None)
    return isinstance(node.body[-1], ast.Raise) and "NotImplementedError" in (ast.unparse(raised) if raised else "")


def fill_in(own: type, library: type, lacking: set[str]) -> type:
    """The learner's class with the library's methods in the place of those that are unwritten or not there."""
    has_own_start = "__init__" in vars(own) and "__init__" not in lacking
    for name, value in vars(library).items():
        is_there = name in vars(own) and name not in lacking
        is_about_itself = name in ("__dict__", "__weakref__", "__module__", "__doc__", "__qualname__")
        freezes = has_own_start and name in ("__setattr__", "__delattr__")  # of a dataclass that the learner has not made
        if not (is_there or is_about_itself or freezes):
            setattr(own, name, belonging_to(own, value))
    return own


def belonging_to(own: type, value: object) -> object:
    """The library's method as a method of another class, so that its `super()` works there."""
    if isinstance(value, property):
        return property(*(belonging_to(own, part) for part in (value.fget, value.fset, value.fdel)))
    if isinstance(value, classmethod | staticmethod):
        return type(value)(belonging_to(own, value.__func__))
    if not isinstance(value, types.FunctionType) or "__class__" not in value.__code__.co_freevars:
        return value
    cells = [types.CellType(own) if name == "__class__" else cell
             for name, cell in zip(value.__code__.co_freevars, value.__closure__, strict=True)]
    made = types.FunctionType(value.__code__, value.__globals__, value.__name__, value.__defaults__, tuple(cells))
    made.__kwdefaults__ = value.__kwdefaults__
    return made
