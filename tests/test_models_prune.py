"""Vocabulary pruning: the same tokens, the same probabilities among those that are kept."""

import itertools
import json
import shutil

import pytest
import torch
from tiny_models import TEXT, causal, tokenizer
from tokenizers import Tokenizer, decoders, models, normalizers, trainers
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from xltlib import cli, paths
from xltlib.config import ModelSpec
from xltlib.errors import XltError
from xltlib.models import load_lm, load_tokenizer, revision
from xltlib.models.weights import cutting, load, prune, vocabulary, where

READ = [line for line in TEXT[:6] if "Kigali" not in line]
KINDS = ("gpt2", "llama3", "llama", "unigram", "gemma")


def bytes_below():
    """A tokenizer as Gemma's: byte-pair encoding in which bytes spell what is unknown."""
    made = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    made.normalizer = normalizers.Replace(" ", "▁")
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    special = ["<unk>", "<s>", "</s>", "<pad>", *(f"<0x{i:02X}>" for i in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=520, special_tokens=special, show_progress=False)
    made.train_from_iterator(TEXT, trainer)
    content = json.loads(made.to_str())
    content["added_tokens"] = [t for t in content["added_tokens"] if t["id"] < 4]
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(content)),
        bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>",
    )  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """Folders of random models, one for each kind of tokenizer; the last has tied weights."""
    folders = {}
    for kind, architecture in zip(KINDS, ("gpt2", "llama", "llama", "neox", "gemma"), strict=True):
        folders[kind] = tmp_path_factory.mktemp(kind)
        words = bytes_below() if kind == "gemma" else tokenizer(kind, bos=kind == "llama")
        with load.quiet():
            causal(architecture, max(340, len(words))).save_pretrained(folders[kind])
            words.save_pretrained(folders[kind])
    return folders


def spec(path, **more) -> ModelSpec:
    return ModelSpec(path=str(path), context=64, **more)


@pytest.mark.parametrize("kind", KINDS)
def test_probabilities_are_the_models_own_renormalised_over_the_kept_tokens(kind, base, tmp_path):
    kept = prune.prune(spec(base[kind]), READ, tmp_path / "small")
    assert len(kept.kept) < kept.size and list(kept.kept) == sorted(set(kept.kept))
    old, new = (AutoTokenizer.from_pretrained(p) for p in (base[kind], tmp_path / "small"))
    large, small = (
        AutoModelForCausalLM.from_pretrained(p).eval() for p in (base[kind], tmp_path / "small")
    )
    assert len(new) == small.config.vocab_size == len(kept.kept)
    for text in [*READ, " ".join(READ[1].split()[2:5])]:
        before, after = (t(text)["input_ids"] for t in (old, new))
        assert [kept.kept[i] for i in after] == before
        with torch.inference_mode():
            whole = large(torch.tensor([before])).logits[0, :, list(kept.kept)].log_softmax(-1)
            cut = small(torch.tensor([after])).logits[0].log_softmax(-1)
        assert (whole - cut).abs().max() < 1e-4
    assert new.decode(new(READ[0])["input_ids"], skip_special_tokens=True) == old.decode(
        old(READ[0])["input_ids"], skip_special_tokens=True
    )


def test_special_tokens_are_found_again_under_their_new_ids(base, tmp_path):
    prune.prune(spec(base["llama"]), READ, tmp_path / "small")
    lm = load_lm(spec(tmp_path / "small"))
    old = AutoTokenizer.from_pretrained(base["llama"])
    new = load_tokenizer(spec(tmp_path / "small"))
    assert new.special_tokens_map == old.special_tokens_map
    assert lm.model.generation_config.eos_token_id == new.eos_token_id
    assert new("", add_special_tokens=True)["input_ids"] == [new.bos_token_id]
    assert len(lm.score(["Batu:"], [[" siyasa", " lafiya"]])[0]) == 2


@pytest.mark.parametrize("kind", ["gpt2", "gemma"])
def test_what_is_not_kept_is_spelled_in_bytes(kind, base, tmp_path):
    prune.prune(spec(base[kind]), READ, tmp_path / "small")
    new = load_tokenizer(spec(tmp_path / "small"))
    for text in ("Abanyeshuri bashya i Huye", "Ẽ 漢字 ƴ", "Zzyzx!"):
        ids = new(text, add_special_tokens=False)["input_ids"]
        assert new.unk_token_id is None or new.unk_token_id not in ids
        assert new.decode(ids) == text


