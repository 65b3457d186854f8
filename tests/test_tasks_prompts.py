"""Layout, truncation by tokens, and the guards that a document reaches the model."""

import time
from dataclasses import replace

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from xltlib.config import Wording, load_language
from xltlib.data import Example, Span
from xltlib.errors import XltError
from xltlib.prompts.check import check_prompts
from xltlib.prompts.fit import fit
from xltlib.prompts.layout import compose
from xltlib.tasks import get
from xltlib.text.words import one_line

ner, summarization, topics = get("ner"), get("summarization"), get("topics")
ENG, HAU, LUG = load_language("eng"), load_language("hau"), load_language("lug")
LABELS = ("business", "health", "sports")
LINES = [
    "Text: the minister of health went to Kano on Monday\nTopic: health\n\n",
    "Text: the team of Kampala won the game in Kigali\nTopic: sports\n\n",
    "Rubutu: ƙungiyar ƙwallon ƙafa ta Kano ta ci wasa\nMaudu'i: wasanni\n\n",
    "Ekiwandiiko: omumyuka wa pulezidenti e Kampala n'abantu\nOmulamwa: ebyobufuzi\n\n",
]


@pytest.fixture(scope="module")
def tokenizer():
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=420, initial_alphabet=alphabet, show_progress=False)
    raw.train_from_iterator(LINES, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=raw)


def count(tokenizer, text):
    return len(tokenizer(text)["input_ids"])


def example(text, gold="health", id="a"):
    return Example(id, "eng", text, gold)


def test_layout():
    demonstration = example("A team won.\nAgain.", "sports", "d")
    prompt = topics.render(example("A clinic opened."), [demonstration], ENG, 0, LABELS)
    assert prompt.text() == (
        "Topics: business, health, sports.\n\n"
        "Text: A team won. Again.\nTopic: sports\n\n"
        "Text: A clinic opened.\nTopic:"
    )
    summary = example("A clinic opened.", "Clinic opens")
    prompt = summarization.render(summary, [replace(summary, id="d")], ENG, 0, ())
    assert prompt.text() == (
        "Text: A clinic opened.\nHeadline: Clinic opens\n\nText: A clinic opened.\nHeadline:"
    )
    entity = Example("a", "eng", "Musa went to Kano", (Span(0, 4, "PER"), Span(13, 17, "LOC")))
    empty = Example("e", "eng", "He went home", ())
    prompt = ner.render(empty, [entity, empty], ENG, 0, ("LOC", "PER"))
    assert prompt.text() == (
        "Names: LOC, PER.\n\n"
        "Text: Musa went to Kano\nNames: PER: Musa; LOC: Kano\n\n"
        "Text: He went home\nNames: none\n\n"
        "Text: He went home\nNames:"
    )


@pytest.mark.parametrize("wording", [-1, 3])
def test_a_wording_that_does_not_exist_is_refused(wording):
    with pytest.raises(XltError, match=rf"`wording` is {wording}, but language 'eng' has 3"):
        topics.render(example("x"), [], ENG, wording, LABELS)


@pytest.mark.parametrize(
    "instruction", ["{label}", "{}", "{labels!r}", "{labels:>9}", "{labels.x}", "{types}", "{a"]
)
def test_trap_1_an_undefined_name_in_a_template_fails(instruction):
    wording = Wording(instruction=instruction, document="Text", answer="Topic")
    language = ENG.model_copy(update={"prompts": {"topics": (wording,)}})
    with pytest.raises(XltError, match=r"eng\.yaml: prompts\.topics\[0\]\.instruction"):
        topics.render(example("x"), [], language, 0, LABELS)


def test_a_brace_can_be_written():
    wording = Wording(instruction="{{json}} {labels}", document="Text", answer="Topic")
    language = ENG.model_copy(update={"prompts": {"topics": (wording,)}})
    prompt = topics.render(example("x"), [], language, 0, ("health",))
    assert prompt.instruction == "{json} health"


def test_trap_1_every_document_reaches_the_model(tokenizer):
    examples = [example(f"Story {i} of the day.", id=f"{i}") for i in range(50)]
    prompts = [topics.render(e, [example("One.", id="d")], ENG, 0, LABELS) for e in examples]
    fitted = [fit(p, tokenizer, 400) for p in prompts]
    check_prompts(fitted, examples)
    constant = [replace(f, text="Text: text\nTopic:", document="text") for f in fitted]
    with pytest.raises(XltError, match="document of example '0' is not in its prompt"):
        check_prompts(constant, examples)
    missing = [replace(fitted[0], text="Text: text\nTopic:"), *fitted[1:]]
    with pytest.raises(XltError, match="document of example '0' is not in its prompt"):
        check_prompts(missing, examples)
    empty = [replace(fitted[0], text="Text: \nTopic:", document=""), *fitted[1:]]
    with pytest.raises(XltError, match="document of example '0' is not in its prompt"):
        check_prompts(empty, examples)


