"""Tasks: how an example becomes a prompt, and how an output becomes an answer and a score.

A task is a module of this folder with a ``TASK``; that it lies here is all that makes it one.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from ..config import Language
from ..errors import XltError, not_one_of
from .base import INVALID, Invalid, Project, Task, Translate

__all__ = [
    "INVALID",
    "Invalid",
    "Project",
    "Task",
    "Translate",
    "check_words",
    "every",
    "get",
    "names",
]


@cache
def every() -> tuple[Task, ...]:
    """All tasks in the order of tables: by their ``place``, then by name."""
    modules = [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__)]
    found = [module.TASK for module in modules if hasattr(module, "TASK")]
    return tuple(sorted(found, key=lambda task: (task.place, task.name)))


def names() -> tuple[str, ...]:
    """The names of all tasks in the order of tables."""
    return tuple(task.name for task in every())


def get(name: str) -> Task:
    """The task of a name. Raises :class:`XltError` for a name that is no task."""
    for task in every():
        if task.name == name:
            return task
    raise not_one_of("task", name, names())


def check_words(language: Language) -> None:
    """Refuse words that a language's file has for a task that there is not."""
    for block in ("prompts", "words"):
        if unknown := [name for name in getattr(language, block) if name not in names()]:
            raise XltError(
                f"the file of language {language.code!r} has {block}.{unknown[0]}, but there is no "
                f"such task: the tasks are {', '.join(names())}"
            )
