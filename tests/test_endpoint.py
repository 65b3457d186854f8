"""Served models: a real server on loopback, backed by the mini model, against the engine."""

import contextlib
import importlib.util
import math
import os
import socket
import sqlite3
import subprocess
import sys
import time

import httpx
import pandas as pd
import pytest
import yaml
from served import NAME, serve

from xltlib import models, paths
from xltlib.config import EndpointSpec, ModelSpec, load_language, load_profile
from xltlib.errors import XltError
from xltlib.methods.laft import adapted
from xltlib.models.served import connection
from xltlib.models.served.byte_counter import ByteCounter
from xltlib.models.served.endpoint import address
from xltlib.study.study import Study
from xltlib.tasks.readings import OptionScores

PROMPTS = [
    "Labari: Shugaban ƙungiyar ya ce za a buɗe sabuwar kasuwa a Kano.\nBatu:",
    "Labari: 'Yan wasan sun dawo gida bayan gasar; an yi murna ƙwarai.\nBatu:",
    "Labari: Abasomesa b'essomero lino ng'olwo bagenze e Mbale, ŋŋoma.\nBatu:",
    "Labari: Ɗalibai ɗari biyu sun ƙi zuwa makaranta.\nBatu: ",
]
LABELS = [" wasanni", " siyasa", " lafiya", " nishaɗi ƙwarai"]
SECRET = "sk-very-secret-7f3a"


@pytest.fixture(scope="module")
def lm():
    return models.load_lm(load_profile("mini").model)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(connection, "_FIRST", 0.02)
    monkeypatch.delenv(connection.KEY, raising=False)


@pytest.fixture
def server(lm):
    with serve(lm) as served:
        yield served


def spec_of(served, chat=None, **endpoint) -> ModelSpec:
    asked = EndpointSpec(**({"tokenizer": "mini", "concurrency": 4} | endpoint))
    return ModelSpec(path=served.path, context=1024, chat=chat, endpoint=asked)


def close(ours, theirs, within=1e-3):
    flat = [
        abs(a - b) for x, y in zip(ours, theirs, strict=True) for a, b in zip(x, y, strict=True)
    ]
    assert flat and max(flat) < within


def test_scores_and_texts_are_the_engines(lm, server):
    served = models.load_lm(spec_of(server))
    assert served.scoring == "likelihood"
    ends = [LABELS, LABELS[:1], [], LABELS[::-1]]
    close(served.score(PROMPTS, ends), lm.score(PROMPTS, ends))
    for stop in [("\n",), ("a", "ƙ"), ()]:
        ours = served.generate(PROMPTS, 12, stop)
        assert [(g.text, g.tokens) for g in ours] == [
            (g.text, g.tokens) for g in lm.generate(PROMPTS, 12, stop)
        ]
    assert served.usage.seconds > 0 and served.usage.generated_tokens > 0
    assert math.isnan(served.usage.flops)


def test_every_fault_that_passes_is_recovered(lm, server):
    expected = lm.score(PROMPTS, [LABELS] * 4)
    server.slow = 4.0
    # The first request is the trial of what the server can do.
    server.faults = {2: "429", 3: "500", 4: "drop", 5: "truncate", 6: "timeout", 7: "503"}
    served = models.load_lm(spec_of(server, timeout=3.0))
    close(served.score(PROMPTS, [LABELS] * 4), expected)
    assert all(server.made[fault] == 1 for fault in server.faults.values())
    assert len(server.asked) == 1 + len(PROMPTS) + len(server.faults)


def test_retry_after_holds_for_all(lm, server):
    server.faults = {1: "429"}
    served = models.load_lm(spec_of(server, concurrency=1))
    served.generate(PROMPTS[:1], 2)
    assert server.times[1] - server.times[0] >= 1.0


def test_requests_per_minute(lm, server):
    served = models.load_lm(spec_of(server, requests_per_minute=300))
    served.generate(PROMPTS, 1)
    assert server.times[-1] - server.times[0] >= 0.55  # 4 requests, 0.2 seconds apart


