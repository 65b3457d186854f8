"""Hub models by their ids, out of a hub cache, offline: the path that a real profile takes."""

import errno
import json
import os
import subprocess
import sys
import textwrap
from types import SimpleNamespace

import httpx
import hub_models
import numpy as np
import pytest
import torch
from huggingface_hub.errors import GatedRepoError, LocalEntryNotFoundError
from tiny_models import TEXT

from xltlib import paths
from xltlib.config import ModelSpec, TranslatorSpec
from xltlib.errors import XltError
from xltlib.models import identity, load_lm
from xltlib.models.engine import plain
from xltlib.models.weights import convert, failures, footprint, load
from xltlib.models.weights import where as files


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """An HF_HOME with a Llama, an NLLB at a pull request's ref, and a Llama in pickled weights."""
    home = tmp_path_factory.mktemp("hf")
    commits = {
        "llama": hub_models.place(home, "some/llama", hub_models.llama(home / "a")),
        "nllb": hub_models.place(home, "some/nllb", hub_models.nllb(home / "b"), "refs/pr/10"),
        "pickled": hub_models.place(home, "some/pickled", hub_models.pickled(home / "c")),
    }
    (home / "commits.json").write_text(json.dumps(commits), encoding="utf-8")
    return home


def python(home, code: str, **env: str) -> str:
    """Run ``code`` as a process of its own: the hub's variables are read when it is imported."""
    given = os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1"} | env
    command = [sys.executable, "-c", textwrap.dedent(code)]
    run = subprocess.run(command, env=given, capture_output=True, text=True, cwd=paths.CHECKOUT)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_models_load_by_id_and_revision_out_of_the_cache_offline(home):
    code = f"""
        import json
        from xltlib import models
        from xltlib.errors import XltError
        from xltlib.config import ModelSpec, TranslatorSpec, load_language
        commits = json.load(open({str(home / "commits.json")!r}))
        made = {{}}
        for name, spec in {{
            "by main": ModelSpec(path="some/llama", context=64),
            "pinned": ModelSpec(path="some/llama", revision=commits["llama"], context=64),
        }}.items():
            lm = models.load_lm(spec)
            assert lm.tokenizer.__class__.__name__.startswith("LlamaTokenizer")
            scores = lm.score(["Labari: 'Yan wasan"], [[" sun dawo", " gida"]])[0]
            words = [g.text for g in lm.generate(["Batu: ƙwarai"], 4)]
            made[name] = [models.revision(spec), scores, words]
        spec = TranslatorSpec(path="some/nllb", revision="refs/pr/10", max_new_tokens=6)
        one = models.load_translator(spec)
        hau, eng = load_language("hau"), load_language("eng")
        made["nllb"] = [one.revision, one.translate([{TEXT[1]!r}], hau, eng)]
        from xltlib.runs.plan import memory as needs
        for name in ("some/llama", "some/gone"):
            need = needs._asked(ModelSpec(path=name, context=64, parameters=5))
            made["needs " + name] = [need.source, need.parameters]
        for name in ("some/pickled", "some/gone"):
            try:
                models.load_lm(ModelSpec(path=name, context=64))
            except XltError as error:
                made[name] = str(error)
        print(json.dumps(made))
    """
    made = json.loads(python(home, code).splitlines()[-1])
    commits = json.loads((home / "commits.json").read_text(encoding="utf-8"))
    local = load_lm(ModelSpec(path=str(home / "a"), context=64))
    expected = local.score(["Labari: 'Yan wasan"], [[" sun dawo", " gida"]])[0]
    assert made["by main"] == made["pinned"]
    assert made["pinned"][0] == commits["llama"]
    assert made["pinned"][1] == pytest.approx(expected, rel=1e-5)
    assert made["nllb"][0] == commits["nllb"] and len(made["nllb"][1]) == 1
    weights = sum(p.numel() for p in local.model.parameters())
    assert made["needs some/llama"] == ["config", weights]
    assert made["needs some/gone"] == ["profile", 5]
    for words in ("no safetensors", "python -m xltlib.models.weights.convert some/pickled FOLDER"):
        assert words in made["some/pickled"]
    for words in (
        "'some/gone'",
        "https://huggingface.co/some/gone",
        "HF_TOKEN",
        "HF_HUB_OFFLINE",
        "--local-dir FOLDER",
    ):
        assert words in made["some/gone"]