def test_a_rare_token_falls_out_and_what_leads_to_a_kept_one_stays(base):
    words = load_tokenizer(spec(base["gemma"]))
    once = vocabulary.used(words, READ)
    often = vocabulary.used(words, [*READ, READ[0]], least=2)
    assert set(often.kept) < set(once.kept)
    again = vocabulary.reduced(words, often)
    merges = {a + b: (a, b) for a, b in again["model"]["merges"]}
    seen = {i for i in words(READ[0], add_special_tokens=False)["input_ids"]}
    for token in words.convert_ids_to_tokens(sorted(seen)):
        assert token in again["model"]["vocab"]
        assert len(token) == 1 or token in merges


def test_a_list_makes_the_same_model_again(base, tmp_path, monkeypatch):
    monkeypatch.setenv("XLTLIB_CACHE", str(tmp_path / "cache"))
    kept = prune.prune(spec(base["gemma"]), READ, tmp_path / "small", least=2)
    listed = tmp_path / "small" / cutting.LIST
    assert vocabulary.Vocabulary.from_file(listed) == kept
    wanted = spec(base["gemma"], vocabulary=str(listed))
    folder = where.folder_of(wanted)
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        assert (folder / name).read_bytes() == (tmp_path / "small" / name).read_bytes()
    made = (folder / "model.safetensors").stat().st_mtime_ns
    assert revision(wanted) != revision(spec(base["gemma"]))
    assert load_lm(wanted).model.config.vocab_size == len(kept.kept)
    assert (folder / "model.safetensors").stat().st_mtime_ns == made  # not made again


def test_lists_that_do_not_fit_are_refused(base, tmp_path, monkeypatch):
    monkeypatch.setenv("XLTLIB_CACHE", str(tmp_path / "cache"))
    prune.prune(spec(base["gemma"]), READ, tmp_path / "small")
    listed = tmp_path / "small" / cutting.LIST
    with pytest.raises(XltError, match="vocabulary of .* tokens"):
        where.folder_of(spec(base["unigram"], vocabulary=str(listed)))
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(json.loads(listed.read_text()) | {"kept": 3}))
    with pytest.raises(XltError, match="not a list of tokens"):
        where.folder_of(spec(base["gemma"], vocabulary=str(broken)))
    with pytest.raises(XltError, match="model.vocabulary"):
        where.folder_of(spec(base["gemma"], vocabulary="no-such-list"))
    assert not [p for p in (tmp_path / "cache").iterdir() if p.is_dir() and ".part" not in p.name]


def test_words_without_a_kind_that_can_be_cut(base, tmp_path):
    shutil.copytree(base["gpt2"], tmp_path / "words")
    content = json.loads((tmp_path / "words" / "tokenizer.json").read_text())
    vocabulary_of = dict(itertools.islice(content["model"]["vocab"].items(), 50))
    content["model"] = {"type": "WordLevel", "vocab": vocabulary_of, "unk_token": "<unk>"}
    (tmp_path / "words" / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(XltError, match="WordLevel"):
        prune.prune(spec(tmp_path / "words"), READ, tmp_path / "small")


def test_the_command(base, tmp_path, capsys):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.tsv").write_text("\t".join(READ[:2]), encoding="utf-8")
    (tmp_path / "texts" / "b.txt").write_text("\n".join(READ[2:]), encoding="utf-8")
    arguments = ["prune", str(base["gemma"]), "--texts", str(tmp_path / "texts")]
    arguments += ["--out", str(tmp_path / "small")]
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 0 and "tokens kept" in capsys.readouterr().out
    assert load_tokenizer(spec(tmp_path / "small"))(READ[2])["input_ids"]
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 2 and "exists" in capsys.readouterr().err
    with pytest.raises(SystemExit) as end:
        cli.main([*arguments[:3], str(tmp_path / "none"), "--out", str(tmp_path / "other")])
    assert end.value.code == 2 and "there is no" in capsys.readouterr().err


def test_shipped_lists_are_read():
    for path in paths.PROFILES.glob("*.vocabulary.json"):
        kept = vocabulary.Vocabulary.from_file(path)
        assert 1000 < len(kept.kept) < kept.size
