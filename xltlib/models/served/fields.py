"""The fields of a request that servers differ in: those that constrain, those that they refuse."""

import json
import re
import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from .connection import Connection, Refused

# A field that some servers refuse -> how a request does without it.
_INSTEAD: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "max_tokens": lambda body: {"max_completion_tokens": body["max_tokens"]} | _but(body, "max_"),
    "temperature": lambda body: _but(body, "temperature"),
    "stop": lambda body: _but(body, "stop"),
}


def _but(body: dict[str, Any], field: str) -> dict[str, Any]:
    return {k: v for k, v in body.items() if not k.startswith(field)}


class Fields:
    """Sends requests without the fields that this server has refused before.

    ``max_tokens`` has another name where a server says so; ``temperature: 0`` and ``stop`` can be
    done without, the first with a warning, since answers are then drawn at random.
    """

    def __init__(self, connection: Connection, path: str):
        self._connection, self._path = connection, path
        self._without: set[str] = set()
        self._adapting = threading.Lock()

    def send(
        self,
        body: dict[str, Any],
        read: Callable[[Any], Any],
        stop: threading.Event | None = None,
    ) -> Any:
        """What ``read`` makes of the answer to ``body``; raises as :meth:`Connection.post`."""
        while True:
            without = frozenset(self._without)
            taken = body
            for field in sorted(without & set(body)):
                taken = _INSTEAD[field](taken)
            try:
                return self._connection.post(self._path, taken, stop or threading.Event(), read)
            except Refused as error:
                left = [
                    field
                    for field in _INSTEAD
                    if field in body and re.search(rf"\b{field}\b", error.said)
                ]
                if error.status not in (400, 422) or not left or left[0] in without:
                    raise
                self._do_without(left[0])

    def _do_without(self, field: str) -> None:
        with self._adapting:
            known = field in self._without
            self._without.add(field)
        if field == "temperature" and not known:
            connection = self._connection
            warnings.warn(
                f"endpoint {connection.base} refuses `temperature: 0` for {connection.name!r}: its "
                "answers are drawn at random by its own settings, another run gives others",
                stacklevel=2,
            )


def constraints(options: Sequence[str]) -> dict[str, Any]:
    """Field of a request -> its value that lets the model write one of ``options`` alone."""
    quoted = (json.dumps(option, ensure_ascii=False) for option in options)
    return {
        "structured_outputs": {"choice": list(options)},  # vLLM from 0.11 on
        "guided_choice": list(options),  # vLLM before
        "grammar": "root ::= " + " | ".join(quoted),  # llama.cpp, GBNF
    }
