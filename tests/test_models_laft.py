"""Language-adaptive training: packing, learning, resuming to the same weights, what is written."""

import contextlib
import copy
import errno
import math
import shutil
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from tiny_models import TEXT, causal, tokenizer

from xltlib.config import LaftSpec, ModelSpec
from xltlib.errors import XltError
from xltlib.models import load_lm, revision
from xltlib.models.training import adapt as laft
from xltlib.models.training import checkpoint, loop, packing, snapshots
from xltlib.models.training import fits as room
from xltlib.models.training.trainee import Objective, Trainee, trainee_of
from xltlib.models.weights import footprint, load

LINES = [f"{t} {n}" for n, t in enumerate(TEXT)] * 4


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A folder with a tiny untrained model."""
    folder = tmp_path_factory.mktemp("base")
    model = causal("llama", initializer_range=0.05)
    with load.quiet():
        model.save_pretrained(folder)
        tokenizer().save_pretrained(folder)
    return folder


def recipe(**changes) -> LaftSpec:
    given = {"learning_rate": 5e-3, "epochs": 3, "sequence": 48, "batch": 4, "held_out": 0.1}
    return LaftSpec(corpus={}, **(given | changes))


def weights(folder):
    return load_file(folder / "model.safetensors")


def same(a, b) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


# Packing.

documents = st.lists(st.lists(st.integers(4, 99), min_size=1, max_size=20), min_size=1, max_size=9)


@settings(max_examples=150, deadline=None)
@given(docs=documents, length=st.integers(2, 24))
def test_packing_keeps_every_token_and_every_boundary(docs, length):
    packed = packing.pack(docs, length)
    flat = [t for d in docs for t in d]
    assert packed.ids.reshape(-1)[: len(flat)].tolist() == flat
    assert packed.ids.shape == packed.positions.shape == packed.labels.shape
    assert packed.ids.size - len(flat) < length
    owner = [(n, i) for n, d in enumerate(docs) for i in range(len(d))]
    for place, label in enumerate(packed.labels.reshape(-1).tolist()):
        inside = place + 1 < len(flat) and owner[place][0] == owner[place + 1][0]
        inside = inside and (place + 1) % length != 0
        assert label == (flat[place + 1] if inside else packing.IGNORED)
    for row, first in zip(packed.positions, range(0, packed.ids.size, length), strict=True):
        starts = {p for p in range(length) if p == 0 or row[p] == 0}
        for p in range(1, length):
            place = first + p
            new = place >= len(flat) or owner[place][1] == 0
            assert (row[p] == row[p - 1] + 1) or (new and p in starts)


def test_lines_do_not_see_each_other(base):
    """The packed loss is the loss of the lines by themselves."""
    trainee, made = trainee_of(ModelSpec(path=str(base), context=512), recipe(sequence=512))
    docs = packing.documents(made, LINES[:8])
    packed = trainee.evaluate(packing.pack(docs, 512))
    total = count = 0
    for doc in docs:
        ids = torch.tensor([doc])
        loss = trainee.whole(input_ids=ids, labels=ids).loss.item()
        total, count = total + loss * (len(doc) - 1), count + len(doc) - 1
    assert packed == pytest.approx(total / count, rel=2e-2)  # bfloat16 where the CPU has it


@pytest.mark.parametrize(
    ("name", "attention"),
    [(n, "sdpa") for n in ("llama", "mistral", "qwen2", "gemma", "neox")]
    + [("llama", "eager"), ("gemma2", "eager")],
)
def test_a_documents_loss_does_not_depend_on_its_neighbours(name, attention):
    """Through transformers' own block mask, which it derives from the positions."""
    model = causal(name, attention=attention)
    document = list(range(20, 40))
    others = ([[50, 51, 2]], [[60, 61, 62, 63, 2], [70] * 11], [[80]])

    def loss(before: list[list[int]], after: list[list[int]]) -> float:
        packed = packing.pack([*before, document, *after], 48)
        start = sum(map(len, before))
        labels = np.full_like(packed.labels, packing.IGNORED)
        labels[:, start : start + 20] = packed.labels[:, start : start + 20]
        assert (labels != packing.IGNORED).sum() == 19
        objective = Objective(model, model.base_model, model.get_output_embeddings())
        return objective(*map(torch.from_numpy, (packed.ids, packed.positions, labels))).item()

    with pytest.MonkeyPatch.context() as patch, torch.no_grad():
        patch.setattr(
            "xltlib.models.training.trainee.autocast", lambda device: contextlib.nullcontext()
        )
        alone = loss([], [])
        for before in others:
            for after in others:
                assert loss(before, after) == pytest.approx(alone, rel=1e-5)


