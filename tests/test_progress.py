"""The time that is left, as a run says it."""

import random
import sys

import pytest

from xltlib.runs.progress import Reporter


def test_quick_cells_do_not_make_the_analyses_look_quick(capsys):
    """Cells that took a tenth of what was guessed say nothing about figures and tables."""
    cells = {f"m{n}": ("method", 20.0) for n in range(3)}
    analyses = {f"a{n}": ("analysis", 10.0) for n in range(4)}
    with Reporter(cells | analyses, 7, 1) as reporter:
        assert reporter.seconds_left() == pytest.approx(100)
        reporter.finished("m0", "prompt hau", 2.0)
        assert reporter.seconds_left() == pytest.approx(2 * 2 + 40)
        reporter.finished("m1", "prompt kin", 2.0)
        reporter.finished("m2", "prompt lug", 2.0)
        assert reporter.seconds_left() == pytest.approx(40)
        reporter.finished("a0", "scores", 5.0)
        assert reporter.seconds_left() == pytest.approx(15)
        reporter.finished("another", "was not planned", 1.0)
        assert reporter.seconds_left() == pytest.approx(15)
    assert "prompt hau: 2.0 s (about 44 s left)" in capsys.readouterr().out


def test_the_time_left_takes_no_longer_to_tell_of_many_cells(capsys):
    """A line per cell of a large grid: what is added up does not grow with what still waits."""

    def steps(cells: int) -> int:
        """Lines of ours that run while a cell of many ends."""
        counted = 0

        def count(frame, event, _):
            nonlocal counted
            counted += event == "line" and frame.f_code.co_filename.endswith("progress.py")
            return count

        reporter = Reporter({f"m{n}": ("method", 0.001) for n in range(cells)}, cells, 1)
        before = sys.gettrace()
        sys.settrace(count)
        try:
            reporter.finished("m0", "prompt hau", 0.001)
        finally:
            sys.settrace(before)
        return counted

    assert steps(3) == steps(3000)


def test_the_time_left_ends_at_nothing(capsys):
    draw = random.Random(1)
    cells = {f"m{n}": (draw.choice("ab"), draw.random() * 100) for n in range(500)}
    reporter = Reporter(cells, len(cells), 3)
    waiting = dict(cells)
    for n, (name, (_, seconds)) in enumerate(cells.items()):
        del waiting[name]
        reporter.finished(name, name, seconds)  # as was guessed, so that no kind is corrected
        assert reporter.seconds_left() == pytest.approx(
            sum(s for _, s in waiting.values()) / 3, abs=1e-6
        ), n
    assert "(about" not in capsys.readouterr().out.splitlines()[-1]
