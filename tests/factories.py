"""Made-up records and training histories with known effects, in the real schema."""

import hashlib
import json
import signal
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from conftest import FIXTURES

from xltlib import data, tasks
from xltlib.config import load_language
from xltlib.records.schema import SCHEMA
from xltlib.tasks import INVALID
from xltlib.tasks.entities import mention

LABELS = ("business", "entertainment", "health", "politics", "religion", "sports", "technology")
METHODS = ("prompt", "laft", "translate")
#: Added to the chance of success, in logits.
EFFECTS = {"prompt": 0.5, "laft": 0.1, "translate": 0.3}
LANGUAGE = {"hau": 0.2, "kin": -0.3, "lug": 0.0}
FLOPS = {"prompt": 2.0e9, "laft": 2.0e9, "translate": 4.5e9}


def heed_interrupts() -> None:
    """For ``preexec_fn``: a run in a shell's background ignores SIGINT, one by nohup SIGHUP."""
    for one in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(one, signal.SIG_DFL)


def records(
    items: int = 60,
    methods: Sequence[str] = METHODS,
    tasks: Sequence[str] = ("summarization", "topics", "ner"),
    languages: Sequence[str] = ("hau", "kin", "lug"),
    shots: Sequence[int] = (0, 1, 2, 4),
    seeds: Sequence[int] = (0, 1, 2),
    effects: dict[str, float] = EFFECTS,
    dataset: str = "mini",
    seed: int = 0,
) -> pd.DataFrame:
    """Records whose methods differ by ``effects``; items have difficulties that methods share.

    0 shots have the first seed only, as in real runs. 3 % of the outputs are invalid.
    """
    rng = np.random.default_rng(seed)
    frames = []
    for task in tasks:
        for language in languages:
            difficulty = rng.normal(0, 1, items)
            gold = rng.choice(LABELS, items)
            entities = rng.poisson(2.2, items)
            for k in shots:
                for s in seeds[:1] if k == 0 else seeds:
                    luck = rng.normal(0, 0.08)
                    for method in methods:
                        logit = (
                            effects[method]
                            + LANGUAGE.get(language, 0)
                            + 0.25 * k
                            - 0.6
                            + luck
                            - difficulty
                        )
                        chance = 1 / (1 + np.exp(-logit))
                        frame = _scores(rng, task, chance, gold, entities)
                        frame = frame.assign(
                            arm=method, method=method, task=task, language=language, shots=k, seed=s
                        )
                        frame["example_id"] = [f"{i:04d}" for i in range(items)]
                        frame["flops"] = FLOPS[method] * (1 + 0.6 * k)
                        frame["seconds"] = frame["flops"] / 5e10 * rng.lognormal(0, 0.1, items)
                        frame["cell_id"] = hashlib.sha256(
                            f"{method}{task}{language}".encode()
                        ).hexdigest()[:16]
                        frames.append(frame)
    rows = pd.concat(frames, ignore_index=True)
    rows["dataset"] = dataset
    rows["profile"], rows["model"], rows["model_revision"] = "mini", "mini", "abc"
    translate = rows["method"] == "translate"
    rows["translator"] = np.where(translate, "mini", "")
    rows["translator_revision"] = np.where(translate, "def", "")
    rows["prompt_language"] = np.where(translate, "eng", rows["language"])
    rows["prompt_sha256"] = "0" * 64
    rows["test_sha256"] = "1" * 64
    rows["demos_sha256"] = np.where(rows["shots"] > 0, "2" * 64, None)
    rows["model_tokens"], rows["distinct_tokens"] = 61.5, 60.0
    rows["prompt_tokens"], rows["truncated_tokens"], rows["output_tokens"], rows["dropped"] = (
        300,
        0,
        5,
        0,
    )
    rows["arm"] = rows["method"]
    rows["option_scores"] = rows["reading"] = rows["tied"] = None
    rows["scoring"] = np.where(rows["task"] == "topics", "likelihood", None)
    return rows.reindex(columns=SCHEMA.names)


