"""The demonstrations of few-shot prompts: one fixed set per task, data set, language and seed."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from statistics import median

from ..errors import XltError
from .items import Example


def draw(
    pool: Sequence[Example],
    task: str,
    k: int,
    seed: int,
    test: Sequence[Example],
    groups_of: Callable[[Example], Iterable[str]],
) -> tuple[Example, ...]:
    """``k`` demonstrations; the first j of them are the set for ``k=j``, in the same order.

    ``groups_of`` says to which groups an example belongs (its label, its entity types; see
    ``Task.groups``). Groups take turns in a seeded order, so that k demonstrations cover min(k,
    number of groups) of them; the empty name (no entity) comes last. Contexts are small, so only
    texts up to the median length (characters) of their group are drawn. None shares its id or its
    words (:func:`.text.key`) with a test item or with another demonstration.

    ``test`` is the whole test split, not a sample: then a limit does not change the draw. Raises
    :class:`XltError` when the pool is too small.
    """
    if k < 0:
        raise XltError(f"`shots` must be 0 or more, but got {k}")
    if k == 0:
        return ()
    used_ids, used_keys = {e.id for e in test}, {e.key for e in test}
    free = []
    for example in sorted(pool, key=lambda e: e.id):
        words = example.key
        if example.id not in used_ids and words not in used_keys:
            free.append(example)
            used_keys.add(words)
    where = ", ".join(sorted({e.language for e in pool})) or "no language"
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in free:
        for name in groups_of(example):
            groups[name].append(example)
    # One stream per task and language, so that one draw never shifts another.
    dice = random.Random(f"{task} {where} {seed}")
    names = sorted(groups, key=lambda name: (name == "", name))
    real = [name for name in names if name]
    dice.shuffle(real)
    names = real + [name for name in names if not name]
    for name in names:
        dice.shuffle(groups[name])
        middle = median(_length(e) for e in groups[name])
        groups[name] = [e for e in groups[name] if _length(e) <= middle]
    chosen: dict[str, Example] = {}
    while len(chosen) < k and any(groups.values()):
        for name in names:
            while groups[name] and groups[name][0].id in chosen:
                groups[name].pop(0)
            if groups[name] and len(chosen) < k:
                example = groups[name].pop(0)
                chosen[example.id] = example
    if len(chosen) < k:
        raise XltError(
            f"`shots` is {k}, but the {task} pool ({where}) has only {len(chosen)} demonstrations "
            f"to draw: {len(pool)} examples, {len(free)} of them not in the test set and no "
            "repeats, half of these short enough: ask for fewer shots or give a larger pool"
        )
    return tuple(chosen.values())


def _length(example: Example) -> int:
    return sum(map(len, example.texts))