def test_a_server_that_stays_ill_is_given_up(server):
    server.faults = dict.fromkeys(range(1, 99), "500")
    served = models.load_lm(spec_of(server, retries=2, concurrency=1))
    with pytest.raises(XltError, match=r"failed 3 times, the last time with: HTTP 500 \(fault"):
        served.generate(PROMPTS[:1], 2)
    assert len(server.asked) == 3
    nobody = spec_of(server, retries=0).model_copy(
        update={"path": "openai:http://127.0.0.1:9/v1#x"}
    )
    with pytest.raises(XltError, match="ConnectError"):
        models.load_lm(nobody).generate(PROMPTS[:1], 2)


@pytest.mark.parametrize("key", [SECRET, None])
def test_a_refused_key_is_one_clear_message_without_it(server, key, monkeypatch, tmp_path):
    server.key = "another"
    if key:
        monkeypatch.setenv(connection.KEY, key)
    served = models.load_lm(spec_of(server, concurrency=1), cache=tmp_path / "answers.sqlite")
    found = "the key in it was refused" if key else "it is not set"
    with pytest.raises(
        XltError, match=rf"HTTP 401: put a valid key into .*OPENAI_API_KEY \({found}"
    ):
        served.score(PROMPTS, [LABELS] * 4)
    with pytest.raises(XltError) as error:
        served.generate(PROMPTS, 3)
    assert len(server.asked) == 2  # refused once each, and no other request is sent
    assert SECRET not in str(error.value) and SECRET not in repr(error.value.__cause__)


