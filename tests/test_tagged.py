"""Entities tagged in a copy of the sentence: no model can write an answer that is not one."""

import pytest
import torch
from conftest import mini_without_arms
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import TOKENIZERS, causal, tokenizer

from xltlib import methods, tasks
from xltlib.config import ModelSpec, load_language, load_profile
from xltlib.data import Example
from xltlib.errors import XltError
from xltlib.models.engine.copying import Copying
from xltlib.models.engine.engine import LanguageModel
from xltlib.study.study import Study
from xltlib.tasks import INVALID
from xltlib.tasks.ner import Tagged
from xltlib.text import tagged
from xltlib.text.spans import Span, whole_words

TAGS = {"PER": "PER", "LOC": "LOC", "ORG": "ORG"}
SENTENCES = [
    "Musa Bello ya tafi Kano, (ba Abuja) ba.",
    "ƙungiyar 'Yan wasa  ta Ɓaure; PER[ x ] ya",
    "Kano",
    "Abasomesa b'essomero lino 世界 ng'olwo é",
]
PROMPTS = [f"Rubutu: {text}\nSunaye:" for text in SENTENCES]


def engine(kind="gpt2", seed=0) -> LanguageModel:
    made = tokenizer(kind)
    torch.manual_seed(seed)
    return LanguageModel(causal("llama", len(made), "sdpa"), made, 1024)


def copies(sentences=SENTENCES):
    return [tagged.copy(one, TAGS.values()) for one in sentences]


def bare(output: str) -> str:
    for tag in (*map(tagged.opening, TAGS.values()), tagged.CLOSE):
        output = output.replace(tag, "")
    return output


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_every_output_reads_back_as_its_sentence_with_legal_tags(kind):
    lm, seen = engine(kind), 0
    for most in (400, 120):
        made = lm.generate(PROMPTS, most, ("\n",), copies=copies())
        for answer, sentence in zip(made, SENTENCES, strict=True):
            spans = tagged.read(answer.text, sentence, TAGS)
            assert spans is not None and answer.tokens <= most
            if "PER[" not in sentence:
                assert bare(answer.text) == f" {sentence}"
            assert all(sentence[s.start : s.end].strip() for s in spans)
            assert all(whole_words(sentence, s.start, s.end) for s in spans)
            seen += len(spans)
    assert seen, "no tag was tried"


@pytest.mark.parametrize("way", ["whole", "dense"])
def test_another_way_to_compute_writes_the_same(way):
    lm = engine()
    before = lm.generate(PROMPTS, 400, ("\n",), copies=copies())
    lm.use(way)
    assert lm.generate(PROMPTS, 400, ("\n",), copies=copies()) == before


def test_tokens_are_those_of_transformers_under_the_same_constraint():
    """The oracle: ``generate`` with a function that names the tokens allowed after a prefix."""
    lm = engine()
    for prompt, copy in zip(PROMPTS, copies(), strict=True):
        ids = lm.tokenizer(prompt)["input_ids"]

        def allowed(batch, sent, ids=ids, copy=copy):
            row = Copying([copy], lm.encoder, min(lm.eos), 400)._rows[0]
            for token in sent.tolist()[len(ids) :]:
                row.allowed()
                row.take(token)
            return row.allowed() or [min(lm.eos)]

        output = lm.model.generate(
            torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            do_sample=False, max_new_tokens=400, prefix_allowed_tokens_fn=allowed,
            eos_token_id=sorted(lm.eos), pad_token_id=3,
        )  # fmt: skip
        (ours,) = lm.generate([prompt], 400, copies=[copy])
        assert list(ours.ids) == output[0, len(ids) :].tolist()


def test_a_sentence_longer_than_an_answer_may_be_is_refused():
    with pytest.raises(XltError, match="`max_new_tokens` is 4, but a text to be copied has"):
        engine().generate(PROMPTS, 4, copies=copies())


@settings(max_examples=200)
@given(st.data())
def test_what_is_written_is_read_back(data):
    text = data.draw(st.text(st.sampled_from("aɓ ,.]['[PER\u0301"), min_size=1, max_size=20))
    text = text.strip() or "a"
    edges = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = [
        Span(a, b, "PER")
        for a, b in zip(edges[::2], edges[1::2], strict=False)
        if text[a:b] == text[a:b].strip() != ""
    ]
    output = tagged.write(text, spans, {"PER": "PER"})
    if " ]" in f" {text}" or "PER[" in text:
        return  # there the sentence goes on like a tag, and is taken for the sentence
    assert tagged.read(output, text, {"PER": "PER"}) == spans


@pytest.mark.parametrize(
    "output",
    ["Musa ya", "PER[ Musa ya", "PER[ ] Musa ya tafi", "Musa ] ya tafi", "LOC[ PER[ Musa ] ] ya",
     "Musa ya tafi gida", ""],
)  # fmt: skip
def test_what_is_no_tagged_copy_is_no_answer(output):
    language = load_language("hau")
    item = Example("1", "hau", "Musa ya tafi", (Span(0, 4, "PER"),))
    assert Tagged().parse(output, item, language, tuple(TAGS)) is INVALID
    found = Tagged().parse(" PER[ Musa ] ya tafi", item, language, tuple(TAGS))
    assert Tagged().score(found, item) == {"tp": 1, "fp": 0, "fn": 0}


def profile(tmp_path, more=""):
    path = tmp_path / "own.yaml"
    arm = f"arms:\n  - {{name: tagged, tasks: [ner], max_new_tokens: {{ner: 300}}{more}}}\n"
    path.write_text(mini_without_arms() + arm, encoding="utf-8")
    return str(path)


def test_the_arm_is_always_valid_and_shows_tagged_demonstrations(home, tmp_path):
    one = Study("tagged", "ner", profile=profile(tmp_path), shots=[2], seeds=[0], limit=6)
    shown = one.demonstrations(2, 0)
    prompt = one.prompts(2, 0)[0].text
    for item in shown:
        assert tagged.write(item.text, item.gold, load_language("hau").entity_types) in prompt
    rows = one.run(progress=lambda line: None)
    assert rows["valid"].all() and len(rows) == 6
    for output, item in zip(rows["output"], one.test, strict=True):
        assert bare(output.replace(" DATE[", "")) == f" {item.text}"
    assert rows[["tp", "fp", "fn"]].notna().all().all()


def test_it_tags_entities_alone():
    with pytest.raises(XltError, match="cannot do the task 'topics': give its arm"):
        methods.get("tagged").asks(tasks.get("topics"))
    model = ModelSpec(path="openai:http://here:1/v1#m", context=64)
    served = load_profile("mini").model_copy(update={"model": model})
    with pytest.raises(XltError, match="a server, does not let it"):
        methods.get("tagged").check(served, "hau", ["mini"])
