"""Signals that end a program, heeded as Ctrl-C is: what runs is ended, what is done is kept."""

import signal
import threading


def heed() -> list[int]:
    """Let TERM and HUP raise ``KeyboardInterrupt``; gives a list that holds those that came.

    Schedulers, containers and closed terminals send them. What ``nohup`` has set to be ignored
    stays ignored.
    """
    came: list[int] = []

    def interrupt(number: int, _: object) -> None:
        came.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows has no HUP
            if number is not None and signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, interrupt)
    return came
