"""A real HTTP server on loopback that answers by the OpenAI protocol, from a model given to it."""

import contextlib
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import torch

from xltlib.models.engine.engine import LanguageModel

NAME = "mini-ƙarami"


class Served:
    """What the server can do, the faults it makes, and what it was asked.

    ``can`` holds the abilities beyond plain generation: ``echo``, and the fields that constrain.
    ``faults`` maps the number of a request (from 1) to the fault that answers it.
    """

    def __init__(self, lm: LanguageModel, can: set[str] = frozenset({"echo"})):
        self.lm, self.can = lm, set(can)
        self.faults: dict[int, str] = {}
        self.key: str | None = None
        self.slow = 0.0  # seconds that the fault "timeout" takes
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.made: Counter[str] = Counter()
        self.url = ""
        self._lock = threading.Lock()

    @property
    def path(self) -> str:
        return f"openai:{self.url}/v1#{NAME}"

    def next_fault(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> str:
        with self._lock:
            self.asked.append((path, body))
            self.headers.append(headers)
            self.times.append(time.monotonic())
            fault = self.faults.get(len(self.asked), "")
            self.made[fault] += 1
            return fault

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            if body["model"] != NAME:
                return 404, {"error": {"message": f"The model {body['model']!r} does not exist."}}
            if path == "/v1/completions":
                return self._completions(body)
            if path == "/v1/chat/completions":
                return self._chat(body)
            return 404, {"detail": "Not Found"}

    def _completions(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        prompts = [body["prompt"]] if isinstance(body["prompt"], str) else body["prompt"]
        choices, read, made = [], 0, 0
        for i, prompt in enumerate(prompts):
            text, tokens, finish = self._write(prompt, body)
            choice = {"index": i, "text": text, "finish_reason": finish, "logprobs": None}
            ids = self.lm.tokenizer(prompt)["input_ids"]
            if "echo" in self.can and body.get("echo"):
                choice |= {"text": prompt + text, "logprobs": self._echoed(ids)}
            elif body.get("logprobs"):  # as llama.cpp: of the new tokens alone
                choice["logprobs"] = {"tokens": [text], "token_logprobs": [-0.5]}
            choices.append(choice)
            read, made = read + len(ids), made + tokens
        usage = {"prompt_tokens": read, "completion_tokens": made}
        return 200, {"object": "text_completion", "choices": choices[::-1], "usage": usage}

    def _chat(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        prompt = self.lm.tokenizer.apply_chat_template(
            body["messages"], tokenize=False, add_generation_prompt=True
        )
        text, tokens, finish = self._write(prompt, body)
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        usage = {"prompt_tokens": 0, "completion_tokens": tokens}
        return 200, {"object": "chat.completion", "choices": [choice], "usage": usage}

    def _write(self, prompt: str, body: dict[str, Any]) -> tuple[str, int, str]:
        assert body["temperature"] == 0
        choices = None
        if "structured_outputs" in self.can:
            choices = body.get("structured_outputs", {}).get("choice")
        if "guided_choice" in self.can:
            choices = choices or body.get("guided_choice")
        if "grammar" in self.can and "grammar" in body:
            choices = [json.loads(c) for c in body["grammar"].removeprefix("root ::= ").split("|")]
        if choices:
            scores = self.lm.score([prompt], [choices])[0]
            return choices[scores.index(max(scores))], 3, "stop"
        before = self.lm.usage.truncated
        made = self.lm.generate([prompt], body["max_tokens"], body.get("stop", ()))[0]
        cut = self.lm.usage.truncated > before
        return made.text, made.tokens, "length" if cut else "stop"

    @torch.inference_mode()
    def _echoed(self, ids: list[int]) -> dict[str, Any]:
        """Plain forward pass, nothing of the engine under test; one more token at the end."""
        logs = self.lm.model(torch.tensor([ids])).logits[0].float().log_softmax(-1)
        new = int(logs[-1].argmax())
        names = self.lm.tokenizer.convert_ids_to_tokens([*ids, new])
        following = torch.tensor([*ids[1:], new])
        values = logs.gather(1, following[:, None])[:, 0].tolist()
        return {"tokens": names, "token_logprobs": [None, *values]}


@contextlib.contextmanager
def serve(lm: LanguageModel, **options: Any) -> Iterator[Served]:
    """The server while it runs; ``url`` says where."""
    served = Served(lm, **options)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self._reply(200, {"data": [{"id": NAME}]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fault = served.next_fault(self.path, body, dict(self.headers))
            if served.key and self.headers["Authorization"] != f"Bearer {served.key}":
                said = f"Incorrect API key provided: {self.headers['Authorization']}"
                return self._reply(401, {"error": {"message": said}})
            if fault == "drop":
                self.close_connection = True
                return self.connection.shutdown(2)
            if fault == "timeout":
                time.sleep(served.slow)
                self.close_connection = True
                return None
            if fault == "429":
                return self._reply(429, {"error": {"message": "slow down"}}, {"Retry-After": "1"})
            if fault.isdigit():
                return self._reply(int(fault), {"error": {"message": f"fault {fault}"}})
            return self._reply(*served.answer(self.path, body), cut=fault == "truncate")

        def _reply(
            self, status: int, content: dict, headers: dict | None = None, cut: bool = False
        ) -> None:
            text = json.dumps(content, ensure_ascii=False).encode()
            text = text[: len(text) // 2] if cut else text
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