def test_trap_1_as_many_prompts_as_documents(tokenizer):
    first, second = example("one two three four", id="1"), example("one two three five", id="2")
    cut = [
        replace(fit(topics.render(e, [], ENG, 0, LABELS), tokenizer, 400)) for e in (first, second)
    ]
    same = [replace(f, text="Text: one\nTopic:", document="one") for f in cut]
    with pytest.raises(XltError, match="'1' and '2' have different documents but the same prompt"):
        check_prompts(same, [first, second])
    check_prompts([same[0], same[0]], [first, replace(first, id="copy")])


def test_what_fits_is_left_alone(tokenizer):
    prompt = topics.render(example("A clinic."), [example("A team.", "sports")], ENG, 0, LABELS)
    whole = count(tokenizer, prompt.text())
    fitted = fit(prompt, tokenizer, whole + 40)
    assert (fitted.text, fitted.tokens, fitted.truncated_tokens) == (prompt.text(), whole, 0)


DOCUMENT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120)


@settings(deadline=None, max_examples=150)
@given(
    document=DOCUMENT,
    demonstrations=st.lists(DOCUMENT, max_size=3),
    budget=st.integers(40, 300),
)
def test_fitted_prompts_keep_the_question_and_whole_graphemes(
    tokenizer, document, demonstrations, budget
):
    turns = [example(d, "sports", f"d{i}") for i, d in enumerate(demonstrations)]
    prompt = topics.render(example(document), turns, ENG, 0, LABELS)
    try:
        fitted = fit(prompt, tokenizer, budget)
    except XltError as error:
        assert "example 'a'" in str(error) and "fewer shots" in str(error)
        return
    assert fitted.tokens == count(tokenizer, fitted.text) <= budget
    assert fitted.text.startswith(prompt.instruction + "\n\n")
    assert fitted.text.endswith(f"Text: {fitted.document}\nTopic:")
    assert fitted.text.count("\nTopic: sports\n\n") >= len(turns)
    graphemes = regex.findall(r"\X", one_line(document))
    prefixes = ["".join(graphemes[:i]) for i in range(len(graphemes) + 1)]
    assert fitted.document in prefixes or fitted.document in {p.rstrip() for p in prefixes}
    if fitted.text == prompt.text():
        assert fitted.truncated_tokens == 0


