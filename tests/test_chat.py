"""Chat templates: prompts as turns or as text, in the engine and for a chat server."""

import copy
from dataclasses import replace

import pytest
import tiny_models
import yaml
from served import serve
from test_endpoint import profile_of, spec_of

from xltlib import models
from xltlib.config import ModelSpec, load_language, load_profile
from xltlib.data import Example
from xltlib.errors import XltError
from xltlib.models.engine import plain
from xltlib.models.engine.engine import LanguageModel
from xltlib.models.served.byte_counter import ByteCounter
from xltlib.prompts import chat
from xltlib.prompts.check import check_prompts
from xltlib.prompts.fit import fit
from xltlib.study.study import Study
from xltlib.tasks import get

ner, summarization, topics = get("ner"), get("summarization"), get("topics")
HAU = load_language("hau")
LABELS = ("sports", "politics", "health")
DEMOS = [
    Example("d1", "hau", "'Yan wasan sun dawo gida bayan gasar.", "sports"),
    Example("d2", "hau", "Ɗalibai ɗari biyu sun ƙi zuwa.\nAn yi ƙwarya-ƙwarya.", "politics"),
]
ITEM = Example("t1", "hau", "Shugaban ƙungiyar ya ce za a buɗe sabuwar kasuwa a Kano.", "health")

# The ways in which templates in use differ: marks, BOS, where the answer's space or line stands.
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
INST = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content | trim }} "
    "[/INST]{% else %} {{ m.content | trim }} {{ eos_token }}{% endif %}{% endfor %}"
)
LINE = (
    "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}{{ eos_token }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
THOUGHT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' and loop.last %}"
    "<think>\n\n</think>\n\n{% endif %}{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TEMPLATES = {"chatml": CHATML, "inst": INST, "line": LINE, "thought": THOUGHT}
STYLES = ("turns", "text")


def tokenizer(template: str | None, kind: str = "gpt2", bos: bool = True):
    """One that puts <s> before any text: a template's prompts must not get it a second time."""
    made = copy.deepcopy(tiny_models.tokenizer(kind, bos))
    made.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    made.chat_template = template and TEMPLATES[template]
    return made


def chatting(template: str, kind: str = "gpt2") -> LanguageModel:
    made = tokenizer(template, kind)
    return LanguageModel(tiny_models.causal("llama", len(made)), made, 512, chat=True)


@pytest.fixture(scope="module")
def mini():
    """The mini model with a template: a stand-in for a chat model."""
    lm = models.load_lm(load_profile("mini").model)
    made = LanguageModel(lm.model, copy.deepcopy(lm.tokenizer), 1024, chat=True)
    made.tokenizer.chat_template = "{% for m in messages %}{{ m.role }}:\n{{ m.content }}\n\n" + (
        "{% endfor %}{% if add_generation_prompt %}assistant:\n{% endif %}"
    )
    return made


def prompt(demos=DEMOS, item=ITEM):
    return topics.render(item, demos, HAU, 0, LABELS)


def test_turns_and_text():
    one = prompt()
    turns = chat.messages(one, one.turns, one.document, "turns")
    assert [m["role"] for m in turns] == ["user", "assistant"] * 2 + ["user"]
    assert turns[0]["content"].startswith(one.instruction + "\n\n" + one.frame.before + "'Yan")
    assert turns[1]["content"] == one.turns[0].answer and "\n" not in turns[3]["content"]
    assert turns[-1]["content"] == f"{one.frame.before}{ITEM.text}{one.frame.after}"
    (text,) = chat.messages(one, one.turns, one.document, "text")
    assert text == {"role": "user", "content": one.text()}
    bare = chat.messages(prompt([]), (), ITEM.text, "turns")
    assert bare == chat.messages(prompt([]), (), ITEM.text, "text")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("kind", ["gpt2", "llama3", "metaspace", "unigram"])
def test_the_ids_are_the_templates_own(template, style, kind):
    lm = chatting(template, kind)
    fitted = fit(prompt(), lm.tokenizer, 5000, style)
    said = list(fitted.messages)
    words = topics.words(HAU, LABELS).values()
    options = [chat.answer(lm.tokenizer, " " + word) for word in words]
    (request,) = lm.encoder.requests([fitted.text], [options])
    assert len(set(request.skips)) == 1
    for word, tail in zip(words, request.tails, strict=True):
        ids = request.stem + tail
        whole = lm.tokenizer.apply_chat_template(
            [*said, {"role": "assistant", "content": word}], tokenize=True, return_dict=False
        )
        assert whole[: len(ids)] == ids
        assert lm.tokenizer.decode(ids).rstrip().endswith(lm.tokenizer.decode(
            lm.tokenizer(word, add_special_tokens=False)["input_ids"]).strip())  # fmt: skip
    asked = lm.tokenizer.apply_chat_template(
        said, tokenize=True, add_generation_prompt=True, return_dict=False
    )
    (own,) = lm.encoder.prompts([fitted.text])
    assert own[: len(asked)] == asked and len(own) == fitted.tokens
    written = lm.tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True)
    opened = {"line": "\n", "thought": "<think>\n\n</think>\n\n"}.get(template, "")
    assert fitted.text == written + opened


