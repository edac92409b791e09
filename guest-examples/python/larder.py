"""Declares at each task how it is cached, and answers with all of them when the host asks for the manifest.

    from larder import Manifest, cached_task
    from wit_world import exports

    class Text(exports.Text):
        @cached_task("1")
        def measure(self, text: str) -> int: ...

`Manifest` is imported because componentize-py looks for it in the app, as it looks for `Text`. A task without a
decorator runs, and is not cached. All of this happens while the component is built, so a task that the interface does
not have fails the build. It never looks at a task's arguments: a decorated method is the method as it was written.
"""

import linecache
import traceback  # noqa: F401  (Python prints exceptions by it, if it is there when a task runs)
from collections.abc import Callable, Sequence
from functools import partial
from pkgutil import iter_modules
from types import FunctionType
from typing import Any, Literal, TypeVar, cast

from wit_world import exports
from wit_world.exports import manifest

Named = Literal["small", "medium", "large", "small-gpu", "large-gpu"]
Method = TypeVar("Method", bound=Callable[..., Any])

PINNED = manifest.Version_Pinned()
"""The version of a task whose results are good for exactly this code: `@cached_task(PINNED)`."""

_SIZES: dict[str, manifest.Size] = {
    "small": manifest.Size_Small(),
    "medium": manifest.Size_Medium(),
    "large": manifest.Size_Large(),
    "small-gpu": manifest.Size_SmallGpu(),
    "large-gpu": manifest.Size_LargeGpu(),
}
_SCOPES = {"account": manifest.Scope.ACCOUNT, "workflow": manifest.Scope.WORKFLOW}
_tasks: list[manifest.Task] = []


class Manifest(exports.Manifest):
    """What the component says of its tasks: whatever was decorated."""

    def tasks(self) -> list[manifest.Task]:
        return _tasks


def custom(*, cpus: int, memory_mib: int, storage_mib: int, gpus: int = 0) -> manifest.Size:
    """A size of one's own."""
    return manifest.Size_Custom(manifest.Resources(cpus, memory_mib, storage_mib, gpus))


def task(
    *,
    size: Named | manifest.Size = "small",
    timeout_seconds: int | None = None,
    needs: Sequence[manifest.Capability] = (),
    file_names: bool = False,
    name: str | None = None,
) -> Callable[[Method], Method]:
    """A task that is not cached. What it `needs` of the world outside it gets if the operator grants it.

    `name` is for what cannot be told from the method and its class: `component#function` for a function of the world
    itself, interfaces with equal names, and words in capitals.
    """
    return _declare(None, size, timeout_seconds, needs, file_names, name)


def cached_task(
    version: str | manifest.Version_Pinned,
    *,
    size: Named | manifest.Size = "small",
    scope: Literal["account", "workflow"] = "account",
    cache_errors: bool = False,
    timeout_seconds: int | None = None,
    file_names: bool = False,
    name: str | None = None,
) -> Callable[[Method], Method]:
    """A task whose results are kept: they stay good for as long as `version` is the same text, or the code if `PINNED`.

    `cache_errors` keeps an `Err` as well, and `file_names` makes the names of files inputs too.
    """
    kept_for = manifest.Version_Declared(version) if isinstance(version, str) else version
    if not isinstance(kept_for, (manifest.Version_Declared, manifest.Version_Pinned)):
        raise TypeError('a cached task has a version: @cached_task("1"), or @cached_task(PINNED)')
    if scope not in _SCOPES:
        raise ValueError(f"there is no scope {scope!r}: take {' or '.join(_SCOPES)}")
    cache = manifest.Cache(kept_for, _SCOPES[scope], cache_errors)
    return _declare(cache, size, timeout_seconds, (), file_names, name)


small_task, cached_small_task = partial(task, size="small"), partial(cached_task, size="small")
medium_task, cached_medium_task = partial(task, size="medium"), partial(cached_task, size="medium")
large_task, cached_large_task = partial(task, size="large"), partial(cached_task, size="large")
small_gpu_task, cached_small_gpu_task = partial(task, size="small-gpu"), partial(cached_task, size="small-gpu")
large_gpu_task, cached_large_gpu_task = partial(task, size="large-gpu"), partial(cached_task, size="large-gpu")


def _declare(
    cache: manifest.Cache | None,
    size: Named | manifest.Size,
    timeout_seconds: int | None,
    needs: Sequence[manifest.Capability],
    file_names: bool,
    name: str | None,
) -> Callable[[Method], Method]:
    if isinstance(size, str):
        if size not in _SIZES:
            raise ValueError(f"there is no size {size!r}: take {', '.join(_SIZES)}, or custom(…)")
        size = _SIZES[size]
    declared = manifest.Task(name or "", size, cache, timeout_seconds, list(needs), file_names)

    def decorate(method: Method) -> Method:
        if not isinstance(method, FunctionType) or "." not in method.__qualname__:
            raise TypeError(f"{method!r} is no task: decorate the methods of a class such as Text(exports.Text), once")
        _keep_source(method.__code__.co_filename)
        return cast(Method, _Declaration(method, declared))

    return decorate


def _keep_source(path: str) -> None:
    """Lets a traceback show the lines that failed: when a task runs, its source is not there to be read."""
    lines = linecache.getlines(path)
    # Without a time of modification nobody looks whether the file is still there.
    linecache.cache[path] = (sum(map(len, lines)), None, lines, path)


class _Declaration:
    """Stands in a class's body for a method, until the class is there to say which interface it belongs to."""

    def __init__(self, method: FunctionType, declared: manifest.Task) -> None:
        self.method, self.declared = method, declared

    def __set_name__(self, owner: type, name: str) -> None:
        setattr(owner, name, self.method)
        self.declared.name = self.declared.name or f"{_interface(owner, name)}#{_kebab(name)}"
        _tasks.append(self.declared)


def _interface(owner: type, method: str) -> str:
    """The WIT name of the interface that a class implements, once it is sure to have this function."""
    interface = next((base for base in owner.__mro__ if base.__module__ == exports.__name__), None)
    if interface is None:
        raise TypeError(
            f"{owner.__name__}.{method} is no task: {owner.__name__} has to be derived from an interface of "
            "wit_world.exports, or the decorator to say name='interface#function'"
        )
    functions = [name for name in vars(interface) if not name.startswith("_")]
    if method not in functions:
        raise TypeError(f"{interface.__name__} has no task {method!r}, only {', '.join(functions)}")
    # Of `Mp3Tags` nothing says where its words end. The bindings have a module for each interface that does: mp3_tags.
    modules = (module.name for module in iter_modules(exports.__path__))
    return next(_kebab(module) for module in modules if _pascal(module) == interface.__name__)


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _kebab(name: str) -> str:
    """The WIT name of what is called so in Python, where a name that Python keeps for itself ends with `_`."""
    return name.rstrip("_").replace("_", "-")
