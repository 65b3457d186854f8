"""A connection to an OpenAI-compatible server: JSON over HTTP, patient with what may pass.

Errors that may pass (429, 5xx, a dropped connection, an answer cut short, a timeout) are tried
again after waits that double and vary at random, never sooner than the server's ``Retry-After``,
which holds for all threads; an error that comes with status 200 counts as what it says it is.
Other errors say at once what to do. The key goes into the request's header and nowhere else;
redirects are not followed, so that it reaches no other server. An answer may take three times
``timeout`` and 64 MiB in all.
"""

import email.utils
import json
import os
import random
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx

from ...config import EndpointSpec
from ...errors import XltError
from ...text.printed import printable
from . import proxies

KEY = "OPENAI_API_KEY"
_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_FIRST, _LONGEST = 0.5, 60.0  # seconds to wait before the first retry, and between any two
_PATIENCE = 600.0  # the longest wait that a server may ask for
_WHOLE = 3.0  # how many times `timeout` an answer may take from its request to its last byte
_LARGEST = 64 * 2**20  # bytes of an answer, unpacked


class Refused(XltError):
    """The server understood the request and will not answer it; asking again would not help."""

    def __init__(self, message: str, status: int, said: str = ""):
        super().__init__(message)
        self.status, self.said = status, said


class Failing(XltError):
    """The server keeps failing; ``status`` is the last one that it answered with, 0 for none."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


class NoAnswer(Exception):
    """What came is no answer, for a reason that may pass: it is asked for again."""


class Stopped(Exception):
    """Another thread's request failed for good, so this one is not tried again."""


class Reply(NamedTuple):
    """What a server sent."""

    status: int
    headers: httpx.Headers
    content: bytes


