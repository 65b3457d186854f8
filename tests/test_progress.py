"""The time that is left, as a run says it."""

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
