"""Dataclasses that are cheap to define: a scan of a small file defines 138 of them before it does anything.

The standard library compiles six methods a class from text (Python 3.11 and 3.12 one by one), .6 ms in all, a
fifth of the time of a small scan. Here ``__init__`` alone is compiled; the other methods are shared. To type
checkers, to `dataclasses.fields`, ``replace`` and ``asdict``, and to msgspec the classes are dataclasses.

Classes of the public API keep the standard library's decorator: from it the documentation takes signatures.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

_Class = TypeVar("_Class", bound=type)

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # which type checkers know best
else:

    def dataclass(*, frozen: bool, slots: bool = False) -> Callable[[_Class], _Class]:
        """Make a class a frozen dataclass, with the fields and methods that the standard library gives it.

        Parameters
        ----------
        frozen : bool
            True: what rooms hand to each other cannot be changed on the way.
        slots : bool
            False where a class keeps what it has worked out once.

        Examples
        --------
        >>> @dataclass(frozen=True, slots=True)
        ... class Box:
        ...     width: int
        ...     height: int = 1
        >>> Box(3), Box(3) == Box(3, 1), len({Box(3), Box(3, 1)})
        (Box(width=3, height=1), True, 1)
        >>> dataclasses.replace(Box(3), height=2)
        Box(width=3, height=2)
        >>> Box(3).width = 4
        Traceback (most recent call last):
        dataclasses.FrozenInstanceError: cannot assign to field 'width'
        """
        if not frozen:
            raise TypeError("what rooms hand to each other is frozen")

        def define(plain: _Class) -> _Class:
            carrier = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(plain)
            fields = dataclasses.fields(carrier)
            values = _values_getter([field.name for field in fields])
            methods = {
                "__init__": _compile_init(fields, carrier),
                "__repr__": _represent,
                "__eq__": _comparison(values),
                "__hash__": lambda self: hash(values(self)),
                "__setattr__": _refuse_to_set,
                "__delattr__": _refuse_to_delete,
            }
            if slots:
                methods |= {"__getstate__": lambda self: values(self), "__setstate__": _restore}
            for name, method in methods.items():
                if (
                    name not in vars(plain) or name == "__hash__"
                ):  # of a class's own methods, Python adds this
                    setattr(carrier, name, method)
            return carrier

        return define


def _values_getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Return a function from an object to the values of its fields."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda carrier: tuple(getattr(carrier, name) for name in names)


def _compile_init(fields: tuple[dataclasses.Field[Any], ...], carrier: type) -> Callable[..., None]:
    """Compile ``__init__``: called for every hit and finding, it must be as quick as one written by hand."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_missing": dataclasses.MISSING}
    parameters, body, has_default = [], [], False
    for field in fields:
        name, value = field.name, field.name
        if field.default is not dataclasses.MISSING:
            known[f"_{name}"] = field.default
            parameters.append(f"{name}=_{name}")
        elif field.default_factory is not dataclasses.MISSING:
            known[f"_{name}"] = field.default_factory
            parameters.append(f"{name}=_missing")
            value = f"_{name}() if {name} is _missing else {name}"
        elif has_default:
            raise TypeError(f"non-default argument {name!r} follows default argument")
        else:
            parameters.append(name)
        has_default = has_default or "=" in parameters[-1]
        body.append(f"_set(self, {name!r}, {value})")
    exec(f"def __init__(self, {', '.join(parameters)}):\n {'; '.join(body) or 'pass'}", known)
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{carrier.__qualname__}.__init__"
    return init


def _represent(self: Any) -> str:
    content = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self))
    return f"{type(self).__qualname__}({content})"


def _comparison(values: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any, object], Any]:
    return lambda self, other: values(self) == values(other) if type(other) is type(self) else NotImplemented


def _refuse_to_set(self: Any, name: str, _value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _restore(self: Any, state: tuple[Any, ...]) -> None:
    """Set the values of a pickled object."""
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
