"""Signals that end a program, heeded as Ctrl-C is: what runs is ended, what is done is kept."""

import os
import signal
import threading
from collections.abc import Callable

SAID = "Interrupted: the same command goes on where this one stopped."
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no HUP
_Handler = Callable[[int, object], None]


def end_at_once() -> None:
    """Let the signals end the process where it stands, with the message and status of a run's end.

    For the seconds of start-up, in which nothing is under way that would have to be ended, and in
    which an exception out of a handler may be lost or changed by whatever is being imported.
    """
    _take(_end)


def heed() -> list[int]:
    """Let INT, TERM and HUP raise ``KeyboardInterrupt``; gives a list that holds those that came.

    Schedulers, containers and closed terminals send them. What ``nohup`` or a shell's background
    has set to be ignored stays ignored.
    """
    came: list[int] = []

    def interrupt(number: int, _: object) -> None:
        came.append(number)
        raise KeyboardInterrupt

    _take(interrupt)
    return came


def _end(number: int, _: object) -> None:
    os.write(2, f"\n{SAID}\n".encode())
    os._exit(128 + number)


def _take(handler: _Handler) -> None:
    if threading.current_thread() is not threading.main_thread():
        return
    for name in _ENDING:
        number = getattr(signal, name, None)
        if number is None:
            continue
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler, _end):
            signal.signal(number, handler)