def test_documents_end_with_eos_and_have_the_front_tokens():
    made = tokenizer("gpt2", bos=True)
    [ids] = packing.documents(made, ["Labari"])
    assert ids[0] == made.bos_token_id and ids[-1] == made.eos_token_id
    endless = tokenizer.__wrapped__("gpt2")
    endless.eos_token = None
    with pytest.raises(XltError, match="needs a tokenizer with an EOS token"):
        packing.documents(endless, ["a"])


# Training.


@pytest.mark.parametrize("mode", ["full", "lora"])
def test_loss_goes_down_and_the_model_loads(base, tmp_path, mode):
    calls = []
    history = laft.adapt(
        base, LINES, recipe(mode=mode), tmp_path / "out", progress=lambda *a: calls.append(a)
    )
    assert tuple(history.columns) == loop.HISTORY
    assert history.step.iloc[0] == 0 and math.isnan(history.loss.iloc[0])
    assert 8 <= len(history) <= 12 and history.step.is_monotonic_increasing
    assert history.held_out_loss.iloc[-1] < history.held_out_loss.iloc[0] - 0.5
    assert history.loss.iloc[-1] < history.loss.iloc[1]
    assert history.epoch.iloc[-1] == pytest.approx(3)
    for column in ("tokens", "seconds", "flops"):
        assert history[column].is_monotonic_increasing
    steps = history.step.iloc[-1]
    assert calls == [(n, steps) for n in range(1, steps + 1)]
    assert not (tmp_path / "out.part").exists()
    assert not list((tmp_path / "out").glob("*.bin")) and revision(tmp_path / "out")
    adapted = load_lm(ModelSpec(path="mini", context=64), tmp_path / "out")
    start = load_lm(ModelSpec(path=str(base), context=64))
    gain = adapted.score([""], [[LINES[0]]])[0][0] - start.score([""], [[LINES[0]]])[0][0]
    assert gain > 10


def test_the_same_seed_gives_the_same_weights(base, tmp_path):
    torch.set_num_threads(1)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        torch.manual_seed(hash(name) % 1000)
        laft.adapt(base, LINES, recipe(seed=seed, epochs=1), tmp_path / name)
    a, b, c = (weights(tmp_path / n) for n in "abc")
    assert same(a, b) and not same(a, c)
    assert revision(tmp_path / "a") == revision(tmp_path / "b")


@pytest.mark.parametrize("mode", ["full", "lora"])
@pytest.mark.parametrize("dies_at", [1, 4, 7])
def test_a_killed_run_goes_on_to_the_same_weights(base, tmp_path, monkeypatch, mode, dies_at):
    torch.set_num_threads(1)
    spec = recipe(mode=mode, epochs=1.5, checkpoint_steps=3)
    whole = laft.adapt(base, LINES, spec, tmp_path / "whole")
    assert whole.step.iloc[-1] > 7

    def die(step, steps):
        if step == dies_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        laft.adapt(base, LINES, spec, tmp_path / "out", progress=die)
    assert not (tmp_path / "out").exists()
    steps = []
    real = Trainee.step
    monkeypatch.setattr(Trainee, "step", lambda *a: steps.append(1) or real(*a))
    resumed = laft.adapt(base, LINES, spec, tmp_path / "out")
    assert len(steps) == whole.step.iloc[-1] - dies_at // 3 * 3
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "out"))
    exact = [c for c in loop.HISTORY if c != "seconds"]
    assert whole[exact].equals(resumed[exact])
    assert resumed.seconds.is_monotonic_increasing