def test_pickled_weights_are_converted_once_without_running_their_code(home, tmp_path):
    out = tmp_path / "out"
    convert.convert(str(home / "c"), out)
    plain, made = (load_lm(ModelSpec(path=str(p), context=64)) for p in (home / "a", out))
    assert all(
        torch.equal(a, b)
        for a, b in zip(
            plain.model.state_dict().values(), made.model.state_dict().values(), strict=True
        )
    )
    with pytest.raises(XltError, match="is not empty"):
        convert.convert(str(home / "c"), out)
    bad = tmp_path / "bad"
    bad.mkdir()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (bad / name).write_bytes((home / "c" / name).read_bytes())
    mark = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return open, (str(mark), "w")

    torch.save({"a": Evil()}, bad / "pytorch_model.bin")
    with pytest.raises(XltError, match="could not be converted"):
        convert.convert(str(bad), tmp_path / "never")
    assert not mark.exists()


def refused(kind: type, status: int = 403) -> Exception:
    """An error as the hub's library raises it after a response."""
    asked = httpx.Request("GET", "https://huggingface.co/meta-llama/Llama-3.1-8B")
    return kind("Cannot access gated repo.", response=httpx.Response(status, request=asked))


@pytest.mark.parametrize(
    ("error", "says", "says_not"),
    [
        (
            refused(GatedRepoError),
            "accept its licence at https://huggingface.co/meta-",
            "was found",
        ),
        (LocalEntryNotFoundError("no connection"), "Check the spelling, the network", "was found"),
        (OSError(errno.ENOSPC, "No space left on device"), "let the variable HF_HOME", "network"),
        (KeyError("a defect"), "was found, but could not be loaded as CausalLM", "network"),
    ],
)
def test_each_cause_has_a_message_that_says_what_to_do(monkeypatch, error, says, says_not):
    """The hub's own errors, as they come through transformers."""

    def fails(*_, **__):
        raise error

    monkeypatch.setattr("transformers.utils.hub.hf_hub_download", fails)
    monkeypatch.setattr("transformers.utils.hub.snapshot_download", fails)
    spec = ModelSpec(path="meta-llama/Llama-3.1-8B", revision="a" * 40, context=64)
    with pytest.raises(XltError) as raised:
        load_lm(spec)
    message = str(raised.value)
    assert says in message and "'meta-llama/Llama-3.1-8B'" in message and says_not not in message


def test_missing_safetensors_are_said_where_the_hub_was_asked(monkeypatch):
    error = OSError("a/b does not appear to have a file named model.safetensors")
    assert "pull requests of https://hugg" in str(failures.not_loaded("a/b", error, "CausalLM"))
    # Offline the same words come of weights that were never fetched.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE; if" in str(failures.not_loaded("a/b", error, "CausalLM"))


def test_a_branch_is_loaded_by_its_commit_and_remembered(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    asked = []

    def info(self, path, revision):
        asked.append(revision)
        return SimpleNamespace(sha="c" * 40)

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", info)
    spec = ModelSpec(path="some/branching", revision="refs/pr/7", context=8)
    assert files.source_of(spec) == ("some/branching", {"revision": "c" * 40})
    assert files.revision(spec) == "c" * 40 and asked == ["refs/pr/7"]
    assert not files.is_pinned(spec)
    files.keep_ref(spec, "c" * 40)
    ref = tmp_path / "models--some--branching" / "refs" / "refs" / "pr" / "7"
    assert ref.read_text(encoding="utf-8") == "c" * 40
    assert files.is_pinned(spec.model_copy(update={"revision": "c" * 40}))


# Precision, quantization, several GPUs.


@pytest.fixture
def gpu(monkeypatch):
    """Let torch say that it has two GPUs; nothing may be put on them."""

    def fake(bf16: bool = True, free: float = 1e12, count: int = 2):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: bf16)
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device=0: (free, free))

    return fake


