"""What servers send that is no answer: each is told apart, tried again or refused, and not kept."""

import gzip
import json
import time
import warnings

import pytest
from pydantic import ValidationError
from stand_in import Raw, chat, stand_in

from xltlib import models
from xltlib.config import ModelSpec, load_profile
from xltlib.config.masked import masked
from xltlib.errors import XltError
from xltlib.models.served import answers, connection
from xltlib.models.served.address import address
from xltlib.text.stops import cut

ASK = [[{"role": "user", "content": "Wane batu?"}]]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(connection, "_FIRST", 0.01)
    for name in ("OPENAI_API_KEY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def in_turn(*answers_):
    """Answers one after another, the last for ever."""
    left = list(answers_)
    return lambda path, body: left.pop(0) if len(left) > 1 else left[0]


def said(server, stop=(), limit=20, **spec):
    model = models.load_lm(server.spec("turns", **spec))
    return model.generate(ASK, limit, stop)[0]


BROKEN = {
    "error in the choice": {
        "choices": [
            {
                "index": 0,
                "error": {"code": 502, "message": "upstream is gone"},
                "finish_reason": "error",
                "message": {"role": "assistant", "content": ""},
            }
        ]
    },
    "abort": chat("", "abort"),
    "no resources": chat("wasa", "insufficient_system_resource"),
    "error beside nothing": {"error": {"message": "Provider returned error", "code": 502}},
    "error in words": {"error": "overloaded", "choices": None},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_off_answer_is_asked_for_again_and_never_kept(broken, tmp_path):
    cache = tmp_path / "answers.sqlite"
    with stand_in(in_turn(broken, chat("wasanni"))) as server:
        assert said(server).text == "wasanni"
        assert len(server.asked) == 2
    with stand_in(lambda *_: broken) as server:
        model = models.load_lm(server.spec("turns"), cache=cache)
        with pytest.raises(XltError, match="failed 3 times, the last time with"):
            model.generate(ASK, 20)
        server.answer = lambda *_: chat("siyasa")
        assert model.generate(ASK, 20)[0].text == "siyasa"


def test_an_error_with_status_200_is_told_in_the_servers_words():
    error = {"error": {"message": "Provider returned error", "code": 502}}
    with stand_in(lambda *_: error) as server:
        with pytest.raises(XltError, match=r"3 times.*HTTP 502 \(Provider returned error\)"):
            said(server)
    refused = {"error": {"message": "no credit left", "code": 402}}
    with stand_in(lambda *_: refused) as server:
        with pytest.raises(XltError, match=r"HTTP 402 \(no credit left\)"):
            said(server)
        assert len(server.asked) == 1


FORMS = [
    {"object": "error", "message": "no credit left", "code": 402},
    [{"error": {"message": "no credit left", "status": 402}}],
    {"errors": [{"message": "no credit left", "code": 402}]},
]


@pytest.mark.parametrize("form", FORMS)
def test_an_error_with_status_200_has_many_forms(form):
    with stand_in(lambda *_: form) as server:
        with pytest.raises(XltError, match=r"HTTP 402 \(no credit left\)"):
            said(server)
        assert len(server.asked) == 1


def test_an_error_that_states_no_status_may_pass():
    with stand_in(in_turn({"detail": "the model is loading"}, chat("wasanni"))) as server:
        assert said(server).text == "wasanni"
    array = Raw(400, [b'[{"error": {"code": 400, "message": "too long"}}]'])
    with stand_in(lambda *_: array) as server:
        with pytest.raises(XltError, match=r"HTTP 400 \(too long\)"):
            said(server)


def test_a_refusal_is_an_answer_and_a_filter_is_told():
    with stand_in(lambda *_: chat(None, refusal="Ba zan iya ba")) as server:
        assert said(server).text == "Ba zan iya ba"
    with stand_in(lambda *_: chat(None, "content_filter")) as server:
        with pytest.warns(UserWarning, match="1 of 1 answers .*ended some by content_filter"):
            assert said(server).text == ""


THOUGHT = {
    "a block": "<think>\nKila siyasa?\n</think>\n\nwasanni",
    "its end alone": "Kila siyasa?\n</think>\n\nwasanni",
    "another name": "[THINK]Kila siyasa?[/THINK]wasanni",
    "with a setting": "<think budget='9'>Kila siyasa?</think>wasanni",
    "other brackets": "◁think▷Kila siyasa?◁/think▷wasanni",
    "a beginning and an end": "<|begin_of_thought|>Kila<|end_of_thought|>\n"
    "<|begin_of_solution|>wasanni<|end_of_solution|>",
    "the answer marked, too": "<|START_THINKING|>Kila<|END_THINKING|><|START_RESPONSE|>wasanni"
    "<|END_RESPONSE|>",
    "channels": "<|channel|>analysis<|message|>Kila<|end|><|start|>assistant<|channel|>final"
    "<|message|>wasanni<|return|>",
    "channels without their marks": "analysisKila siyasa?assistantfinalwasanni",
    "another word": "<scratchpad>Kila siyasa?</scratchpad>\n<answer>wasanni</answer>",
    "line breaks in front": "\n\nwasanni",
}


@pytest.mark.parametrize("text", THOUGHT.values(), ids=THOUGHT)
def test_thought_and_line_breaks_in_front_do_not_end_an_answer(text):
    def answer(path, body):  # as servers do: the first stop string ends all
        ends = [text.find(s) for s in body.get("stop", []) if s in text]
        return chat(text[: min(ends, default=len(text))])

    with stand_in(answer) as server:
        assert said(server, ("\n",), limit=200).text == "wasanni"


def test_stop_strings_are_searched_behind_line_breaks_in_front():
    assert cut("\n\nPER: Musa\nsaura", ("\n",)) == "PER: Musa"
    assert cut(" wasanni\nsaura", ("\n",)) == " wasanni"
    assert cut("\n\n", ("\n",)) == ""
    assert cut("abƙc", ("ƙ", "\n")) == "ab"
    assert cut("\nabƙ", ("b",)) == "\na"


@pytest.mark.parametrize(
    "answer",
    [
        chat(None, "length", reasoning_content="Kila siyasa?"),
        chat("<think>\nKila siyasa? Kila", "length"),
    ],
)
def test_answers_that_thinking_left_empty_are_one_clear_error(answer):
    with stand_in(lambda *_: answer) as server:
        with pytest.raises(XltError, match="1 of 1 answers .* empty, 1 .*max_new_tokens.*thinking"):
            said(server, ("\n",))


def test_some_empty_answers_are_a_warning():
    with stand_in(in_turn(chat(""), chat("wasanni"))) as server:
        model = models.load_lm(server.spec("turns"))
        two = [*ASK, [{"role": "user", "content": "Da wannan?"}]]
        with pytest.warns(UserWarning, match="1 of 2 answers of 'm' are empty, 0 of them cut"):
            model.generate(two, 20)


def choice(index, names, first=None):
    logs = [first, *[-1.0] * len(names)]
    return {"index": index, "logprobs": {"tokens": [*names, "x"], "token_logprobs": logs}}


def scored(*choices, tokens):
    return {"choices": list(choices), "usage": {"prompt_tokens": tokens}}


def test_fewer_more_or_doubled_choices_are_not_believed():
    prompt, cat, dog = ["The"], ["The", " cat"], ["The", " dog"]
    whole = scored(choice(0, prompt), choice(1, cat), choice(2, dog), tokens=5)
    assert answers.likelihoods(whole, 3) == [-1.0, -1.0]
    wrong = [
        scored(choice(0, prompt), choice(1, cat), tokens=3),
        scored(choice(0, prompt), choice(1, cat), choice(1, cat), tokens=5),
        scored(choice(0, prompt), *(choice(i, cat) for i in (1, 2, 3)), tokens=7),
    ]
    for content in wrong:
        with pytest.raises(answers.Unusable, match="sent 3 texts and answered with the choices"):
            answers.likelihoods(content, 3)
    two = {"choices": [*chat("wasanni")["choices"], *chat("siyasa")["choices"]]}
    none = {"choices": []}
    other = {"choices": [chat("wasanni")["choices"][0] | {"index": 1}]}
    for content in (two, none, other):
        with stand_in(lambda *_, content=content: content) as server:
            with pytest.raises(XltError, match="not as the OpenAI protocol has it"):
                said(server)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), True, "-1.0", 0.5])