def test_what_is_there_is_not_made_again(base, tmp_path, monkeypatch):
    first = laft.adapt(base, LINES, recipe(epochs=1), tmp_path / "out")
    monkeypatch.setattr(Trainee, "step", None)
    again = laft.adapt(base, LINES, recipe(epochs=1, checkpoint_steps=7), tmp_path / "out")
    assert first.equals(again)
    for lines, spec, word in (
        (LINES[:-1], recipe(epochs=1), "lines, text_sha256"),
        (LINES, recipe(epochs=2), "recipe"),
    ):
        with pytest.raises(XltError, match=rf"adapted differently \({word}\): delete it"):
            laft.adapt(base, lines, spec, tmp_path / "out")
    (tmp_path / "other").mkdir()
    with pytest.raises(XltError, match="is not an adapted model"):
        laft.adapt(base, LINES, recipe(), tmp_path / "other")


def test_a_checkpoint_that_does_not_fit_is_said_and_passed_over(base, tmp_path):
    spec = recipe(epochs=1, checkpoint_steps=2)
    expected = laft.adapt(base, LINES, spec, tmp_path / "expected")
    part = tmp_path / "out.part"
    part.mkdir()
    (part / "checkpoint.pt").write_bytes(b"not a checkpoint")
    with pytest.warns(UserWarning, match="checkpoint.pt cannot be read"):
        laft.adapt(base, LINES, spec, tmp_path / "out")

    def die(step, steps):
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        laft.adapt(base, LINES[:40], spec, tmp_path / "again", progress=die)
    with pytest.warns(UserWarning, match="another recipe or text"):
        again = laft.adapt(base, LINES, spec, tmp_path / "again")
    assert again.held_out_loss.equals(expected.held_out_loss)


def test_checkpoints_hold_no_code(base, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        laft.adapt(
            base, LINES, recipe(checkpoint_steps=1), tmp_path / "out", progress=_stop_at_second
        )
    content = torch.load(tmp_path / "out.part" / "checkpoint.pt", weights_only=True)
    assert content["state"]["step"] == 2


def _stop_at_second(step, steps):
    if step == 2:
        raise KeyboardInterrupt


def test_held_out_lines_are_no_training_lines():
    texts = [str(n) for n in range(50)]
    train, held = laft._divide(texts, recipe(held_out=0.2))
    assert len(held) == 10 and sorted(train + held) == sorted(texts)
    capped = laft._divide(texts, recipe(max_lines=20))
    assert len(capped[0]) + len(capped[1]) == 20


def test_a_share_of_the_text_is_measured_on_the_same_held_out_lines(base, tmp_path):
    whole, part = (
        laft.adapt(base, LINES, recipe(share=share, epochs=1), tmp_path / str(share))
        for share in (1.0, 0.25)
    )
    assert part.held_out_loss.iloc[0] == whole.held_out_loss.iloc[0]
    assert part.tokens.iloc[-1] <= 0.3 * whole.tokens.iloc[-1] + 4 * 48
    same_name = laft.settings(recipe(), ModelSpec(path="x", context=1))
    assert "share" not in same_name and "joint" not in same_name


@pytest.mark.parametrize("mode", ["full", "lora"])
def test_the_mean_is_that_of_the_snapshots_weights(base, tmp_path, monkeypatch, mode):
    """Each snapshot's whole model is made by itself, as the last one's is; the mean is of these."""
    made = recipe(mode=mode, epochs=1, weights="mean")
    kept = []

    def keep(folder, step, trainee, real=snapshots.save):
        real(folder, step, trainee)
        twin = copy.deepcopy(trainee)
        kept.append((step, dict(twin.merged().named_parameters())))

    monkeypatch.setattr(snapshots, "save", keep)
    history = laft.adapt(base, LINES, made, tmp_path / "mean")
    assert [step for step, _ in kept] == list(history["step"].iloc[1:]) and len(kept) > 3
    mean = weights(tmp_path / "mean")
    assert any(not torch.allclose(p, kept[-1][1][n]) for n, p in mean.items() if n in kept[-1][1])
    for name, found in mean.items():
        expected = torch.stack([model[name].double() for _, model in kept]).mean(0)
        torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-7)
    assert not (tmp_path / "mean.part").exists()


