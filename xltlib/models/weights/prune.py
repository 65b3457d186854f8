"""A model with the tokens that a set of texts needs, and no others: ``python -m xltlib prune``.

Vocabulary pruning of MAFT (Alabi et al. 2022, arXiv 2204.06487). The rows of the embedding and of
the output layer that belong to kept tokens are taken over as they are, so the probabilities of a
text are the model's own, renormalised over the kept tokens. A small multilingual model has most of
its weights there: 170 of Gemma 3 270M's 268 million.
"""

import functools
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from transformers.modeling_utils import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from ... import paths
from ...config import ModelSpec
from ...errors import XltError, not_one_of
from . import cached, gguf, where
from . import vocabulary as vocabularies
from .vocabulary import Vocabulary

LIST = "vocabulary.json"  # beside a pruned model: the list of kept tokens
_SHIPPED = ".vocabulary.json"  # beside a shipped profile
_TEXTS = (".txt", ".tsv", ".csv", ".jsonl", ".json", ".yaml", ".md")
#: What else a tokenizer may be read from: it would bring the whole vocabulary back.
_OTHER = ("tokenizer.model", "vocab.json", "merges.txt", "spiece.model", "added_tokens.json",
          "sentencepiece.bpe.model", "special_tokens_map.json", "tokenizer.json")  # fmt: skip


def prune(spec: ModelSpec, texts: Iterable[str], out: Path, least: int = 1) -> Vocabulary:
    """Write ``spec``'s model with the tokens that ``texts`` need to the folder ``out``.

    ``out`` appears when it is complete: safetensors, configuration, tokenizer, and
    ``vocabulary.json``, the list of kept tokens, which makes the same model again
    (``model.vocabulary`` of a profile). Raises :class:`XltError` when ``out`` exists or the
    tokenizer is of a kind that cannot be pruned.
    """
    from .load import causal

    if out.exists():
        raise XltError(f"`out` {out} exists: name a new folder, or delete it")
    model, tokenizer = causal(spec, None, "cpu")
    digest, read = hashlib.sha256(), 0

    def counted() -> Iterator[str]:
        nonlocal read
        for text in texts:
            digest.update(f"{text}\n".encode())
            read += 1
            yield text

    chosen = vocabularies.used(tokenizer, counted(), least, _named(model))
    about = {
        "base": _identity(spec),
        "least": least,
        "texts": read,
        "texts_sha256": digest.hexdigest(),
    }
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        write(model, tokenizer, chosen, part, about)
        os.replace(part, out)
    except OSError as error:
        raise XltError(
            f"cannot write {out}: {error.strerror or error}: free some disk space, or name a "
            "folder that can be written"
        ) from error
    return chosen


def read_texts(places: Iterable[Path]) -> Iterator[str]:
    """The lines of text files (of all files with such an ending in a folder), cut at tabs."""
    for place in places:
        if not place.exists():
            raise XltError(f"`texts`: there is no {place}: name files or folders of UTF-8 text")
        files = (
            sorted(p for p in place.rglob("*") if p.suffix in _TEXTS) if place.is_dir() else [place]
        )
        if not files:
            raise XltError(f"`texts`: {place} has no file that ends in {', '.join(_TEXTS)}")
        for file in files:
            try:
                lines = file.read_text(encoding="utf-8").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise XltError(f"`texts`: cannot read {file} as UTF-8 text: {error}") from error
            yield from (cell for line in lines for cell in line.split("\t") if cell.strip())


def kept(spec: ModelSpec) -> Path:
    """The folder of ``spec``'s model with the tokens of ``spec.vocabulary``, made the first time.

    The list is a shipped one's name or a path. Raises :class:`XltError` for a list that is not
    there or is of another model's vocabulary.
    """
    path = _list(spec.vocabulary or "")
    base = spec.model_copy(update={"vocabulary": None, "dtype": "float32", "quantization": "none"})
    made_of = f"{_identity(base)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    name = f"pruned-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}"

    def make(part: Path) -> None:
        from .load import causal

        model, tokenizer = causal(base, None, "cpu")
        write(model, tokenizer, Vocabulary.from_file(path), part, {"base": _identity(base)})

    return cached.folder(name, make)


def _list(name: str) -> Path:
    shipped = {p.name.removesuffix(_SHIPPED): p for p in paths.PROFILES.glob(f"*{_SHIPPED}")}
    path = shipped.get(name, Path(name).expanduser())
    if not path.is_file():
        todo = "name one of these, or the path of a list that `python -m xltlib prune` made"
        raise not_one_of("model.vocabulary", name, shipped, todo)
    return path


def _identity(base: ModelSpec) -> str:
    """What tells a model from others, without a conversion only to know it."""
    return gguf.sha256_of(base.path) if gguf.is_gguf(base.path) else _revision(base)


@functools.lru_cache  # a hash over gigabytes
def _revision(base: ModelSpec) -> str:
    return where.revision(base)


def write(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    chosen: Vocabulary,
    out: Path,
    about: dict[str, object],
) -> None:
    """Cut ``model`` down to the tokens of ``chosen`` and write it, with its tokenizer, to ``out``.

    The model given is changed.
    """
    from .load import quiet

    reduced = vocabularies.reduced(tokenizer, chosen)
    cut(model, chosen)
    with quiet():
        model.save_pretrained(out)
        tokenizer.save_pretrained(out)
    for name in _OTHER:
        (out / name).unlink(missing_ok=True)
    text = json.dumps(reduced, ensure_ascii=False)
    (out / "tokenizer.json").write_text(text, encoding="utf-8")
    _plain(out / "tokenizer_config.json")
    chosen.to_file(out / LIST, about)


@torch.no_grad()
def cut(model: PreTrainedModel, chosen: Vocabulary) -> None:
    """Keep the rows of ``chosen`` in embedding and output layer, in place; new ids in the config.

    Kept ids ascend, so that row ``i`` of the result is row ``kept[i]`` and the rest falls off.
    """
    rows = torch.tensor(chosen.kept)
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    tensors = {id(t): t for t in (embedding.weight, head.weight, getattr(head, "bias", None))
               if t is not None}  # fmt: skip
    for tensor in tensors.values():
        tensor[: len(rows)] = tensor[rows].clone()
    model.resize_token_embeddings(len(rows), mean_resizing=False)
    new = {old: i for i, old in enumerate(chosen.kept)}
    for config in {id(c): c for c in (model.config, model.config.get_text_config(),
                                      model.generation_config)}.values():  # fmt: skip
        for name, value in list(vars(config).items()):
            if name.endswith("_token_id") and value is not None:
                several = isinstance(value, list | tuple)
                ids = [new[i] for i in (value if several else [value]) if i in new]
                setattr(config, name, ids if several else (ids[0] if ids else None))


def _named(model: PreTrainedModel) -> list[int]:
    """The tokens that a model's configurations name."""
    found: list[int] = []
    for config in (model.config, model.config.get_text_config(), model.generation_config):
        for name, value in vars(config).items():
            if name.endswith("_token_id") and value is not None:
                found += value if isinstance(value, list | tuple) else [value]
    return found


def _plain(path: Path) -> None:
    """Name a class that reads tokenizer.json as it is; those of a family would build their own."""
    content = json.loads(path.read_text(encoding="utf-8"))
    # by old ids, or about a file that is no longer there
    gone = ("added_tokens_decoder", "backend", "is_local", "local_files_only", "vocab_file",
            "add_bos_token", "add_eos_token", "legacy", "sp_model_kwargs")  # fmt: skip
    content = {k: v for k, v in content.items() if k not in gone}
    content["tokenizer_class"] = "PreTrainedTokenizerFast"
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
