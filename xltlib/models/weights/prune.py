"""A model with the tokens that a set of texts needs, and no others: ``python -m xltlib prune``.

Vocabulary pruning of MAFT (Alabi et al. 2022, arXiv 2204.06487). The rows of the embedding and of
the output layer that belong to kept tokens are taken over as they are, so the probabilities of a
text are the model's own, renormalised over the kept tokens. A small multilingual model has most of
its weights there: 170 of Gemma 3 270M's 268 million.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from transformers.modeling_utils import PreTrainedModel

from ...config import ModelSpec
from ...errors import XltError
from . import cutting, where
from . import vocabulary as vocabularies
from .load import causal
from .vocabulary import Vocabulary

_TEXTS = (".txt", ".tsv", ".csv", ".jsonl", ".json", ".yaml", ".md")


def prune(
    spec: ModelSpec,
    texts: Iterable[str],
    out: Path,
    least: int = 1,
    also: Vocabulary | None = None,
) -> Vocabulary:
    """Write ``spec``'s model with the tokens that ``texts`` need to the folder ``out``.

    ``out`` appears when it is complete: safetensors, configuration, tokenizer, and
    ``vocabulary.json``, the list of kept tokens, which makes the same model again
    (``model.vocabulary`` of a profile). Tokens of ``also`` are kept, too. Raises
    :class:`XltError` when ``out`` exists or the
    tokenizer is of a kind that cannot be pruned.
    """
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
    if also is not None:
        if also.size != chosen.size:
            raise XltError(
                f"`also` is of a vocabulary of {also.size} tokens, the model has {chosen.size}: "
                "name a list of this model"
            )
        chosen = Vocabulary(tuple(sorted({*chosen.kept, *also.kept})), chosen.size)
    about = {
        "base": where.known(spec),
        "least": least,
        "texts": read,
        "texts_sha256": digest.hexdigest(),
        **({"also_kept": len(also.kept)} if also is not None else {}),
    }
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        cutting.write(model, tokenizer, chosen, part, about)
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


def _named(model: PreTrainedModel) -> list[int]:
    """The tokens that a model's configurations name."""
    found: list[int] = []
    for config in (model.config, model.config.get_text_config(), model.generation_config):
        for name, value in vars(config).items():
            if name.endswith("_token_id") and value is not None:
                found += value if isinstance(value, list | tuple) else [value]
    return found