def test_the_best_snapshot_is_that_of_the_least_held_out_loss(base, tmp_path, monkeypatch):
    """With the last weights of a run that ended there: nothing else differs."""
    monkeypatch.setattr(snapshots, "best", lambda history: int(history["step"].iloc[3]))
    best = recipe(epochs=1, weights="best")
    taken = []
    monkeypatch.setattr(
        snapshots, "take",
        lambda folder, step, trainee, real=snapshots.take: (
            real(folder, step, trainee), taken.append(trainee.evaluate(apart)), taken.append(step),
        ),
    )  # fmt: skip
    train, held = laft._divide(LINES, best)
    apart = packing.packed(tokenizer(), held, best.sequence)
    history = laft.adapt(base, LINES, best, tmp_path / "best")
    row = history.iloc[3]
    assert taken == [pytest.approx(row["held_out_loss"]), row["step"]]
    last = laft.adapt(base, LINES, recipe(epochs=1), tmp_path / "last")
    assert list(last["held_out_loss"]) == list(history["held_out_loss"])
    assert not same(weights(tmp_path / "best"), weights(tmp_path / "last"))
    with pytest.raises(XltError, match="laft.weights"):
        quantized = ModelSpec(path=str(base), context=48, quantization="int4")
        laft.adapt(quantized, LINES, recipe(mode="lora", weights="best"), tmp_path / "no")


def test_the_least_held_out_loss_is_found_behind_the_first_row():
    history = pd.DataFrame({"step": [0, 5, 9, 12], "held_out_loss": [1.0, 3.0, 2.0, 2.5]})
    assert snapshots.best(history) == 9


def test_the_schedule_warms_up_and_falls_to_nothing():
    rates = [loop.schedule(s, 100, 0.1) for s in range(100)]
    assert rates[:10] == pytest.approx(np.arange(1, 11) / 10)
    assert max(rates) == 1.0 and rates[-1] < 1e-3
    assert rates[9:] == sorted(rates[9:], reverse=True)