def test_precision_by_what_the_hardware_has(gpu):
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    assert load.dtype_of("auto", cpu) == torch.float32
    assert load.dtype_of("bfloat16", cpu) == torch.bfloat16
    gpu(bf16=True)
    assert load.dtype_of("auto", cuda) == load.dtype_of("bfloat16", cuda) == torch.bfloat16
    gpu(bf16=False)
    assert load.dtype_of("auto", cuda) == load.dtype_of("bfloat16", cuda) == torch.float16
    assert load.dtype_of("float32", cuda) == torch.float32


def test_records_say_what_the_profile_leaves_open():
    def said(used, **spec):
        return identity("abc", ModelSpec(path="x/y", context=8, **spec), used)

    assert said(torch.float32) == said(torch.bfloat16, dtype="bfloat16") == "abc"
    assert said(torch.float16, dtype="bfloat16") == "abc as float16"
    assert said(torch.float32, dtype="auto") == "abc as float32"
    assert said(torch.bfloat16, dtype="bfloat16", quantization="int4") == "abc as int4"
    assert identity("abc", TranslatorSpec(path="x/y"), torch.float32) == "abc"


def test_dtype_auto_loads_on_a_cpu(home):
    lm = load_lm(ModelSpec(path=str(home / "a"), context=64, dtype="auto"))
    assert lm.dtype == torch.float32


def test_quantization_without_bitsandbytes_is_refused(home, monkeypatch):
    spec = ModelSpec(path=str(home / "a"), context=64, quantization="int4")
    real = load.importlib.util.find_spec

    def found(there):
        def find(name):
            return there if name == "bitsandbytes" else real(name)

        monkeypatch.setattr(load.importlib.util, "find_spec", find)

    found(None)
    with pytest.raises(XltError, match="`quantization` is 'int4', which needs bitsandbytes: inst"):
        load_lm(spec)
    found(real("json"))
    with pytest.raises(XltError, match="needs a CUDA GPU or a CPU, but the device is meta"):
        load_lm(spec, device="meta")
    assert load_lm(spec.model_copy(update={"quantization": "none"})).score(["a"], [[" b"]])


@pytest.mark.parametrize(
    ("quantization", "layer", "near"), [("int8", "Linear8bitLt", 0.05), ("int4", "Linear4bit", 0.4)]
)
def test_quantized_models_score(home, quantization, layer, near):
    """Where the optional extra `quantization` is installed, be it on a GPU or a CPU."""
    pytest.importorskip("bitsandbytes", reason="the extra `quantization` is not installed")
    spec = ModelSpec(path=str(home / "a"), context=64, dtype="bfloat16")
    whole, lm = load_lm(spec), load_lm(spec.model_copy(update={"quantization": quantization}))
    assert lm.way() != "whole"
    kinds = [type(m).__name__ for m in lm.model.base_model.modules()]
    assert kinds.count(layer) == 2 * 7 and "Linear" not in kinds
    assert footprint.weights(lm.model) == footprint.weights(whole.model)
    prompts, ends = TEXT[:4], [[" Kano", " kasuwa", " Kigali"]] * 4
    scores, unquantized = np.array(lm.score(prompts, ends)), np.array(whole.score(prompts, ends))
    plainly = np.array(plain.score(lm.model, lm.tokenizer, prompts, ends))
    assert abs(scores - plainly).max() < 0.01 * abs(plainly).max()
    assert 0 < abs(scores - unquantized).max() < near * abs(unquantized).max()


