"""A model with the tokens that a set of texts needs, and no others: ``python -m xltlib prune``.

Vocabulary pruning of MAFT (Alabi et al. 2022, arXiv 2204.06487). The rows of the embedding and of
the output layer that belong to kept tokens are taken over as they are, so the probabilities of a
text are the model's own, renormalised over the kept tokens. A small multilingual model has most of
its weights there: 170 of Gemma 3 270M's 268 million.
"""

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import torch
from transformers.modeling_utils import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from ...config.specs import ModelSpec
from ...errors import XltError
from . import vocabulary as vocabularies
from . import where
from .vocabulary import Vocabulary

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
    chosen = vocabularies.used(tokenizer, texts, least, _named(model))
    about = {"base": where.revision(spec), "least": least}
    write(model, tokenizer, chosen, out, about)
    return chosen


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
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        with quiet():
            model.save_pretrained(part)
            tokenizer.save_pretrained(part)
        for name in _OTHER:
            (part / name).unlink(missing_ok=True)
        text = json.dumps(reduced, ensure_ascii=False)
        (part / "tokenizer.json").write_text(text, encoding="utf-8")
        _plain(part / "tokenizer_config.json", tokenizer)
        chosen.to_file(part / "vocabulary.json", about)
        os.replace(part, out)
    except OSError as error:
        raise XltError(
            f"cannot write {out}: {error.strerror or error}: free some disk space, or name a "
            "folder that can be written"
        ) from error


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


def _plain(path: Path, tokenizer: PreTrainedTokenizerBase) -> None:
    """Name a class that reads tokenizer.json as it is; those of a family would build their own."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content.pop("added_tokens_decoder", None)  # by old ids
    content.pop("backend", None)
    content["tokenizer_class"] = "PreTrainedTokenizerFast"
    content["add_bos_token"] = content["add_eos_token"] = None
    content = {k: v for k, v in content.items() if v is not None}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
