"""The engine against lm-evaluation-harness's own hf backend, where it is installed (optional)."""

import pytest
from tiny_models import TEXT, causal, tokenizer

from xltlib.models.engine.engine import LanguageModel

pytest.importorskip("lm_eval", reason="lm-eval is an optional extra: pip install -e '.[bench]'")

LABELS = [" wasanni", " siyasa", " siyasa da mulki", " w", " lafiya", " lafiyar"]
HEAD = f"Labari: {TEXT[0]}\nBatu: siyasa\n\n"
PROMPTS = [f"{HEAD}Labari: {' '.join(TEXT[:n])}\nBatu:" for n in (1, 3, 2, 1, 4)]


def harness(architecture: str, bos: bool):
    from lm_eval.models.huggingface import HFLM

    made = tokenizer("gpt2", bos)
    model = causal(architecture, len(made))
    theirs = HFLM(pretrained=model, tokenizer=made, batch_size=4, max_length=512)
    return theirs, LanguageModel(model, made, 512)


def instances(kind: str, arguments: list[tuple]):
    from lm_eval.api.instance import Instance

    return [Instance(kind, {}, a, i) for i, a in enumerate(arguments)]


@pytest.mark.parametrize("bos", [False, True])
@pytest.mark.parametrize("architecture", ["llama", "qwen2", "gemma", "neox"])
def test_same_likelihoods_and_choices(architecture, bos):
    theirs, lm = harness(architecture, bos)
    pairs = [(p, label) for p in [*PROMPTS, ""] for label in LABELS]
    expected = theirs.loglikelihood(instances("loglikelihood", pairs), disable_tqdm=True)
    rows = lm.score([*PROMPTS, ""], [LABELS] * (len(PROMPTS) + 1))
    ours = [value for row in rows for value in row]
    assert max(abs(a - b) for a, (b, _) in zip(ours, expected, strict=True)) < 1e-4


def test_same_token_ids():
    theirs, lm = harness("llama", bos=True)
    for prompt in [*PROMPTS, "Batu: "]:
        [request] = lm.encoder.requests([prompt], [LABELS])
        for label, tail in zip(LABELS, request.tails, strict=True):
            assert theirs._encode_pair(prompt, label) == (request.stem, tail)


def test_same_generations():
    theirs, lm = harness("llama", bos=False)
    free = lm.generate(PROMPTS, 16)
    for until in ([], [max((g.text for g in free), key=len)[2:4]]):
        settings = {"until": until, "max_gen_toks": 16, "do_sample": False}
        requests = instances("generate_until", [(p, settings) for p in PROMPTS])
        expected = theirs.generate_until(requests, disable_tqdm=True)
        assert [g.text for g in lm.generate(PROMPTS, 16, until)] == expected