def test_the_key_is_sent_and_written_nowhere(server, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(connection.KEY, SECRET)
    server.key = SECRET
    cache = tmp_path / "answers.sqlite"
    served = models.load_lm(spec_of(server), cache=cache)
    served.score(PROMPTS[:1], [LABELS])
    assert server.headers[-1]["Authorization"] == f"Bearer {SECRET}"
    for kept in tmp_path.iterdir():
        assert SECRET.encode() not in kept.read_bytes()
    assert SECRET not in models.revision(spec_of(server)) + "".join(capsys.readouterr())
    server.faults = {len(server.asked) + 1: "400"}
    monkeypatch.setattr(served._connection, "_said", lambda a: served._connection._clean(SECRET))
    with pytest.raises(XltError, match=r"refuses a request to .*: \[key\]:"):
        served.generate(PROMPTS[:1], 2)
    monkeypatch.setenv(connection.KEY, "ƙey\nwith a break")
    with pytest.raises(XltError, match="holds characters that no key has") as error:
        models.load_lm(spec_of(server))
    assert "ƙey" not in str(error.value)


def test_what_is_not_there_is_named(server):
    wrong = spec_of(server).model_copy(update={"path": server.path + "-2"})
    with pytest.raises(XltError, match=rf"HTTP 404 .*'{NAME}-2' \(it serves {NAME}\)"):
        models.load_lm(wrong).generate(PROMPTS[:1], 2)
    server.faults = {len(server.asked) + 1: "400"}
    with pytest.raises(XltError, match=r"HTTP 400 \(fault 400\): check `model.context`"):
        models.load_lm(spec_of(server)).generate(PROMPTS[:1], 2)


def test_a_killed_run_asks_only_for_what_is_missing(lm, server, tmp_path):
    cache = tmp_path / "answers.sqlite"
    server.faults = {4: "400"}  # the trial, two items, then no more
    first = models.load_lm(spec_of(server, concurrency=1), cache=cache)
    with pytest.raises(XltError, match="HTTP 400"):
        first.score(PROMPTS, [LABELS] * 4)
    assert len(server.asked) == 4
    again = models.load_lm(spec_of(server, concurrency=1), cache=cache)
    close(again.score(PROMPTS, [LABELS] * 4), lm.score(PROMPTS, [LABELS] * 4))
    assert len(server.asked) == 4 + 1 + 2 and again.usage.cached == 2
    asked = [body["prompt"][0] for _, body in server.asked if len(body["prompt"]) == 5]
    assert [asked.count(p.rstrip()) for p in PROMPTS] == [1, 1, 2, 1]
    again.generate(PROMPTS[:1] * 3, 2)
    assert len(server.asked) == 8  # the same prompt three times is one request
    other = models.load_lm(spec_of(server).model_copy(update={"revision": "b"}), cache=cache)
    other.generate(PROMPTS[:1], 2)
    assert len(server.asked) == 9  # another revision is another model


def test_a_broken_cache_is_explained(server, tmp_path):
    file = tmp_path / "answers.sqlite"
    file.write_bytes(b"no SQLite at all" * 100)
    with pytest.raises(XltError, match="answers of served models, .*can be deleted"):
        models.load_lm(spec_of(server), cache=file)


@pytest.mark.parametrize("field", ["structured_outputs", "guided_choice", "grammar"])
def test_labels_by_constrained_choice(lm, field):
    with serve(lm, can={field}) as server:
        served = models.load_lm(spec_of(server))
        assert served.scoring == "constrained"
        chosen = [g.text for g in served.choose(PROMPTS, LABELS, 4)]
        best = [max(zip(s, LABELS, strict=True))[1] for s in lm.score(PROMPTS, [LABELS] * 4)]
        assert chosen == best
        assert set(server.asked[-1][1]) >= {field, "prompt", "max_tokens"}
        with pytest.raises(XltError, match="returns no log-probabilities of prompts"):
            served.score(PROMPTS, [LABELS] * 4)


def test_labels_by_parsing_where_nothing_else_is_offered(lm):
    with serve(lm, can=set()) as server:
        served = models.load_lm(spec_of(server))
        assert served.scoring == "parsed"
        texts = [g.text for g in served.choose(PROMPTS, LABELS, 6)]
        assert texts == [g.text for g in lm.generate(PROMPTS, 6, ("\n",))]


def profile_of(server, tmp_path, **model):
    content = load_profile("mini").model_dump(mode="json", exclude={"arms"})
    spec = spec_of(server).model_dump(mode="json") | model
    content |= {"name": "served", "model": spec, "limit": 5, "shots": [0, 2], "seeds": [0]}
    file = tmp_path / "served.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("task", ["topics", "summarization", "ner"])
def test_a_study_gives_the_same_records(home, server, tmp_path, task):
    settings = {"shots": [0, 2], "seeds": [0], "limit": 5}
    theirs = Study("prompt", task, **settings).run(progress=lambda _: None)
    ours = Study("prompt", task, profile=profile_of(server, tmp_path)).run(progress=lambda _: None)
    own = ["cell_id", "profile", "model", "model_revision", "seconds", "flops"]
    own += ["model_tokens", "distinct_tokens"]
    own += ["option_scores"]  # the same to some 1e-5, which is what batches differ by
    for one, other in zip(ours["option_scores"], theirs["option_scores"], strict=True):
        if task == "topics":
            sums = [OptionScores.read(text).sum for text in (one, other)]
            assert sums[0] == pytest.approx(sums[1], abs=1e-4)
    pd.testing.assert_frame_equal(ours.drop(columns=own), theirs.drop(columns=own))
    assert set(ours["model"]) == {server.path} and ours["flops"].isna().all()
    assert ours["model_revision"].str.contains(NAME).all()
    assert set(ours["scoring"].dropna()) == ({"likelihood"} if task == "topics" else set())


@pytest.mark.parametrize(("can", "scoring"), [({"grammar"}, "constrained"), (set(), "parsed")])
def test_records_say_how_labels_were_told_apart(home, lm, tmp_path, can, scoring):
    with serve(lm, can=can) as server:
        study = Study("prompt", "topics", profile=profile_of(server, tmp_path))
        rows = study.run(progress=lambda _: None)
    assert (rows["scoring"] == scoring).all()
    assert rows.loc[rows["valid"], "answer"].notna().all()
    assert scoring == "parsed" or rows["valid"].all()


def test_laft_is_refused_at_once(home, server, tmp_path):
    path = profile_of(server, tmp_path)
    with pytest.raises(XltError, match="cannot be done with a served model"):
        Study("laft", "topics", profile=path)
    with pytest.raises(XltError, match="--methods prompt,translate"):
        adapted(load_profile(path), load_language("hau"))
    from xltlib.runs.grid import Options, plan

    with pytest.raises(XltError, match="cannot be done with a served model"):
        plan(path, Options(languages=["hau"], tasks=["topics"]))
    jobs = plan(path, Options(languages=["hau"], tasks=["topics"], methods=["prompt"]))
    assert any(job.kind == "method" for job in jobs)


@pytest.mark.parametrize(
    "path",
    [
        "openai:http://host:8000/v1",
        "openai:host/v1#name",
        "openai:https://user:geheim@host/v1#name",
        "openai:https://host/v1?key=geheim#name",
        "openai:https://host/v1#",
        "openai:http://host:99999/v1#name",
    ],
)
def test_addresses_that_are_none_are_refused(path):
    with pytest.raises(XltError, match="must be 'openai:<base URL>#<name>'") as error:
        address(ModelSpec(path=path, context=9))
    assert "geheim" not in str(error.value)


def test_addresses():
    spec = ModelSpec(path="openai:https://host:80/a/v1/#org/ƙarami:7b", context=9)
    assert address(spec) == ("https://host:80/a/v1", "org/ƙarami:7b")
    assert "tokens counted as bytes" in models.revision(spec)
    measured = spec.model_copy(update={"endpoint": EndpointSpec(tokenizer="mini")})
    assert models.revision(load_profile("mini").model) in models.revision(measured)


def test_a_folder_with_a_tokenizer_alone_will_do(tmp_path):
    models.load_tokenizer(load_profile("mini").model).save_pretrained(tmp_path)
    spec = ModelSpec(
        path="openai:http://h/v1#m", context=9, endpoint=EndpointSpec(tokenizer=str(tmp_path))
    )
    assert len(models.load_tokenizer(spec)("ɓera")["input_ids"]) >= 1
    assert "tokens by" in models.revision(spec)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(XltError, match="no tokenizer, looked for"):
        models.load_tokenizer(spec)


def test_bytes_stand_for_tokens_where_no_tokenizer_is_named(home, server, tmp_path):
    counter = models.load_tokenizer(ModelSpec(path="openai:http://h/v1#m", context=9))
    assert isinstance(counter, ByteCounter)
    found = counter("aɓŋ", add_special_tokens=False)
    assert found["offset_mapping"] == [(0, 1), (1, 2), (1, 2), (2, 3), (2, 3)]
    path = profile_of(server, tmp_path, context=700, endpoint={"tokenizer": None})
    study = Study("prompt", "summarization", profile=path)
    prompts = study.prompts(2, 0)
    assert any(p.truncated_tokens for p in prompts)
    for prompt, item in zip(prompts, study.test, strict=True):
        assert prompt.tokens == len(prompt.text.encode()) + 1 <= 700 - 40
        assert prompt.text.endswith(prompt.document + prompt.tail) and prompt.document
        assert item.text.startswith(prompt.document)
    assert len(study.run(progress=lambda _: None)) == 10


def test_retry_after_may_be_a_date():
    from email.utils import formatdate

    late = httpx.Response(429, headers={"Retry-After": formatdate(time.time() + 30, usegmt=True)})
    assert 25 < connection._retry_after(late) <= 30
    assert connection._retry_after(httpx.Response(429, headers={"Retry-After": "soon"})) == 0
    assert connection._retry_after(httpx.Response(429)) == 0


def test_the_cache_holds_answers_alone(server, tmp_path):
    cache = tmp_path / "answers.sqlite"
    models.load_lm(spec_of(server), cache=cache).generate(PROMPTS[:2], 3)
    with sqlite3.connect(cache) as file:
        rows = file.execute("SELECT request, answer, seconds FROM answers").fetchall()
    assert len(rows) == 2 and all(len(r) == 64 and s > 0 for r, _, s in rows)


def test_a_study_made_again_costs_what_it_cost_and_asks_nothing(home, server, tmp_path):
    path = profile_of(server, tmp_path)
    first = Study("prompt", "topics", profile=path)
    before = first.run(progress=lambda _: None)
    asked = len(server.asked)
    again = Study("prompt", "topics", profile=path)
    again.folder = again.folder.with_name("again")
    after = again.run(progress=lambda _: None)
    assert len(server.asked) == asked + 1  # the trial alone
    pd.testing.assert_frame_equal(
        after.drop(columns=["cell_id", "seconds"]), before.drop(columns=["cell_id", "seconds"])
    )
    spent = first.method.lm.usage.seconds
    assert again.method.lm.usage.recalled == pytest.approx(spent, rel=0.2)
    assert after["seconds"].sum() >= again.method.lm.usage.recalled


def test_a_redirect_is_not_followed_and_a_long_wait_not_waited(server, monkeypatch):
    monkeypatch.setenv(connection.KEY, SECRET)
    server.faults = {1: "301"}
    with pytest.raises(XltError, match="refuses a request .*HTTP 301"):
        models.load_lm(spec_of(server)).generate(PROMPTS[:1], 2)
    assert len(server.asked) == 1
    monkeypatch.setattr(connection, "_PATIENCE", 0.5)
    server.faults = {2: "429"}
    with pytest.raises(XltError, match=r"asks to wait 1 seconds: HTTP 429 \(slow down\)"):
        models.load_lm(spec_of(server)).generate(PROMPTS[:1], 2)


def test_an_answer_that_is_no_answer_is_named(server, monkeypatch):
    monkeypatch.setattr(server, "answer", lambda *_: (200, {"object": "list", "data": []}))
    with pytest.raises(XltError, match="not as the OpenAI protocol has it .*check the base URL"):
        models.load_lm(spec_of(server)).generate(PROMPTS[:1], 2)


def test_endpoint_settings_belong_to_served_models():
    with pytest.raises(ValueError, match="endpoint is for paths that begin with 'openai:'"):
        ModelSpec(path="mini", context=9, endpoint=EndpointSpec(concurrency=2))


def test_settings_of_loading_do_not_belong_to_served_models():
    where = {"path": "openai:http://localhost:1/v1#name", "context": 9}
    for given in ({"quantization": "int4"}, {"dtype": "auto"}, {"batch_tokens": 99}):
        (name,) = given
        with pytest.raises(ValueError, match=f"{name} would change nothing: .*tell the server"):
            ModelSpec(**where, **given)
    assert ModelSpec(**where, dtype="float32", batch_tokens=16384).path == where["path"]


@pytest.fixture(scope="module")
def transformers_serve(tmp_path_factory):
    """A spec for ``transformers serve`` with the mini checkpoint, run as a process of its own."""
    needed = ("fastapi", "uvicorn", "openai")
    if missing := [name for name in needed if importlib.util.find_spec(name) is None]:
        pytest.skip(
            f"`transformers serve` needs {', '.join(missing)}: pip install 'transformers[serving]'"
        )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = paths.MINI_CHECKPOINTS / "lm"
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", f"{folder}"]
    command += ["--device", "cpu", "--dtype", "float32", "--host", "127.0.0.1", "--port", f"{port}"]
    log = tmp_path_factory.mktemp("serve") / "log.txt"
    offline = os.environ | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=offline)
    try:
        for _ in range(240):
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{port}/health").is_success:
                    break
            assert process.poll() is None, log.read_text(encoding="utf-8")[-2000:]
            time.sleep(0.25)
        asked = EndpointSpec(tokenizer="mini", concurrency=2)
        yield ModelSpec(
            path=f"openai:http://127.0.0.1:{port}/v1#{folder}", context=1024, endpoint=asked
        )
    finally:
        process.terminate()
        process.wait(20)


def test_transformers_serve_writes_what_the_engine_writes(lm, transformers_serve):
    served = models.load_lm(transformers_serve)
    for stop in [("\n",), ()]:
        ours = [g.text for g in served.generate(PROMPTS, 10, stop)]
        assert ours == [g.text for g in lm.generate(PROMPTS, 10, stop)]
    assert served.scoring == "parsed"  # it returns no log-probabilities of prompts
    chosen = [g.text for g in served.choose(PROMPTS, LABELS, 6)]
    assert chosen == [g.text for g in lm.generate(PROMPTS, 6, ("\n",))]
