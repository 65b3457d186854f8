"""Tasks: how an example becomes a prompt, and how an output becomes an answer and a score."""

from importlib import import_module

from ..config import TASKS
from ..errors import not_one_of
from .base import INVALID, Invalid, Project, Task, Translate

__all__ = ["INVALID", "Invalid", "Project", "Task", "Translate", "get"]


def get(name: str) -> Task:
    """The task of a name. Raises :class:`XltError` for a name that is no task."""
    if name not in TASKS:
        raise not_one_of("task", name, TASKS)
    return import_module(f"{__name__}.{name}")