def test_a_four_bit_model_answers_as_it_does_without_the_engine(home):
    """int8 need not: see :func:`load._quantized`."""
    pytest.importorskip("bitsandbytes", reason="the extra `quantization` is not installed")
    lm = load_lm(ModelSpec(path=str(home / "a"), context=64, quantization="int4"))
    made = lm.generate(TEXT[:4], 8)
    assert made == plain.generate(lm.model, lm.tokenizer, TEXT[:4], 8, eos=lm.eos)


def test_a_model_too_large_for_one_gpu_goes_over_all(home, gpu):
    def spreads(device=None, *more):
        kind, dtype = load.AutoModelForCausalLM, torch.bfloat16
        return load._spreads(kind, str(home / "a"), {}, device, dtype, *more)

    assert not spreads() and spreads("auto")
    gpu(free=1e12)
    assert not spreads() and not spreads("cuda:1") and spreads("auto")
    gpu(free=1e4)
    assert spreads() and not spreads("cuda:1")
    weights = load._weight_bytes(
        load.AutoModelForCausalLM, str(home / "a"), {}, torch.bfloat16, "none"
    )
    gpu(free=1.1 * weights)  # 0.6 of it are too little for the weights, not for four bits of each
    assert spreads() and not spreads(None, "int4")
    gpu(free=1e4, count=1)
    assert not spreads()


def test_layers_left_outside_the_gpus_are_refused(gpu):
    spec = ModelSpec(path="some/llama", context=64)
    model = torch.nn.Linear(1000, 1000, bias=False, dtype=torch.bfloat16)
    model.dtype = torch.bfloat16
    model.hf_device_map = {"a": 0, "b": "cpu", "c": "disk"}
    load._check_placed(model, spec)  # without a GPU the CPU is where they belong
    gpu(free=1e9)
    says = r"`model.path` 'some/llama' in bfloat16 .*2 of its 3 parts.*1.0 GB, 1.0 GB free"
    with pytest.raises(XltError, match=says):
        load._check_placed(model, spec)
    model.hf_device_map = {"a": 0, "b": 1}
    load._check_placed(model, spec)


def test_a_model_that_does_not_fit_says_how_much_it_needs(home, gpu, monkeypatch):
    gpu(free=3e3, count=1)

    def full(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    monkeypatch.setattr(load.AutoModelForCausalLM, "from_pretrained", full)
    spec = ModelSpec(path=str(home / "a"), context=64, dtype="bfloat16")
    says = r"in bfloat16 needs about .* GB .*cuda had 0.0 GB free: set `quantization: int4`"
    with pytest.raises(XltError, match=says):
        load_lm(spec)


def test_placed_by_accelerate_it_gives_the_same_numbers(home, monkeypatch):
    """With accelerate's hooks on every layer, as over several GPUs, here all on the CPU."""
    from accelerate import dispatch_model

    spec = ModelSpec(path=str(home / "a"), context=64)
    seen = []
    real = load.AutoModelForCausalLM.from_pretrained

    def watch(*args, **options):
        seen.append(options.get("device_map"))
        return real(*args, **options)

    monkeypatch.setattr(load.AutoModelForCausalLM, "from_pretrained", watch)
    usual, placed = (load_lm(spec, device=d) for d in (None, "auto"))
    assert seen == [None, "auto"]
    parts = ["model.embed_tokens", "model.layers.0", "model.layers.1", "model.norm", "lm_head"]
    places = dict.fromkeys([*parts, "model.rotary_emb"], "cpu")
    dispatch_model(placed.model, places, main_device="cpu", force_hooks=True)
    assert hasattr(placed.model.model.layers[1], "_hf_hook")
    asked = ([TEXT[0], TEXT[4]], [[" Kano", " Huye"]] * 2)
    assert placed.score(*asked) == usual.score(*asked)
    assert placed.generate([TEXT[5]], 5) == usual.generate([TEXT[5]], 5)
