"""A model cut down to the tokens on a list, as a folder that any transformers program loads.

The rows of the embedding and of the output layer that belong to kept tokens are taken over as they
are, so the probabilities of a text are the model's own, renormalised over the kept tokens.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.modeling_utils import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from ... import paths
from ...errors import not_one_of
from . import cached
from . import vocabulary as vocabularies
from .quiet import quiet
from .vocabulary import Vocabulary

LIST = "vocabulary.json"  # beside a pruned model: the list of kept tokens
_SHIPPED = ".vocabulary.json"  # beside a shipped profile
#: What else a tokenizer may be read from: it would bring the whole vocabulary back.
_OTHER = ("tokenizer.model", "vocab.json", "merges.txt", "spiece.model", "added_tokens.json",
          "sentencepiece.bpe.model", "special_tokens_map.json", "tokenizer.json")  # fmt: skip


def kept(listed: str, known: str, source: Callable[[], tuple[str, dict[str, str]]]) -> Path:
    """The folder of a model with the tokens of the list ``listed`` alone, made the first time.

    ``listed`` is a shipped list's name or a path; ``known`` is what tells the model from others,
    and ``source`` gives what ``from_pretrained`` takes. Raises :class:`XltError` for a list that is
    not there or is of another model's vocabulary.
    """
    path = _list(listed)
    made_of = f"{known} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    name = f"pruned-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}"

    def make(part: Path) -> None:
        chosen = Vocabulary.from_file(path)
        where, pinned = source()
        given = {"trust_remote_code": False, **pinned}
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(where, **given)
            model = AutoModelForCausalLM.from_pretrained(
                where, use_safetensors=True, dtype=torch.float32, **given
            )
        write(model, tokenizer, chosen, part, {"base": known})

    return cached.folder(name, make)


def _list(name: str) -> Path:
    shipped = {p.name.removesuffix(_SHIPPED): p for p in paths.PROFILES.glob(f"*{_SHIPPED}")}
    path = shipped.get(name, paths.expanded(name))
    if not path.is_file():
        todo = "name one of these, or the path of a list that `python -m xltlib prune` made"
        raise not_one_of("model.vocabulary", name, shipped, todo)
    return path


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


def _plain(path: Path) -> None:
    """Name a class that reads tokenizer.json as it is; those of a family would build their own."""
    content = json.loads(path.read_text(encoding="utf-8"))
    # by old ids, or about a file that is no longer there
    gone = ("added_tokens_decoder", "backend", "is_local", "local_files_only", "vocab_file",
            "add_bos_token", "add_eos_token", "legacy", "sp_model_kwargs")  # fmt: skip
    content = {k: v for k, v in content.items() if k not in gone}
    content["tokenizer_class"] = "PreTrainedTokenizerFast"
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
