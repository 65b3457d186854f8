"""What the rows on a real model are asked: Gemma 3 270M, or any folder's model, on Hausa text.

Prompts of SIB-200 (some 300 tokens), of MasakhaNEWS beyond Gemma's window of 512 (some 1,800), of
SIB-200 behind demonstrations of each item's own, the nearest by TF-IDF, and of MasakhaNER, to be
continued by up to 96 tokens. ``--model`` names the folder (safetensors and tokenizer).
"""

import time
from pathlib import Path

import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from xltlib import data
from xltlib.config import load_language
from xltlib.models.engine.engine import LanguageModel
from xltlib.models.weights import load

from .material import Material, cut

TASKS = {
    "sib": "SIB-200, 7 labels, 4 shared demonstrations",
    "news": "MasakhaNEWS, prompts beyond the window, 4 shared demonstrations",
    "retrieved": "SIB-200, 4 retrieved demonstrations per item",
    "ner": "MasakhaNER, 4 shared demonstrations, up to 96 new tokens",
}
ITEMS = {"sib": 24, "news": 12, "retrieved": 24, "ner": 16}
#: lm-eval's batch sizes to choose from. In scoring more than one sequence gains nothing on a CPU
#: (and of 8 prompts of 1,800 tokens the logits exceed 24 GB); in decoding the most rows do.
BATCHES = {"sib": (1,), "news": (1,), "retrieved": (1,), "ner": (4, 16)}
#: Rows of which lm-eval, at one sequence at a time, is asked for each item in a process of its own:
#: it shares nothing among items, so its seconds are the same, and half an hour can be broken off.
PIECEWISE = {"news"}
BARS = {"sib": 80.0, "news": 40.0, "retrieved": 6.0, "ner": 4.0}
#: Nats. lm-eval's float32 ``log_softmax`` over 262,144 columns is off by up to 1.8e-4 a token.
CLOSE = 5e-4
CONTEXT = 4096
LENGTHS = (256, 384, 512, 640, 1024, 2048)  # tokens, for the growth of cost across the window
FLAT = 1.5  # seconds per distinct token of the dearest length over those of the cheapest
_SHOTS = 4


def loaded(folder: Path):
    """(model, tokenizer) of a folder, in float32 on the CPU."""
    with load.quiet():
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        return model.eval().requires_grad_(False), AutoTokenizer.from_pretrained(folder)


def asked(task: str, words: PreTrainedTokenizerBase, data_dir: Path, items: int) -> Material:
    """The prompts of a row, and its labels."""
    if task == "ner":
        return _entities(data_dir, items)
    dataset = "masakhanews" if task == "news" else "sib200"
    pool, test = (data.load(dataset, "topics", "hau", s, data_dir) for s in ("demos", "test"))
    test, language = test[:items], load_language("hau")
    names = {e.gold: language.labels[e.gold] for e in [*pool, *test]}
    tokens = 370 if task == "news" else 90
    texts = {e.id: cut(words, e.text, tokens) for e in [*pool, *test]} if task == "news" else {}

    def turn(example: data.Example) -> str:
        return f"Rubutu: {texts.get(example.id, example.text)}\nMaudu'i:"

    nearest = _nearest(pool, test) if task == "retrieved" else [range(_SHOTS)] * items
    shots = [[pool[i] for i in chosen] for chosen in nearest]
    prompts = [
        "".join(f"{turn(e)} {names[e.gold]}\n\n" for e in shown) + turn(item)
        for shown, item in zip(shots, test, strict=True)
    ]
    return Material(prompts, [f" {name}" for name in names.values()])


def _nearest(pool: list, test: list) -> list[list[int]]:
    """Of each item the demonstrations with the most alike characters, the nearest last."""
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)).fit([e.text for e in pool])
    alike = vectors.transform([e.text for e in test]) @ vectors.transform([e.text for e in pool]).T
    return [row.argsort()[-_SHOTS:].tolist() for row in alike.toarray()]


def _entities(data_dir: Path, items: int) -> Material:
    pool, test = (data.load("masakhaner1", "ner", "hau", s, data_dir) for s in ("demos", "test"))
    shown = sorted((e for e in pool if e.gold), key=lambda e: -len(e.text))[20 : 20 + _SHOTS]

    def answer(example: data.Example) -> str:
        return "; ".join(f"{s.type}: {example.text[s.start : s.end]}" for s in example.gold)

    head = "".join(f"Rubutu: {e.text}\nSunaye: {answer(e)}\n\n" for e in shown)
    return Material([f"{head}Rubutu: {e.text}\nSunaye:" for e in test[:items]], [], 96)