def test_log_probabilities_that_are_not_finite_are_no_scores(value):
    content = scored(choice(0, ["The"]), choice(1, ["The", " cat"]), tokens=3)
    content["choices"][1]["logprobs"]["token_logprobs"][1] = value
    with pytest.raises(answers.Unusable, match="gaps or are not finite"):
        answers.likelihoods(content, 2)


@pytest.mark.parametrize("count", [-1, 999, 3.5, "7", True, None])
def test_counts_that_cannot_be_true_are_counted_here(count, tmp_path):
    content = chat("ƙasa") | {"usage": {"completion_tokens": count}}
    with stand_in(lambda *_: content) as server:
        model = models.load_lm(server.spec("turns"), cache=tmp_path / "answers.sqlite")
        for _ in range(2):  # the second is out of the cache
            assert model.generate(ASK, 20)[0].tokens == len("ƙasa".encode())
        assert len(server.asked) == 1


def test_content_in_parts_is_its_text_and_half_a_character_is_replaced():
    parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "wasa\ud83dnni"}]
    with stand_in(lambda *_: chat(parts)) as server:
        assert said(server).text == "wasa\ufffdnni"


def test_an_array_is_an_answer_without_log_probabilities():
    def answer(path, body):  # as llama.cpp answers several prompts at once
        if isinstance(body["prompt"], list):
            return [{"content": "x"}] * len(body["prompt"])
        text = "zx7" if "grammar" in body else "Da"
        return {"choices": [{"index": 0, "text": text, "finish_reason": "stop"}]}

    with stand_in(answer) as server:
        assert models.load_lm(server.spec()).scoring == "constrained"
        assert len(server.asked) == 4