@pytest.mark.parametrize("grapheme", ["e\u0323\u0301", "ƙ\u0300", "👩🏾‍⚕️"])
def test_a_cut_never_falls_inside_a_grapheme(tokenizer, grapheme):
    prompt = topics.render(example(f"Kano {grapheme * 30}"), [], ENG, 0, LABELS)
    kept = set()
    for budget in range(60, 100):
        rest = fit(prompt, tokenizer, budget).document.removeprefix("Kano").strip()
        assert rest == grapheme * (len(rest) // len(grapheme))
        kept.add(rest)
    assert len(kept) > 2


def test_the_cut_loses_no_more_than_it_must(tokenizer):
    document = "the team of Kampala won the game in Kigali " * 30
    prompt = topics.render(example(document), [], ENG, 0, LABELS)
    for budget in range(60, 120):
        fitted = fit(prompt, tokenizer, budget)
        assert budget - 2 <= fitted.tokens <= budget
        whole = count(tokenizer, prompt.text())
        assert fitted.truncated_tokens == whole - fitted.tokens


def test_demonstrations_are_cut_alike_for_all_items(tokenizer):
    long = "the minister of health went to Kano on Monday " * 20
    turns = [example(long, "health", "d0"), example("A team won.", "sports", "d1")]
    items = [example(text, id=text[:4]) for text in ("short", long, "the " * 200)]
    prompts = [topics.render(e, turns, ENG, 0, LABELS) for e in items]
    fitted = [fit(p, tokenizer, 220) for p in prompts]
    heads = {f.text[: f.text.rindex("Text: ")] for f in fitted}
    assert len(heads) == 1
    assert "A team won.\nTopic: sports" in heads.pop()
    assert all(f.truncated_tokens > 0 for f in fitted)
    assert fitted[0].document == "short"


def test_what_cannot_fit_is_refused(tokenizer):
    turns = [example("A team won.", "sports", f"d{i}") for i in range(4)]
    prompt = topics.render(example("A clinic opened.", id="item-7"), turns, ENG, 0, LABELS)
    with pytest.raises(XltError) as caught:
        fit(prompt, tokenizer, 30)
    message = str(caught.value)
    assert "'item-7'" in message and "30 fit" in message and "larger context" in message
    assert str(count(tokenizer, prompt.text())) in message


def test_a_tokenizer_that_adds_special_tokens_is_counted(tokenizer):
    class WithStart:
        def __call__(self, text, add_special_tokens=True, **options):
            found = tokenizer(text, **options)
            if add_special_tokens:
                found["offset_mapping"] = [(0, 0), *found["offset_mapping"]]
            return found

    prompt = topics.render(example("the team of Kampala won " * 9), [], ENG, 0, LABELS)
    plain, marked = fit(prompt, tokenizer, 60), fit(prompt, WithStart(), 60)
    assert plain.tokens <= 60 and marked.tokens <= 60
    assert count(tokenizer, marked.text) <= 59


@pytest.mark.parametrize("language", [ENG, HAU, LUG], ids=lambda language: language.code)
def test_trap_8_no_continuation_is_swallowed_by_the_join(tokenizer, language):
    item = Example("a", language.code, "Kano", "health")
    prompt = topics.render(item, [], language, 0, LABELS).text()
    assert prompt.endswith(":") and not prompt[-1].isspace()
    context = tokenizer(prompt)["input_ids"]
    for text in topics.options(None, language, LABELS).values():
        assert text.startswith(" ") and text == " " + text.strip()
        both = tokenizer(prompt + text)["input_ids"]
        assert both[: len(context)] == context and len(both) > len(context)


def test_hundreds_of_prompts_are_fitted_in_a_second(tokenizer):
    turns = [example("the team of Kampala won the game " * 8, "sports", f"d{i}") for i in range(4)]
    items = [example(f"{i} the minister went to Kano " * 20, id=f"{i}") for i in range(200)]
    prompts = [topics.render(e, turns, ENG, 0, LABELS) for e in items]
    start = time.process_time()
    check_prompts([fit(p, tokenizer, 500) for p in prompts], items)
    assert time.process_time() - start < 2.0


@given(st.text(max_size=60))
def test_shown_keeps_offsets_and_gives_one_line(text):
    assert len(one_line(text)) == len(text)
    assert len(one_line(text).splitlines()) <= 1
    assert all(a == b or b == " " for a, b in zip(text, one_line(text), strict=True))


PAIR = Wording(fields={"premise": "Premise", "hypothesis": "Claim"}, answer="Relation")


def pair(premise, hypothesis, gold="neutral", id="a"):
    return Example(id, "eng", {"premise": premise, "hypothesis": hypothesis}, gold)


def composed(item, turns=(), wording=PAIR, more=lambda example: []):
    language = ENG.model_copy(update={"prompts": {"nli": (wording,)}})
    return compose("nli", item, turns, lambda d: d.gold, language, 0, {}, more)


def test_an_item_may_have_several_texts():
    item = pair("It rained.\nAll day.", "It was wet.")
    assert item.text == "It rained. All day." and item.texts == [item.text, "It was wet."]
    prompt = composed(item, [pair("He ran.", "He stood.", "contradiction", "d")])
    assert prompt.text() == (
        "Premise: He ran.\nClaim: He stood.\nRelation: contradiction\n\n"
        "Premise: It rained. All day.\nClaim: It was wet.\nRelation:"
    )
    options = composed(item, more=lambda example: [("A", "yes"), ("B", "no")])
    assert options.text().endswith("Claim: It was wet.\nA: yes\nB: no\nRelation:")
    assert prompt.premise().text() == "Relation:"
    there = item.carried("hau", ["An yi ruwa.", "Ya jike."], "neutral")
    assert there.fields == {"premise": "An yi ruwa.", "hypothesis": "Ya jike."}


def test_a_field_without_a_word_is_refused():
    with pytest.raises(XltError, match=r"eng\.yaml: prompts\.nli\[0\] has no word for .*'premise'"):
        composed(pair("x", "y"), wording=Wording(document="Text", answer="Relation"))
    for wrong in ({}, {"document": "Text", "fields": {"text": "Text"}}):
        with pytest.raises(ValueError, match="either `document` or `fields`"):
            Wording(answer="Topic", **wrong)


def test_of_several_texts_the_longest_is_cut(tokenizer):
    long, short = "the team of Kampala won the game " * 30, "the minister went"
    turns = [pair(short, long, id="d")]
    for item in (pair(long, short), pair(short, long)):
        fitted = fit(composed(item, turns), tokenizer, 160)
        assert fitted.tokens <= 160 and fitted.truncated_tokens > 0
        assert fitted.text.count(short) == 2 and long.startswith(fitted.document)
        check_prompts([fitted], [item])