def growth(folder: Path, data_dir: Path, items: int = 2) -> list[dict]:
    """CPU seconds of scoring 7 labels behind 4 shared demonstrations, by the prompts' length."""
    torch.set_num_threads(1)
    model, words = loaded(folder)
    lm = LanguageModel(model, words, CONTEXT)
    lm.way()
    pool = data.load("masakhanews", "topics", "hau", "demos", data_dir)
    ids = words(" ".join(e.text for e in pool), add_special_tokens=False)["input_ids"]
    names = [f" {name}" for name in load_language("hau").labels.values()][:7]
    rows = []
    for length in LENGTHS:
        own, spare = length // 6, 8 * (_SHOTS + 1)
        shot = (length - own - spare) // _SHOTS
        starts = range(0, _SHOTS * shot, shot)
        head = "".join(f"Rubutu: {words.decode(ids[i : i + shot])}\nMaudu'i: {names[0]}\n\n"
                       for i in starts)  # fmt: skip
        places = [20_000 + k * own for k in range(items)]
        prompts = [f"{head}Rubutu: {words.decode(ids[p : p + own])}\nMaudu'i:" for p in places]
        lm.score(prompts, [names] * items)  # whatever is made once per shape
        before, start = lm.usage.copy(), time.process_time()
        lm.score(prompts, [names] * items)
        seconds, used = time.process_time() - start, lm.usage.since(before)
        rows.append(
            {
                "tokens": len(words(prompts[0])["input_ids"]),
                "cpu": seconds,
                "distinct": used.distinct_tokens,
                "ratio": used.model_tokens / used.distinct_tokens,
                "ms": 1000 * seconds / used.distinct_tokens,
            }
        )
    return rows


def growth_markdown(rows: list[dict]) -> str:
    """The growth of cost as Markdown, with the bar: no step at the window."""
    each = [r["ms"] for r in rows]
    lines = [
        "| tokens of a prompt | CPU s | distinct | passed / distinct | ms per distinct token |",
        "|---|---|---|---|---|",
    ]
    for r in rows:
        lines.append(
            f"| {r['tokens']} | {r['cpu']:.2f} | {r['distinct']} | {r['ratio']:.3f} "
            f"| {r['ms']:.2f} |"
        )
    lines.append("")
    lines.append(f"dearest over cheapest: {max(each) / min(each):.2f} (bar {FLAT})")
    return "\n".join(lines)


def decoding(folder: Path, data_dir: Path, items: int = 16, steps: int = 16) -> dict:
    """A decoding step of MasakhaNER: CPU seconds, and how much of them the output layer takes."""
    torch.set_num_threads(1)
    model, words = loaded(folder)
    lm = LanguageModel(model, words, CONTEXT)
    lm.eos = frozenset()  # each answer is as long
    prompts = _entities(data_dir, items).prompts
    lm.generate(prompts, 2)
    took = []
    for tokens in (1, 1 + steps):
        start = time.process_time()
        lm.generate(prompts, tokens)
        took.append(time.process_time() - start)
    step = (took[1] - took[0]) / steps
    states = torch.randn(items, lm.core.config.hidden_size)
    with torch.inference_mode(), lm.fast():
        lm.core.logits(states)
        start = time.process_time()
        for _ in range(steps):
            lm.core.logits(states)
        head = (time.process_time() - start) / steps
    return {
        "vocabulary": lm.core.vocabulary,
        "rows": items,
        "ms": 1000 * step,
        "head": head / step,
        "tokens/s": items / step,
    }


def decoding_markdown(rows: list[dict]) -> str:
    """Decoding by the size of the vocabulary as Markdown."""
    lines = [
        "| vocabulary | answers at a time | CPU ms a step | of it the output layer "
        "| tokens written per CPU s |",
        "|---|---|---|---|---|",
    ]
    for r in rows:
        lines.append(
            f"| {r['vocabulary']:,} | {r['rows']} | {r['ms']:.0f} | {100 * r['head']:.0f} % "
            f"| {r['tokens/s']:.0f} |"
        )
    return "\n".join(lines)