@pytest.mark.parametrize("template", TEMPLATES)
def test_scores_and_texts_are_those_of_plain_passes(template):
    lm = chatting(template)
    items = [replace(ITEM, id=f"{i}", fields=f"{ITEM.text} {i}") for i in range(3)]
    fitted = [fit(prompt(DEMOS, item), lm.tokenizer, 480, "turns") for item in items]
    check_prompts(fitted, items)
    texts = [f.text for f in fitted]
    ends = [[chat.answer(lm.tokenizer, w) for w in topics.words(HAU, LABELS).values()]] * 3
    bare = copy.deepcopy(lm.tokenizer)
    bare.backend_tokenizer.post_processor = None  # the oracle must not add <s> either
    bare = type(lm.tokenizer)(tokenizer_object=bare.backend_tokenizer, bos_token="<s>",
                              eos_token="</s>", pad_token="<pad>", unk_token="<unk>")  # fmt: skip
    for ours, theirs in zip(
        lm.score(texts, ends), plain.score(lm.model, bare, texts, ends), strict=True
    ):
        assert ours == pytest.approx(theirs, abs=1e-4)
    made = lm.generate(texts, 8)
    assert [g.text for g in made] == [
        g.text for g in plain.generate(lm.model, bare, texts, 8, (), lm.eos)
    ]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_only_documents_are_cut(template, style):
    tokens = tokenizer(template)
    whole = fit(prompt(), tokens, 5000, style)
    least = fit(prompt(DEMOS, replace(ITEM, fields="Sh")), tokens, 5000, style).tokens - 50
    for budget in (whole.tokens, whole.tokens - 1, whole.tokens - 30, least):
        cut = fit(prompt(), tokens, budget, style)
        assert cut.tokens <= budget and cut.document
        assert cut.tokens == len(tokens(cut.text, add_special_tokens=False)["input_ids"])
        assert cut.text.endswith(cut.document + cut.tail) and cut.tail == whole.tail
        assert ITEM.text.startswith(cut.document)
        assert prompt().instruction in cut.text
        for word in topics.words(HAU, LABELS).values():
            assert word in cut.text
        assert cut.messages[-1]["content"].endswith(f"{cut.document}{prompt().frame.after}")
        assert cut.truncated_tokens > 0 or budget == whole.tokens
        check_prompts([cut], [ITEM])
    with pytest.raises(XltError, match="use fewer shots"):
        fit(prompt(), tokens, 20, style)


def test_the_other_tasks_have_turns_too():
    summary = summarization.render(
        replace(ITEM, gold="x"), [replace(DEMOS[0], gold="Gasar ƙarshe")], HAU, 0
    )
    assert chat.messages(summary, summary.turns, "x", "turns")[1]["content"] == "Gasar ƙarshe"
    types = tuple(HAU.entity_types)[:2]
    entities = ner.render(replace(ITEM, gold=()), [replace(DEMOS[0], gold=())], HAU, 0, types)
    assert chat.messages(entities, entities.turns, "x", "turns")[1]["content"] == HAU.none


def test_no_template_is_one_clear_error():
    for style in STYLES:
        with pytest.raises(XltError, match="tokenizer has no chat template: leave it out for a ba"):
            fit(prompt(), tokenizer(None), 500, style)


def test_templates_that_cannot_be_used_say_why():
    made = tokenizer(None)
    made.chat_template = "{{ raise_exception('Roles must alternate') }}"
    with pytest.raises(XltError, match="refuses the prompt .*Roles must alternate.*turns"):
        fit(prompt(), made, 500, "turns")
    made = tokenizer(None)
    made.chat_template = "{% for m in messages %}{{ m.content | upper }}{{ m.content }}{% endfor %}"
    with pytest.raises(XltError, match="does not show the user's last message once"):
        fit(prompt(), made, 5000, "text")
    made = tokenizer(None)
    made.chat_template = "{% for m in messages %}{{ m.content | upper }}{% endfor %}"
    with pytest.raises(XltError, match="does not show a message as it is"):
        fit(prompt(), made, 5000, "text")
    made = tokenizer(None)
    made.chat_template = (
        "{% for m in messages %}{{ m.content }}{% endfor %}"
        "{% if add_generation_prompt %}>>{% endif %}"
    )
    with pytest.raises(XltError, match="writes another header before an answer that is given"):
        fit(prompt(), made, 5000, "text")