def test_a_server_that_fails_at_echo_is_asked_in_the_next_way():
    def answer(path, body):
        if body.get("echo"):
            return Raw(500, [b'{"error": {"message": "boom"}}'])
        return {"choices": [{"index": 0, "text": "zx7", "finish_reason": "stop"}]}

    with stand_in(answer) as server:
        assert models.load_lm(server.spec()).scoring == "constrained"
        busy = Raw(503, [b"busy"])
        server.answer = lambda *_: busy
        with pytest.raises(XltError, match=r"HTTP 503 \(busy\)"):  # busy: nothing is known
            assert models.load_lm(server.spec()).scoring


def test_fields_that_a_server_refuses_are_left_out_or_renamed():
    def refuse(field, words):
        error = {"message": f"Unsupported: '{field}'{words}", "param": field}
        return Raw(400, [json.dumps({"error": error}).encode()])

    def answer(path, body):
        if "max_tokens" in body:
            return refuse("max_tokens", " is not supported, use 'max_completion_tokens'")
        if "temperature" in body:
            return refuse("temperature", " does not support 0")
        if "stop" in body:
            return refuse("stop", " is not supported with this model")
        assert body["max_completion_tokens"] in (20, 256)
        return chat("wasanni\nKuma me?")

    with stand_in(answer) as server, pytest.warns(UserWarning, match="refuses `temperature: 0`"):
        assert said(server, ("\n",)).text == "wasanni"
    with stand_in(lambda *_: refuse("max_tokens", " is too large")) as server:
        with pytest.raises(XltError, match="is too large"):
            said(server)
        assert len(server.asked) == 2  # once under each name


