"""Several trainings as one model, and lines that are joined into documents before they are read."""

import pytest
import torch
from test_models_laft import LINES, base, recipe, same, weights  # noqa: F401  base is a fixture

from xltlib.config import ModelSpec
from xltlib.errors import XltError
from xltlib.models.training import adapt as laft
from xltlib.models.training import several


@pytest.mark.parametrize("mode", ["full", "lora"])
def test_the_model_is_the_mean_of_the_runs(base, tmp_path, mode):  # noqa: F811
    both = recipe(mode=mode, epochs=1, runs=2, seed=3)
    history = laft.adapt(base, LINES, both, tmp_path / "both")
    train, held = laft._divide(LINES, both)
    singles = [
        laft.adapt(base, train, recipe(mode=mode, epochs=1, seed=seed), tmp_path / str(seed), None,
                   None, held)
        for seed in (3, 4)
    ]  # fmt: skip
    one, other = weights(tmp_path / "3"), weights(tmp_path / "4")
    assert not same(one, other)
    for name, mean in weights(tmp_path / "both").items():
        expected = (one[name].double() + other[name].double()) / 2
        assert torch.equal(mean, expected.to(mean.dtype))
    assert history.tokens.iloc[-1] == sum(h.tokens.iloc[-1] for h in singles)
    assert history.flops.iloc[-1] == pytest.approx(sum(h.flops.iloc[-1] for h in singles))
    assert singles[0].held_out_loss.iloc[0] == singles[1].held_out_loss.iloc[0]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["3", "4", "both"]
    again = laft.adapt(base, LINES, both, tmp_path / "both")
    assert again.tokens.tolist() == history.tokens.tolist()


def test_a_run_that_is_done_is_not_trained_again(base, tmp_path, monkeypatch):  # noqa: F811
    both = recipe(epochs=1, runs=2)
    monkeypatch.setattr(several, "mean", lambda files: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        laft.adapt(base, LINES, both, tmp_path / "both")
    monkeypatch.undo()
    monkeypatch.setattr(laft.loop, "train", lambda *given: pytest.fail("trained again"))
    laft.adapt(base, LINES, both, tmp_path / "both")


def test_several_quantized_runs_are_refused(base, tmp_path):  # noqa: F811
    spec = ModelSpec(path=str(base), context=64, quantization="int8")
    with pytest.raises(XltError, match=r"laft\.runs: 1"):
        laft.adapt(spec, LINES, recipe(mode="lora", runs=2), tmp_path / "out")


def test_joined_lines_are_the_documents(base, tmp_path):  # noqa: F811
    joined = ["\n".join(LINES[i : i + 3]) for i in range(0, len(LINES), 3)]
    size = min(len("".join(LINES[i : i + 3])) for i in range(0, len(LINES) - 2, 3))
    longest = max(len("".join(LINES[i : i + 2])) for i in range(0, len(LINES) - 2, 3))
    assert longest < size, "three lines are a document, two are not"
    one = laft.adapt(base, LINES, recipe(epochs=1, document_characters=size), tmp_path / "one")
    two = laft.adapt(base, joined, recipe(epochs=1), tmp_path / "two")
    assert same(weights(tmp_path / "one"), weights(tmp_path / "two"))
    assert one.held_out_loss.tolist() == two.held_out_loss.tolist()
    assert "document_characters" not in laft.settings(recipe(), ModelSpec(path="x", context=1))


def test_no_lines_are_refused_with_documents_as_without(base, tmp_path):  # noqa: F811
    for more in ({}, {"document_characters": 50}):
        with pytest.raises(XltError, match="at least two non-empty lines"):
            laft.adapt(base, [" "], recipe(**more), tmp_path / "out")
        with pytest.raises(XltError, match="at least two non-empty lines"):
            laft.adapt(base, [], recipe(**more), tmp_path / "out")
