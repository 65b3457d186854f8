"""``python -m xltlib calibrate``: a table in its place, and a status that says whether it holds."""

import pandas as pd
import pytest

from xltlib import cli, paths
from xltlib.stats import calibrate


@pytest.fixture
def simulated(home, monkeypatch):
    """The command with a simulation that takes no time; its rate is what the test sets."""
    rates = [0.05]

    def simulate(experiments, items, seed):
        row = {"check": "a test", "what": "rejections", "experiments": experiments, "items": items}
        row |= {"rate": rates[0], "expected": 0.05, "lowest": 0.04, "highest": 0.06}
        return pd.DataFrame([row | {"within": 0.04 <= rates[0] <= 0.06, "note": f"seed {seed}"}])

    monkeypatch.setattr(calibrate, "calibrate", simulate)
    return rates, home


def run(*options: str) -> int:
    with pytest.raises(SystemExit) as end:
        cli.main(["calibrate", *options])
    return end.value.code


def test_the_table_lands_with_the_figures(simulated, capsys):
    _, home = simulated
    assert run("--seed", "3") == 0
    assert "1 of 1 checks within their bounds" in capsys.readouterr().out
    folder = home / "figures" / "calibration" / "tables"
    assert {p.name for p in folder.iterdir()} == {
        f"calibration.{kind}" for kind in ("csv", "md", "tex", "meta.json")
    }
    assert "seed 3" in (folder / "calibration.csv").read_text(encoding="utf-8")
    assert run("--out", str(home / "x")) == 0 and (home / "x" / "calibration.csv").is_file()


def test_a_rate_out_of_bounds_is_named(simulated, capsys):
    rates, _ = simulated
    rates[0] = 0.09
    assert run() == 1
    assert "outside: a test, rejections 0.0900, bounds 0.040 to 0.060" in capsys.readouterr().out
    assert run("--experiments", "0") == 2


def test_the_table_of_all_checks_fits_a_paper(home, monkeypatch):
    """With the names and notes of the published table, whose LaTeX is compiled elsewhere."""
    published = paths.published("calibration") / "tables" / "calibration.csv"
    rows = pd.read_csv(published, keep_default_na=False)
    rows["within"] = rows["within"].astype(str).eq("True")
    full = rows.assign(experiments=2000, items=200, expected=0.05)
    monkeypatch.setattr(calibrate, "calibrate", lambda **_: full)
    assert run() in (0, 1)
    folder = home / "figures" / "calibration" / "tables"
    assert "2,000 experiments of 200 items each" in (folder / "calibration.md").read_text("utf-8")
    assert (folder / "calibration.tex").is_file(), "there is no LaTeX of what fits no line"