def test_large_models_keep_fewer_activations(base, monkeypatch):
    monkeypatch.setattr("xltlib.models.weights.footprint.LARGE", 1)
    spec, made = recipe(), ModelSpec(path=str(base), context=512)
    large, words = trainee_of(made, spec)
    assert large.whole.is_activation_checkpointing and large.micro_tokens == 2048
    data = packing.pack(packing.documents(words, LINES[:8]), 48)
    small = Trainee(large.whole, large.body, large.head, False, 8192)
    some = np.arange(len(data.ids))
    losses = [t._loss(data, some).item() for t in (large, small)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


def test_steps_accumulate_and_recompute_to_the_same_loss(base, tmp_path):
    """Memory is a matter of these two; the numbers differ by the order of sums alone."""
    usual = laft.adapt(base, LINES, recipe(epochs=1), tmp_path / "usual")
    for n, changes in enumerate(({"micro_batch": 1}, {"gradient_checkpointing": True})):
        spec = recipe(epochs=1, **changes)
        trainee, _ = trainee_of(ModelSpec(path=str(base), context=512), spec)
        assert trainee.micro_tokens == (48 if "micro_batch" in changes else 8192)
        assert trainee.whole.is_activation_checkpointing == ("micro_batch" not in changes)
        other = laft.adapt(base, LINES, spec, tmp_path / str(n))
        assert other.held_out_loss.tolist() == pytest.approx(usual.held_out_loss.tolist(), rel=5e-3)


def test_what_is_not_set_is_no_part_of_the_recipe():
    model = ModelSpec(path="mini", context=64)
    plain = laft.settings(recipe(), model)
    assert not {"micro_batch", "gradient_checkpointing", "adapted", "quantization"} & set(plain)
    assert laft.settings(recipe(micro_batch=2), model)["micro_batch"] == 2
    small = model.model_copy(update={"quantization": "int4"})
    assert laft.settings(recipe(), small)["quantization"] == "int4"


def test_factors_are_merged_into_the_base_as_it_was_before_quantization(base):
    spec, model = recipe(mode="lora"), ModelSpec(path=str(base), context=512)
    trained, _ = trainee_of(model, spec)
    with torch.no_grad():
        for p in trained.parameters:
            p.add_(torch.randn(p.shape, generator=torch.Generator().manual_seed(3)) * 0.01)
    trained.again = lambda: trainee_of(model, spec)[0]
    saved = trained.merged().state_dict()
    trained.again = None
    assert same(saved, trained.merged().state_dict())


@pytest.mark.parametrize("quantization", ["int8", "int4"])
def test_a_quantized_base_is_adapted(base, tmp_path, quantization):
    """QLoRA from loading to the merged model, where the extra `quantization` is installed."""
    pytest.importorskip("bitsandbytes", reason="the extra `quantization` is not installed")
    model = ModelSpec(path=str(base), context=512, quantization=quantization)
    spec = recipe(mode="lora", lora_rank=4, epochs=6)
    history = laft.adapt(model, LINES, spec, tmp_path / "out")
    assert history.held_out_loss.iloc[-1] < history.held_out_loss.iloc[0] - 0.5
    before, after = weights(base), weights(tmp_path / "out")
    assert before.keys() == after.keys()
    for name, weight in after.items():
        change = weight - before[name]
        rank = int(torch.linalg.matrix_rank(change, atol=1e-5)) if "_proj" in name else 0
        assert bool(change.any()) == ("_proj" in name), name
        assert rank <= 4, name  # the factors alone: what quantization took away is there again
    plainly, words = trainee_of(ModelSpec(path=str(tmp_path / "out"), context=512), recipe())
    _, held = laft._divide(LINES, recipe())
    loss = plainly.evaluate(packing.pack(packing.documents(words, held), 48))
    assert loss == pytest.approx(history.held_out_loss.iloc[-1], rel=0.05)


def test_a_quantized_run_that_was_killed_goes_on(base, tmp_path):
    pytest.importorskip("bitsandbytes", reason="the extra `quantization` is not installed")
    torch.set_num_threads(1)
    model = ModelSpec(path=str(base), context=512, quantization="int4")
    spec = recipe(mode="lora", epochs=1, checkpoint_steps=1)
    laft.adapt(model, LINES, spec, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        laft.adapt(model, LINES, spec, tmp_path / "out", progress=_stop_at_second)
    laft.adapt(model, LINES, spec, tmp_path / "out")
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "out"))


def test_a_quantized_base_is_not_trained_in_full(base):
    small = ModelSpec(path=str(base), context=512, quantization="int4")
    with pytest.raises(XltError, match="'int4', which neither full training.*laft.mode: lora"):
        trainee_of(small, recipe())


