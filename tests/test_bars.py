"""Progress is for people who wait, and stays out of executed notebooks, CI and logs."""

import io
import sys

import pytest

from xltlib import bars


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal(monkeypatch) -> Screen:
    """A terminal with somebody in front of it."""
    for name in ("XLTLIB_CELL", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "stderr", Screen())
    return sys.stderr


def test_a_terminal_sees_how_much_is_done(monkeypatch):
    screen = terminal(monkeypatch)
    assert list(bars.each([1, 2, 3], "prompt topics")) == [1, 2, 3]
    assert "prompt topics" in screen.getvalue() and "0/3" in screen.getvalue()


@pytest.mark.parametrize("name", ["XLTLIB_CELL", "CI"])
def test_cells_of_a_run_and_ci_see_nothing(monkeypatch, name):
    screen = terminal(monkeypatch)
    monkeypatch.setenv(name, "1")
    assert list(bars.each([1, 2], "x")) == [1, 2] and screen.getvalue() == ""


def test_a_log_sees_nothing(monkeypatch):
    terminal(monkeypatch)
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    count = bars.counter("adapting")
    count(1, 2), count(2, 2)
    assert log.getvalue() == ""


def test_a_counter_goes_on_where_a_killed_run_stopped(monkeypatch):
    screen = terminal(monkeypatch)
    count = bars.counter("adapting")
    for done in (8, 9, 10):
        count(done, 10)
    assert "adapting" in screen.getvalue() and "7/10" in screen.getvalue()


def test_a_notebook_that_is_open_is_watched(monkeypatch):
    class ZMQInteractiveShell: ...

    for name in ("XLTLIB_CELL", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert bars.quiet()
    monkeypatch.setitem(
        sys.modules, "IPython", type("Face", (), {"get_ipython": ZMQInteractiveShell})
    )
    assert not bars.quiet()