def test_a_study_of_a_chat_model(home, mini, tmp_path):
    """A folder with a chat template, asked through Study: other prompts, every item answered."""
    folder = tmp_path / "chat"
    mini.model.save_pretrained(folder)
    mini.tokenizer.save_pretrained(folder)
    content = load_profile("mini").model_dump(mode="json") | {"name": "chat"}
    files = {}
    for style in STYLES:
        content["model"] |= {"path": str(folder), "chat": style}
        files[style] = tmp_path / f"{style}.yaml"
        files[style].write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    for task in ("topics", "ner"):
        rows = {}
        for style in STYLES:
            study = Study("prompt", task, profile=str(files[style]), shots=[2], seeds=[0], limit=4)
            assert study.prompts(2, 0)[0].text.startswith("user:\n")
            rows[style] = study._part(2, 0)
            assert len(rows[style]) == 4
        assert set(rows["turns"]["prompt_sha256"]).isdisjoint(rows["text"]["prompt_sha256"])
        if task == "topics":
            assert rows["turns"]["valid"].all() and rows["text"]["valid"].all()


@pytest.mark.parametrize("style", STYLES)
def test_a_chat_server_answers_as_the_engine(home, mini, tmp_path, style):
    with serve(mini) as server:
        lm = models.load_lm(spec_of(server, chat=style, tokenizer=None))
        assert lm.takes_messages and lm.scoring == "parsed"
        fitted = [
            fit(prompt(DEMOS, replace(ITEM, fields=f"{ITEM.text} {i}")), mini.tokenizer, 900, style)
            for i in range(3)
        ]
        ours = lm.generate([f.messages for f in fitted], 12, ("\n",))
        theirs = mini.generate([f.text for f in fitted], 12, ("\n",))
        assert [(g.text, g.tokens) for g in ours] == [(g.text, g.tokens) for g in theirs]
        assert {path for path, _ in server.asked} == {"/v1/chat/completions"}
        path = profile_of(server, tmp_path, chat=style, context=4096, endpoint={"tokenizer": None})
        for task in ("topics", "ner"):
            rows = Study("prompt", task, profile=path).run(progress=lambda _: None)
            assert len(rows) == 10
        last = server.asked[-1][1]["messages"]
        assert len(last) == (5 if style == "turns" else 1)


def test_a_chat_server_that_constrains(home, mini, tmp_path):
    with serve(mini, can={"structured_outputs"}) as server:
        path = profile_of(server, tmp_path, chat="turns", context=4096, endpoint={})
        study = Study("prompt", "topics", profile=path)
        rows = study.run(progress=lambda _: None)
        assert (rows["scoring"] == "constrained").all() and rows["valid"].all()
        choices = server.asked[-1][1]["structured_outputs"]["choice"]
        assert choices == list(topics.words(study.language, study.labels).values())


def test_messages_in_bytes_count_more_than_a_template_adds():
    counter = ByteCounter()
    for style in STYLES:
        fitted = fit(prompt(), counter, 5000, style)
        said = list(fitted.messages)
        for template in TEMPLATES:
            ids = tokenizer(template).apply_chat_template(
                said, tokenize=True, add_generation_prompt=True, return_dict=False
            )
            assert fitted.tokens > len(ids)


def test_an_unknown_style_is_refused():
    with pytest.raises(ValueError, match="chat"):
        ModelSpec(path="mini", context=9, chat="system")


DATED = "Today: {{ strftime_now('%d %b %Y') }}\n" + CHATML
OPENED = CHATML.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}")


def test_a_template_that_writes_the_date_writes_a_fixed_one():
    made = tokenizer(None)
    made.chat_template = DATED
    fitted = fit(prompt(), made, 5000, "turns")
    assert fitted.text.startswith("Today: 26 Jul 2024\n")
    made.chat_template = "{% set f = '%Y' %}{{ strftime_now(f) }}" + CHATML
    with pytest.raises(XltError, match="writes today's date in a form that is not written out"):
        fit(prompt(), made, 5000, "text")
    assert chat.dated("abc", made, "turns") == "abc dated 2024-07-26"
    assert chat.dated("abc", made, None) == "abc"
    assert chat.dated("abc", tokenizer("chatml"), "turns") == "abc"
    assert chat.dated("abc", ByteCounter(), "turns") == "abc"


@pytest.mark.parametrize("style", STYLES)
def test_a_block_of_thought_that_a_template_opens_is_closed_for_every_task(style):
    made = tokenizer(None)
    made.chat_template = OPENED
    summary = summarization.render(
        replace(ITEM, gold="x"), [replace(DEMOS[0], gold="Gasar ƙarshe")], HAU, 0
    )
    for one in (prompt(), summary):
        fitted = fit(one, made, 5000, style)
        assert fitted.text.endswith("assistant\n<think>\n\n</think>\n\n")
        assert chat.answer(made, " siyasa") == "siyasa"


@pytest.mark.parametrize("style", STYLES)
def test_characters_for_private_use_in_demonstrations_are_text(style):
    demos = [replace(DEMOS[0], fields="Labari \ue000 daga \ue001 Kano"), DEMOS[1]]
    item = replace(ITEM, fields="Wani \ue000 labari")
    fitted = fit(prompt(demos, item), tokenizer("chatml"), 5000, style)
    assert "Labari \ue000 daga \ue001 Kano" in fitted.text
    assert fitted.text.count("Wani \ue000 labari") == 1