def test_full_training_that_does_not_fit_the_gpu_is_refused_before_loading(base, monkeypatch):
    model = ModelSpec(path=str(base), context=512, dtype="bfloat16")
    states = footprint.count(load.configuration(model)).trained_bytes(None, 4)
    gpu = {"is_available": True, "device_count": 1, "is_bf16_supported": True}
    for name, value in gpu.items():
        monkeypatch.setattr(torch.cuda, name, lambda value=value, **_: value)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device=0: (states / 3, states / 3))
    monkeypatch.setattr(load, "causal", None)
    says = r"`laft.mode` 'full' of .*\.venv/bin/accelerate launch --multi_gpu --num_processes 4 -m"
    with pytest.raises(XltError, match=says):
        trainee_of(model, recipe())
    room.check_gpu(model, recipe(mode="lora", lora_rank=1), None)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device=0: (states, states))
    room.check_gpu(model, recipe(), None)


def test_a_step_that_does_not_fit_names_the_settings(base, monkeypatch):
    trainee, words = trainee_of(ModelSpec(path=str(base), context=512), recipe(micro_batch=3))
    data = packing.pack(packing.documents(words, LINES[:8]), 48)

    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.")

    monkeypatch.setattr(trainee.objective, "forward", full)
    for ask in (
        lambda: trainee.step(data, np.arange(2), None, 1.0),
        lambda: trainee.evaluate(data),
    ):
        with pytest.raises(XltError, match="3 sequences of 48 tokens .*lower `laft.micro_batch`"):
            ask()


def test_lora_in_float16_is_refused(base):
    half = ModelSpec(path=str(base), context=512, dtype="float16")
    with pytest.raises(XltError, match="`dtype` 'float16' .*set `dtype: float32`"):
        trainee_of(half, recipe(mode="lora"))


def test_a_disk_without_room_for_checkpoints_is_refused_before_training(
    base, tmp_path, monkeypatch
):
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(room.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(XltError, match="two of them for a moment.*XLTLIB_HOME"):
        laft.adapt(base, LINES, recipe(checkpoint_steps=1), tmp_path / "out")
    room.check_disk(tmp_path, trained=40, weights=40, itemsize=4, checkpoints=True)  # 960 bytes
    with pytest.raises(XltError):
        room.check_disk(tmp_path, trained=42, weights=42, itemsize=4, checkpoints=True)


def test_a_model_without_positions_is_trained_and_said(tmp_path):
    with load.quiet():
        causal("mpt").save_pretrained(tmp_path / "base")
        tokenizer().save_pretrained(tmp_path / "base")
    with pytest.warns(UserWarning, match="MptForCausalLM takes no positions"):
        history = laft.adapt(tmp_path / "base", LINES, recipe(epochs=1), tmp_path / "out")
    assert history.held_out_loss.iloc[-1] < history.held_out_loss.iloc[0]


# Bad input.


def test_bad_input(base, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(XltError, match="at least two non-empty lines.*but got 1"):
        laft.adapt(base, ["one", " "], recipe(), out)
    with pytest.raises(XltError, match="at most 512 tokens"):
        laft.adapt(base, LINES, recipe(sequence=1024), out)
    with pytest.raises(XltError, match="no folder|does not exist"):
        laft.adapt(tmp_path / "nowhere", LINES, recipe(), out)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(XltError, match="loss became .*lower `laft.learning_rate`"):
            laft.adapt(base, LINES, recipe(learning_rate=1e30, clip=1e30), out)
    assert not out.exists()


def test_a_full_disk_is_said_and_the_run_goes_on_later(base, tmp_path, monkeypatch):
    spec = recipe(epochs=1, checkpoint_steps=2)
    real = checkpoint.save

    def full(*args):
        if args[-1].step > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*args)

    monkeypatch.setattr(checkpoint, "save", full)
    with pytest.raises(XltError, match="out.part: No space left on device: free some disk space"):
        laft.adapt(base, LINES, spec, tmp_path / "out")
    monkeypatch.setattr(checkpoint, "save", real)
    assert len(laft.adapt(base, LINES, spec, tmp_path / "out"))
    shutil.rmtree(tmp_path / "out")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(XltError, match="cannot write"):
        laft.adapt(base, LINES, spec, tmp_path / "file" / "out")
