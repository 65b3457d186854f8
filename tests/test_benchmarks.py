"""The benchmarks start, measure what they say, and say when a bar is missed."""

import json

import pytest
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM

from benchmarks import __main__ as command
from benchmarks import (
    gpu,
    gpu_training,
    grid,
    growth,
    material,
    precision,
    real,
    report,
    small,
    speed,
    table,
    training,
    worker,
)
from xltlib.config import load_profile
from xltlib.errors import XltError
from xltlib.models.weights import footprint


def test_training_is_measured_beside_the_trainer(published):
    found = training.measure(published, lines=40)
    assert found.keys() >= training.BARS.keys()
    assert found["ratio"] == pytest.approx(found["ours tokens/s"] / found["Trainer tokens/s"])
    for side in ("ours", "Trainer"):
        assert found[f"{side} held-out loss"] < found["held-out loss before"]


def test_a_gpu_is_asked_beside_plain_transformers(monkeypatch):
    """On a CPU, by a small shape with windows: the same way through engine and transformers."""
    monkeypatch.setattr(gpu, "_BATCH", 4)
    monkeypatch.setattr(gpu, "_STEPS", 4)
    rows = {
        "shared": gpu.Row(6, 20),
        "retrieved": gpu.Row(6, 20, own=True),
        "generation": gpu.Row(8, 20, new_tokens=8),
    }
    said, kept = [], []
    found = gpu.measure(said.append, "cpu", ["tiny windowed"], rows, kept.append)
    assert [r["row"] for r in found["rows"]] == list(rows)
    for row in found["rows"]:
        assert row["tokens / distinct"] < 1.3
        assert min(row["engine s"], row["one s"], row["batched s"]) > 0
        assert row["float32: same"] == row["float32: of"]
        far = "shortfall" if row["row"] == "generation" else "difference"
        assert row[far] < 0.25 and row[f"{far}, batched"] < 0.25  # bfloat16
        assert row.get("float32: difference", 0.0) < 1e-4
    (decoding,) = found["decoding"]
    assert decoding["eightfold rows take times"] > 0 < decoding["share of the head"] < 1
    assert decoding["replayed, same answers"] == decoding["replayed, of"] == 8
    assert len(said) == 4 and len(kept) == 6
    assert json.loads(json.dumps(found)) == found
    assert gpu.markdown(found).count("tiny windowed") == 4
    assert gpu.missed(found) == []


def test_a_gpu_bar_is_missed_in_words():
    rows = [
        {"shape": "LLaMA-7B", "row": "shared", "share of peak": 0.25},
        {"shape": "LLaMA-7B", "row": "generation", "share of bandwidth": 0.6},
    ]
    assert gpu.missed({"rows": rows}) == ["LLaMA-7B, shared: share of peak 0.25, bar 0.5"]


def test_a_gpu_trains_and_translates(published):
    """On a CPU, by small shapes."""
    found = gpu_training.measure(published, "cpu", ["tiny"], "tiny translator", 8, sequence=64)
    rates = {f"tiny, {use} {unit}" for use in ("LoRA", "LAFT") for unit in ("tokens/s", "GB")}
    assert found.keys() == {*rates, "tiny translator, translation tokens/s"}
    assert min(found.values()) > 0


def test_a_training_that_does_not_fit_is_said(published, monkeypatch):
    def full(*_):
        raise XltError("`laft.mode` 'full' needs 128.5 GB of GPU memory")

    monkeypatch.setattr(speed, "trainee_of", full)
    found = gpu_training.measure(published, "cpu", ["tiny"], "tiny translator", 8)
    assert "tiny, LAFT GB" not in found
    assert found["tiny, LAFT tokens/s"].startswith("not measured: `laft.mode` 'full' needs 128.5")


