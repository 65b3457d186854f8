"""The benchmarks start, measure what they say, and say when a bar is missed."""

import pytest

from benchmarks import __main__ as command
from benchmarks import gpu, growth, precision, training


def test_training_is_measured_beside_the_trainer(shared_data):
    found = training.measure(shared_data, lines=40)
    assert found.keys() >= training.BARS.keys()
    assert found["ratio"] == pytest.approx(found["ours tokens/s"] / found["Trainer tokens/s"])
    for side in ("ours", "Trainer"):
        assert found[f"{side} held-out loss"] < found["held-out loss before"]


def test_the_gpus_shares_are_those_of_what_must_be_read(shared_data):
    found = gpu.measure(shared_data, device="cpu", shape="tiny", items=8)
    assert found.keys() >= gpu.BARS.keys() and min(found.values()) > 0
    assert found["scoring tokens / distinct"] < 1.1


def test_a_missed_bar_is_an_exit_status(shared_data, tmp_path, monkeypatch, capsys):
    arguments = ["benchmarks", "precision", "--data-dir", str(shared_data), "--out", str(tmp_path)]
    monkeypatch.setattr("sys.argv", arguments)
    monkeypatch.setattr(precision, "measure", lambda data_dir: {"label flips": 1.0})
    assert command.main() == 0
    monkeypatch.setattr(precision, "BARS", {"label flips": 2.0})
    assert command.main() == 1
    assert "precision, label flips: 1" in capsys.readouterr().out
    assert "label flips" in (tmp_path / "results.md").read_text(encoding="utf-8")


def test_exponents_are_slopes():
    rows = [{"x": x, "cpu": 3.0 * x**1.5} for x in (0, 1, 2, 4)]
    assert growth.exponents({"items": rows}) == {"items": pytest.approx(1.5)}