class Connection:
    """One server. Safe for use by several threads at once.

    ``base`` is the URL that ``/completions`` and ``/chat/completions`` follow.
    """

    def __init__(self, base: str, name: str, spec: EndpointSpec):
        self.base, self.name, self.spec = base, name, spec
        self._key = _key()
        self._client = proxies.client(
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            timeout=spec.timeout,
            limits=httpx.Limits(max_connections=spec.concurrency),
        )
        self._pace = threading.Lock()
        self._free = 0.0  # when the next request may start, on the monotonic clock

    def post(
        self,
        path: str,
        body: dict[str, Any],
        stop: threading.Event,
        read: Callable[[Any], Any] = lambda content: content,
    ) -> Any:
        """What ``read`` makes of the server's answer to ``body``; it may raise :class:`NoAnswer`.

        Raises :class:`Refused` for what the server will not do, :class:`Failing` when it keeps
        failing or cannot be reached, :class:`Stopped` when ``stop`` is set meanwhile.
        """
        tries = self.spec.retries + 1
        for attempt in range(tries):
            self._wait_for_turn(stop)
            asked_for, status = 0.0, 0
            try:
                reply = self._fetch("POST", path, body)
                status = reply.status
                if status in _PASSING:
                    asked_for = _retry_after(reply)
                    raise NoAnswer(self._said(reply))
                if not 200 <= status < 300:
                    raise self._refusal(path, reply)
                content = self._content(path, reply)
                if error := _error(content):
                    status = _code(error)
                    as_if = reply._replace(status=status)
                    if 400 <= status and status not in _PASSING:
                        raise self._refusal(path, as_if)
                    raise NoAnswer(self._said(as_if))
                return read(content)
            except NoAnswer as error:
                failed = self._clean(str(error))
            except httpx.RequestError as error:
                failed = self._unreached(error)
            if asked_for > _PATIENCE:
                raise XltError(
                    f"endpoint {self.base}{path} asks to wait {asked_for:.0f} seconds: {failed}. "
                    "Answers that had come are kept: run the same command again after that time"
                )
            if attempt + 1 < tries:
                self._back_off(attempt, asked_for, stop)
        raise Failing(
            f"endpoint {self.base}{path} failed {tries} times, the last time with: {failed}. "
            "Answers that had come are kept: when the server is well, run the same command again; "
            "`model.endpoint` has `timeout`, `retries`, `concurrency` and `requests_per_minute`",
            status,
        )

    def _fetch(self, verb: str, path: str, body: dict[str, Any] | None = None) -> Reply:
        """A reply whose time and size are bounded, whatever the server sends."""
        until = time.monotonic() + _WHOLE * self.spec.timeout
        size, parts = 0, []
        with self._client.stream(verb, self.base + path, json=body) as answer:
            for part in answer.iter_bytes():
                size += len(part)
                if size > _LARGEST:
                    raise XltError(
                        f"endpoint {self.base}{path}: its answer is larger than "
                        f"{_LARGEST // 2**20} MiB, which no answer is: check the base URL and what "
                        "stands behind it"
                    )
                if time.monotonic() > until:
                    raise NoAnswer(
                        f"its answer was not whole after {_WHOLE * self.spec.timeout:.0f} seconds, "
                        f"{_WHOLE:.0f} times `timeout`"
                    )
                parts.append(part)
            return Reply(answer.status_code, answer.headers, b"".join(parts))

    def _content(self, path: str, reply: Reply) -> Any:
        """The JSON of a reply. What never becomes JSON is not asked for again."""
        try:
            return json.loads(reply.content)
        except RecursionError:
            pass
        except ValueError:
            begins = reply.content.lstrip()[:5].lower()
            if not begins.startswith((b"<", b"data:", b"event", b":")):
                raise NoAnswer(
                    f"its answer is not a whole JSON object{self._begins(reply)}"
                ) from None
        raise Refused(
            f"endpoint {self.base}{path}: HTTP {reply.status}, but what came is no JSON that the "
            f"OpenAI protocol has{self._begins(reply)}: check the base URL (it mostly ends in "
            "/v1), and whether a page to log in or a stream stands in front of the server",
            reply.status,
        )

    def _begins(self, reply: Reply) -> str:
        text = " ".join(reply.content[:400].decode("utf-8", "replace").split())
        return f" (it begins {self._clean(text):.100})" if text else " (it is empty)"

    def _unreached(self, error: httpx.RequestError) -> str:
        said = f"{type(error).__name__}: {self._clean(str(error))}"
        if variable := proxies.through(self.base):
            said += (
                f" (through the proxy that the variable {variable} names: is it well? NO_PROXY "
                "names the servers that are reached without it)"
            )
        return said

    def _wait_for_turn(self, stop: threading.Event) -> None:
        with self._pace:
            start = max(self._free, time.monotonic())
            if rate := self.spec.requests_per_minute:
                self._free = start + 60 / rate
        if stop.wait(max(start - time.monotonic(), 0)):
            raise Stopped

    def _back_off(self, attempt: int, asked_for: float, stop: threading.Event) -> None:
        if asked_for:
            with self._pace:
                self._free = max(self._free, time.monotonic() + asked_for)
        wait = min(_FIRST * 2**attempt, _LONGEST) * random.uniform(0.5, 1.0)
        if stop.wait(wait):
            raise Stopped

    def _refusal(self, path: str, reply: Reply) -> Refused:
        status, said = reply.status, self._said(reply)
        if status in (401, 403):
            # What a server says here may repeat a part of the key.
            todo = f"put a valid key into the environment variable {KEY}"
            found = "the key in it was refused" if self._key else "it is not set"
            return Refused(f"endpoint {self.base}: HTTP {status}: {todo} ({found})", status)
        if status == 404:
            served = self._served()
            names = f"it serves {', '.join(served)}" if served else "it does not list its models"
            return Refused(
                f"endpoint {self.base}{path}: {said}: check the base URL (it mostly ends in /v1) "
                f"and the model's name {self.name!r} ({names}); a model that only chats needs "
                "`model.chat`",
                status,
            )
        return Refused(
            f"endpoint {self.base}{path} refuses a request to {self.name!r}: {said}: check "
            "`model.context`, `max_new_tokens` and what the server can do",
            status,
            said,
        )

    def _served(self) -> list[str]:
        try:
            content = _object(self._fetch("GET", "/models").content)
            return [self._clean(str(m["id"]))[:100] for m in content.get("data", [])][:20]
        except (httpx.HTTPError, LookupError, TypeError, NoAnswer, XltError):
            return []

    def _said(self, reply: Reply) -> str:
        """Status and message of an error, on one line, without the key."""
        content = _object(reply.content)
        error = _error(content) or content
        message = error.get("message", error) if isinstance(error, dict) else error
        text = " ".join(str(message or reply.content[:2000].decode("utf-8", "replace")).split())
        return f"HTTP {reply.status}" + (f" ({self._clean(text):.300})" if text else "")

    def _clean(self, text: str) -> str:
        text = text.replace(self._key, "[key]") if self._key else text
        return printable(text)


def _key() -> str:
    key = os.environ.get(KEY, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise XltError(
            f"the environment variable {KEY} holds characters that no key has (line breaks or "
            "letters beyond ASCII): set it again"
        )
    return key


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    found = _unwrapped(found)
    return found if isinstance(found, dict) else {}


def _unwrapped(content: Any) -> Any:
    """What stands alone in a list, as Gemini sends its errors; anything else as it is."""
    return content[0] if isinstance(content, list) and len(content) == 1 else content


def _error(content: Any) -> Any:
    """The error that stands in an answer of whatever status, in any of the forms that servers use.

    Only what holds no choices can be one of those that are not called ``error``.
    """
    content = _unwrapped(content)
    if not isinstance(content, dict):
        return None
    if error := content.get("error"):
        return error
    if "choices" in content:
        return None
    if content.get("object") == "error" or content.get("status") == "error":
        return content
    if found := content.get("errors") or content.get("detail"):
        return found[0] if isinstance(found, list) else found
    return None


def _code(error: Any) -> int:
    """The HTTP status that an error in an answer states; 500 where it states none."""
    code = error.get("code", error.get("status")) if isinstance(error, dict) else None
    text = str(code)
    return int(text) if text.isascii() and text.isdigit() and 400 <= int(text) < 600 else 500


def _retry_after(reply: Reply | httpx.Response) -> float:
    """Seconds that the server asks to wait: a number or a date, 0 where it says nothing."""
    value = reply.headers.get("retry-after", "").strip()
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except ValueError:
        return 0.0