def test_the_small_profile_is_measured_on_a_cpu(published):
    found = small.measure(published, "tiny", "tiny translator", sequence=64)
    assert found["cpu"] and found["threads"] >= 1
    uses = ("scoring", "generation", "LoRA", "translation")
    assert min(found[f"{use} tokens/s"] for use in uses) > 0


def test_shapes_are_those_of_the_published_models():
    """By their number of weights, which the profiles state."""

    def count(shape):
        config = material.config(shape, 8192)
        kind = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
        return footprint.count(config, kind).parameters

    assert count("Qwen2.5-0.5B") == load_profile("small").model.parameters
    assert count("NLLB-200-distilled-600M") == load_profile("small").translator.parameters
    assert count("LLaMA-7B") == load_profile("paper").model.parameters
    assert count("NLLB-200-3.3B") == load_profile("paper").translator.parameters
    assert count("Gemma-3-270M") == 268_098_176
    assert count("Llama-3.1-8B") == load_profile("modern_african").model.parameters


def test_a_missed_bar_is_an_exit_status(published, tmp_path, monkeypatch, capsys):
    arguments = ["benchmarks", "precision", "--data-dir", str(published), "--out", str(tmp_path)]
    monkeypatch.setattr("sys.argv", arguments)
    monkeypatch.setattr(precision, "measure", lambda data_dir: {"label flips": 1.0})
    assert command.main() == 0
    monkeypatch.setattr(precision, "BARS", {"label flips": 2.0})
    assert command.main() == 1
    assert "precision, label flips: 1" in capsys.readouterr().out
    assert "label flips" in (tmp_path / "results.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, shared_data):
    """A random model with Gemma 3's mix of layers, window 64, and a tokenizer of Hausa."""
    made = tmp_path_factory.mktemp("model")
    words = material.tokenizer(shared_data)
    config = AutoConfig.for_model(
        "gemma3_text", vocab_size=len(words), hidden_size=32, intermediate_size=64,
        num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1, head_dim=16,
        sliding_window=64, layer_types=["sliding_attention", "full_attention"],
        bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip
    AutoModelForCausalLM.from_config(config).save_pretrained(made)
    words.save_pretrained(made)
    return made


@pytest.mark.parametrize("task", real.TASKS)
def test_real_rows_are_asked_for(task, folder, shared_data):
    model, words, made = worker.prepared(task, shared_data, 3, folder)
    run, usage = worker.ours(model, words, made, real.CONTEXT)
    answers = run()
    assert len(answers) == len(made.prompts) == 3
    assert usage()["model_tokens"] <= 1.1 * usage()["distinct_tokens"]
    if task == "ner":
        assert made.new_tokens == 96 and all(isinstance(a, str) for a in answers)
    else:
        assert [len(a) for a in answers] == [7, 7, 7]
    lengths = [len(i) for i in words(made.prompts)["input_ids"]]
    assert max(lengths) < real.CONTEXT and min(lengths) > 64


def test_a_table_that_broke_off_goes_on(tmp_path, monkeypatch):
    made, kept = [], tmp_path / "runs.jsonl"

    def measure(engine, task, data_dir, items, batch, model, skip):
        made.append((engine, batch))
        if len(made) == 4:
            raise SystemExit("killed")
        usage = {"model_tokens": 10, "distinct_tokens": 10}
        cpu = {"ours": 1.0, "lm-eval": 8.0 - batch / 16}[engine]
        seen = {"cpu": cpu, "wall": cpu, "peak_mib": cpu, "usage": usage}
        return seen | {"answers": ["a"] * items}

    monkeypatch.setattr(table, "_measure", measure)
    with pytest.raises(SystemExit, match="killed"):
        table.compare("ner", tmp_path, 1, str, keep=kept)
    row = table.compare("ner", tmp_path, 1, str, keep=kept)
    ours, theirs = ("ours", 16), ("lm-eval", 16)
    assert made == [("lm-eval", 4), theirs, ours, theirs, theirs, ours]
    assert row["batch"] == 16 and row["ratio"] == 7.0 and row["met"]
    before = len(made)
    assert table.compare("ner", tmp_path, 1, str, keep=kept) == row
    assert len(made) == before


def test_long_rows_are_asked_of_lm_eval_item_by_item(tmp_path, monkeypatch):
    asked, kept = [], tmp_path / "runs.jsonl"

    def measure(engine, task, data_dir, items, batch, model, skip):
        if engine == "lm-eval":
            asked.append((items, skip))
        seen = {"cpu": items, "wall": items, "peak_mib": 10 + skip}
        scores = [[-1.0 - n, -20.0] for n in range(skip, skip + items)]
        usage = {"model_tokens": 10, "distinct_tokens": 10}
        return seen | {"answers": scores} | ({"usage": usage} if engine == "ours" else {})

    monkeypatch.setattr(table, "_measure", measure)
    row = table.compare("news", tmp_path, 1, str, scale=0.25, keep=kept)
    assert asked == [(1, 0), (1, 1), (1, 2)]
    assert row["lm-eval cpu"] == 3 and row["lm-eval peak_mib"] == 12
    assert row["same"] == row["of"] == 3 and row["difference"] == 0
    longer = table.compare("news", tmp_path, 1, str, scale=1 / 3, keep=kept)
    assert asked[3:] == [(1, 3)] and longer["of"] == 4


def test_rows_that_are_not_measured_now_stay(tmp_path, monkeypatch, published, capsys):
    path = tmp_path / "table.json"
    row = dict.fromkeys(
        ("ratio", "bar", "wall ratio", "tokens ratio", "lm-eval cpu", "ours cpu",
         "lm-eval peak_mib", "ours peak_mib"), 2.0,
    )  # fmt: skip
    row |= {"batch": 1, "items": 3, "same": 3, "of": 3, "difference": None, "met": True}

    def compare(task, *_, **__):
        return row | {"task": task, "what": f"{task} {len(asked)}"}

    def call(tasks, repeats="1"):
        asked.append(tasks)
        monkeypatch.setattr(
            "sys.argv",
            ["benchmarks", "table", "--tasks", *tasks, "--repeats", repeats,
             "--data-dir", str(published), "--out", str(tmp_path)],
        )  # fmt: skip
        assert command.main() == 0
        return [r["what"] for r in json.loads(path.read_text(encoding="utf-8"))["rows"]]

    asked = []
    monkeypatch.setattr(table, "compare", compare)
    assert call(["generate", "own"]) == ["own 1", "generate 1"]
    assert call(["own", "topics"]) == ["topics 2", "own 2", "generate 1"]
    assert "| generate 1 |" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="rows of one table must be alike, give another --out"):
        call(["own"], "3")


def test_growth_across_the_window_is_measured(folder, shared_data, monkeypatch):
    monkeypatch.setattr(real, "LENGTHS", (128, 256))
    rows = real.growth(folder, shared_data)
    assert [r["tokens"] < limit for r, limit in zip(rows, (160, 320), strict=True)] == [True, True]
    assert all(1.0 <= r["ratio"] <= 1.1 and r["cpu"] > 0 for r in rows)
    assert f"(bar {real.FLAT})" in real.growth_markdown(rows)


def test_a_decoding_step_is_measured_with_its_output_layer(folder, shared_data):
    row = real.decoding(folder, shared_data, items=2, steps=3)
    assert row["rows"] == 2 and row["vocabulary"] == material.VOCABULARY
    assert 0 < row["head"] and 0 < row["ms"]
    assert f"| {material.VOCABULARY:,} | 2 |" in real.decoding_markdown([row])


@pytest.fixture
def measured(tmp_path):
    """Files of a run, and a checkout with the markers."""
    row = dict.fromkeys(
        ("what", "batch", "bar", "wall ratio", "tokens ratio", "lm-eval cpu", "ours cpu",
         "lm-eval peak_mib", "ours peak_mib"), 2.0,
    )  # fmt: skip
    row |= {"items": 3, "same": 3, "of": 3, "met": True}
    rows = [
        row | {"ratio": 112.4, "difference": 2e-5},
        row | {"ratio": 36.6, "difference": 1e-5},
        row | {"ratio": 5.04, "difference": None, "same": 2},
    ]
    growing = {"tokens": 256, "cpu": 1.0, "distinct": 400, "ratio": 1.01, "ms": 2.5}
    head = {"vocabulary": 262144, "rows": 16, "ms": 100.0, "head": 0.6, "tokens/s": 160.0}
    found = {"where": "a CPU, one thread", "repeats": 1, "rows": rows}
    both = found | {"growth": [growing], "heads": [head]}
    (tmp_path / "real.json").write_text(json.dumps(both), encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "engine.md").write_text(
        "a\n<!-- measured --><!-- measured:end -->\nb\n", encoding="utf-8"
    )
    (tmp_path / "README.md").write_text("- <!-- engine -->old<!-- engine:end -->\n", "utf-8")
    return tmp_path


def test_what_was_measured_is_put_between_markers(measured, monkeypatch):
    assert report.write(measured, measured, check=True)
    arguments = ["benchmarks", "report", "--out", str(measured)]
    monkeypatch.setattr("sys.argv", arguments)
    monkeypatch.setattr(command, "ROOT", measured)
    assert command.main() == 0
    assert not report.write(measured, measured, check=True)
    readme = (measured / "README.md").read_text(encoding="utf-8")
    assert readme == (
        "- <!-- engine -->With Gemma 3 270M, lm-evaluation-harness 0.4.13 takes 5.0 to 112 times "
        "as much CPU time; 8 of 9 answers are the same.<!-- engine:end -->\n"
    )
    text = (measured / "docs" / "engine.md").read_text(encoding="utf-8")
    assert "a CPU, one thread; one run of lm-evaluation-harness 0.4.13" in text
    assert "| 262,144 | 16 | 100 | 60 % | 160 |" in text and text.endswith(":end -->\nb\n")


def test_the_docs_hold_what_the_repository_measured():
    assert not report.write(command.ROOT, report.MEASURED, check=True)


def test_a_missing_marker_is_said(measured):
    (measured / "README.md").write_text("no marker", encoding="utf-8")
    with pytest.raises(SystemExit, match="README.md must have <!-- engine -->"):
        report.write(measured, measured)


def test_exponents_are_slopes():
    rows = [{"x": x, "cpu": 3.0 * x**1.5} for x in (0, 1, 2, 4)]
    assert growth.exponents({"items": rows}) == {"items": pytest.approx(1.5)}


def test_every_stage_of_a_simulated_grid_sees_all_of_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(grid, "SETS", 2)
    grid._write(tmp_path, languages=2, arms=3)
    profile = str(tmp_path / "profile.yaml")
    assert grid.plan(profile)["jobs"] > 12  # analyses, too
    assert 0 < grid.make(profile, items=5)["MB on disk"] < 1
    assert grid.manifests(profile)["done"] == 12
    assert grid.scores(profile) == {"records": 60, "scores": 24}  # of accuracy and macro-F1
    assert grid.pairs(profile) == {"tests": 12}
    assert grid.pooled(profile) == {"pairs": 3}
    assert grid.ways(profile) == {"ways": 16}  # in each of four places three arms and their vote
    load_profile("mini")  # the grid's tables are known no longer


def test_the_command_runs_each_stage_of_a_grid_apart(tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(grid, "_apart", lambda stage, *_: asked.append(stage) or {"seconds": 1.0})
    monkeypatch.setattr(grid, "_write", lambda *_: None)
    assert grid.measure(15_000)["cells"] == 15_000
    assert asked == ["make", *grid.STAGES]
    assert capsys.readouterr().out.count("1.0 seconds") == len(asked)