@pytest.mark.parametrize(
    ("name", "value", "todo"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1", r"httpx\[socks\]"),
        ("all_proxy", "socks://u:geheim@127.0.0.1:1", "must begin with http://"),
        ("HTTPS_PROXY", "ftp://127.0.0.1:1", "must begin with http://"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named(monkeypatch, name, value, todo):
    monkeypatch.setenv(name, value)
    with pytest.raises(XltError, match=rf"a proxy that {name} names cannot be used: .*{todo}") as e:
        models.load_lm(ModelSpec(path="openai:http://127.0.0.1:9/v1#m", context=9))
    assert "geheim" not in str(e.value)


def test_a_proxy_in_the_way_is_named(monkeypatch):
    with stand_in(lambda *_: chat("wasanni")) as server:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        with pytest.raises(XltError, match="ConnectError.*the variable HTTP_PROXY.*NO_PROXY"):
            said(server, retries=0)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert said(server).text == "wasanni"


@pytest.mark.parametrize("text", ["<html>Log in</html>", 'data: {"choices": []}\n\n', "[" * 200000])
def test_what_never_becomes_an_answer_is_shown_and_not_asked_for_again(text):
    with stand_in(lambda *_: Raw(200, [text.encode()])) as server:
        begins = text[:10].replace("[", r"\[")
        with pytest.raises(XltError, match=rf"no JSON .* \(it begins {begins}"):
            said(server)
        assert len(server.asked) == 1


def test_an_answer_that_is_cut_short_is_shown_at_the_end():
    with stand_in(lambda *_: Raw(200, [b'{"choices": [{"ind'])) as server:
        with pytest.raises(XltError, match=r"failed 3 times.*whole JSON object \(it begins {\"cho"):
            said(server)


def test_the_time_and_the_memory_of_an_answer_are_bounded(monkeypatch):
    def drip():
        while True:
            time.sleep(0.05)
            yield b" "

    with stand_in(lambda *_: Raw(200, drip())) as server:
        start = time.monotonic()
        with pytest.raises(XltError, match="was not whole after 1 seconds, 3 times `timeout`"):
            said(server, timeout=0.3, retries=0)
        assert time.monotonic() - start < 5
    monkeypatch.setattr(connection, "_LARGEST", 2**20)
    bomb = gzip.compress(b" " * 30 * 2**20)
    packed = Raw(200, [bomb], {"Content-Encoding": "gzip"})
    with stand_in(lambda *_: packed) as server:
        with pytest.raises(XltError, match="larger than 1 MiB"):
            said(server)
        assert len(server.asked) == 1


def test_control_characters_of_a_server_do_not_reach_the_terminal():
    evil = {"error": {"message": "\x1b]0;owned\x07\x1b[2J bad \u202e txet", "code": 400}}
    with stand_in(lambda *_: evil) as server, pytest.raises(XltError, match="owned") as error:
        said(server)
    assert not set(str(error.value)) & set("\x1b\x07\u202e")


SECRETS = [
    "openai:https://user:hun/ter2@host/v1#m",
    "openai:https://user:hunter2@host/v1#m",
    "openai:https://us#er:hun?ter2@host/v1#m",
    "openai:https://host/v1?key=hunter2#m",
    "openai:https://user:hunter2@host/v1",
    "openai:https://user:p@hunter2@host/v1#m@2",
]


@pytest.mark.parametrize("path", SECRETS)
def test_passwords_are_masked_where_the_spec_is_read(path, tmp_path, capsys):
    spec = ModelSpec(path=path, context=9)
    with pytest.raises(XltError, match="no user, password or query") as error:
        address(spec)
    for text in (spec.path, repr(spec), str(error.value)):
        assert "ter2" not in text
    content = (load_profile("mini").model_dump_json()).replace('"mini"', json.dumps(path), 2)
    file = tmp_path / "p.yaml"
    file.write_text(content.replace('"dtype":"float32"', '"dtype":"auto"'), encoding="utf-8")
    with pytest.raises(XltError) as error:
        load_profile(str(file))
    assert "ter2" not in str(error.value)


def test_a_plain_address_is_left_as_it_is():
    for path in (
        "openai:http://host:8000/v1#org/m@2",
        "openai:http://[::1]:8000/v1#m",
        "openai:http://host/v1#who?",
        "owner/name",
        "mini",
    ):
        assert masked(path) == path
        assert ModelSpec(path=path, context=9).path == path
    with pytest.raises(ValidationError):
        ModelSpec(path="openai:http://h/v1#m", context=0)


def test_no_warning_where_all_is_well():
    with stand_in(lambda *_: chat("wasanni")) as server, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert said(server, ("\n",)).text == "wasanni"
