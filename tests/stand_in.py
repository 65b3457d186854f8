"""A stand-in for a server: what it answers is whatever a test says, byte by byte."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from xltlib.config import EndpointSpec, ModelSpec


class Raw(NamedTuple):
    """An answer as it goes over the wire; ``parts`` are sent one by one."""

    status: int
    parts: Iterable[bytes]
    headers: dict[str, str] = {}


class StandIn:
    """``answer(path, body)`` gives a :class:`Raw`, or an object to be sent as JSON with 200."""

    def __init__(self, answer: Callable[[str, dict[str, Any]], Any]):
        self.answer, self.url = answer, ""
        self.asked: list[dict[str, Any]] = []

    def spec(self, chat: str | None = None, **endpoint: Any) -> ModelSpec:
        asked = EndpointSpec(**({"concurrency": 1, "retries": 2, "timeout": 20} | endpoint))
        return ModelSpec(path=f"openai:{self.url}/v1#m", context=1024, chat=chat, endpoint=asked)


def chat(text: Any, finish: str = "stop", **more: Any) -> dict[str, Any]:
    """A chat answer of one choice."""
    message = {"role": "assistant", "content": text} | more
    return {"choices": [{"index": 0, "finish_reason": finish, "message": message}]}


@contextlib.contextmanager
def stand_in(answer: Callable[[str, dict[str, Any]], Any]) -> Iterator[StandIn]:
    made = StandIn(answer)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.asked.append(body)
            said = made.answer(self.path, body)
            if not isinstance(said, Raw):
                said = Raw(200, [json.dumps(said).encode()])
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):  # a client that has had enough
                for part in said.parts:
                    self.wfile.write(part)
                    self.wfile.flush()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
