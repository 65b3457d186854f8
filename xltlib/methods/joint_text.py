"""The text of a joint adaptation: several languages at equal tokens, as one.

After MAFT (https://arxiv.org/abs/2204.06487), which adapts one model to many African languages and
keeps English and other large ones among them. Our choice: the languages are those of the profile's
``laft.joint``, each gives as many tokens as the one with the least, in whole lines.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..config import LaftSpec
from ..data.leaks.decontaminate import Decontaminated
from ..text.documents import in_documents


def joined(
    texts: Sequence[Decontaminated], tokenizer: Any, seed: int, characters: int | None = None
) -> Decontaminated:
    """The first lines of each text, up to the tokens of the shortest, in random order.

    With ``characters`` it is documents of so many that are taken and mixed, so that each stays in
    one language. Counts of what was read and dropped are those of all texts.
    """
    if characters:
        texts = [replace(one, lines=in_documents(one.lines, characters)) for one in texts]
    counted = [_tokens(one.lines, tokenizer) for one in texts]
    least = min(map(sum, counted))
    lines: list[str] = []
    for one, tokens in zip(texts, counted, strict=True):
        room = least
        for line, size in zip(one.lines, tokens, strict=True):
            if size > room:
                break
            lines.append(line)
            room -= size
    random.Random(f"joined {seed}").shuffle(lines)
    sums = {
        name: sum(getattr(one, name) for one in texts)
        for name in ("read", "exact", "near", "tests")
    }
    absent = tuple(dict.fromkeys(name for one in texts for name in one.absent))
    return replace(texts[0], lines=lines, absent=absent, **sums)


def recipe(spec: LaftSpec) -> LaftSpec:
    """The settings that a training is given.

    A joint text stands in documents already. Joined once more when adapting, the short last one of
    a language would run into another language's.
    """
    return spec.model_copy(update={"document_characters": None}) if spec.joint else spec


def _tokens(lines: Sequence[str], tokenizer: Any) -> list[int]:
    return [len(ids) for ids in tokenizer(list(lines))["input_ids"]]