def answered(
    dice: np.random.Generator,
    name: str,
    dataset: str,
    language: str,
    arms: Mapping[str, float],
    items: int = 12,
) -> pd.DataFrame:
    """Answers to a fixture's first items: right as often as an arm has it, another item's, or none.

    At 0 shots with one seed, at 4 with two.
    """
    task, rows = tasks.get(name), []
    test = data.load(dataset, name, language, "test", FIXTURES)[:items]
    for arm, share in arms.items():
        for shots, seed in ((0, 0), (4, 0), (4, 1)):
            for at, item in enumerate(test):
                if isinstance(item.gold, str):
                    other = task.parse(str(test[at - 1].gold), item, load_language(language), ())
                    right = item.gold
                else:
                    other, right = (), tuple(mention(item.text, span) for span in item.gold)
                answer = right if dice.random() < share else other
                answer = INVALID if dice.random() < 0.05 else answer
                told = {"arm": arm, "method": arm, "task": name, "dataset": dataset}
                told |= {"language": language, "prompt_language": language, "profile": "local"}
                told |= {"model": "m", "shots": shots, "seed": seed, "example_id": item.id}
                told |= {"answer": task.answer_json(answer), "gold": task.gold_json(item)}
                told |= {"valid": answer is not INVALID, "output": str(item.gold), "flops": 1e9}
                told |= {"seconds": 0.1, "cell_id": f"{arm}{name}", "dropped": 0}
                told |= {"truncated_tokens": 0}
                rows.append(dict.fromkeys(SCHEMA.names) | told | task.score(answer, item))
    return pd.DataFrame(rows)


def _scores(
    rng: np.random.Generator, task: str, chance: np.ndarray, gold: np.ndarray, entities: np.ndarray
) -> pd.DataFrame:
    n = len(chance)
    valid = rng.random(n) > 0.03
    empty = np.full(n, np.nan)
    columns = {
        c: empty for c in ("correct", "tp", "fp", "fn", "rouge1", "rouge2", "rougeL", "chrf")
    }
    gold_json, answers = [json.dumps(f"gold {i}") for i in range(n)], [json.dumps("x")] * n
    if task == "topics":
        right = (rng.random(n) < chance) & valid
        wrong = [str(rng.choice([x for x in LABELS if x != g])) for g in gold]
        gold_json = [json.dumps(str(g)) for g in gold]
        answers = [
            json.dumps(str(g) if r else w) for g, r, w in zip(gold, right, wrong, strict=True)
        ]
        columns["correct"] = right.astype(float)
    elif task == "ner":
        tp = rng.binomial(entities, chance) * valid
        columns["tp"], columns["fn"] = tp.astype(float), (entities - tp).astype(float)
        columns["fp"] = (rng.poisson(0.8 * (1 - chance)) * valid).astype(float)
    else:
        quality = np.clip(rng.beta(1 + 6 * chance, 7 - 6 * chance) * 0.7, 0, 1) * valid
        columns |= {
            "rouge1": quality,
            "rouge2": quality * 0.5,
            "rougeL": quality * 0.9,
            "chrf": quality * 70,
        }
    answers = [a if v else None for a, v in zip(answers, valid, strict=True)]
    return pd.DataFrame(
        {"output": "x", "answer": answers, "valid": valid, "gold": gold_json, **columns}
    )


def training(
    languages: Sequence[str] = ("hau", "kin", "lug"), steps: int = 200, seed: int = 0
) -> pd.DataFrame:
    """A LAFT history per language: losses fall, seconds and flops count from the start."""
    rng = np.random.default_rng(seed)
    frames = []
    for i, language in enumerate(languages):
        step = np.arange(0, steps + 1, 5)
        loss = 2.2 + 0.3 * i + 2.0 * np.exp(-step / 45) + rng.normal(0, 0.05, len(step))
        held_out = np.where(step % 25 == 0, loss + 0.1, np.nan)
        frames.append(
            pd.DataFrame(
                {
                    "language": language,
                    "step": step,
                    "tokens": step * 4096,
                    "loss": np.where(step > 0, loss, np.nan),
                    "held_out_loss": held_out,
                    "seconds": step * 0.4,
                    "flops": step * 4096 * 6 * 1.4e6,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
