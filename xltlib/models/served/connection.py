"""A connection to an OpenAI-compatible server: JSON over HTTP, patient with what may pass.

Errors that may pass (429, 5xx, a dropped connection, an answer cut short, a timeout) are tried
again after waits that double and vary at random, never sooner than the server's ``Retry-After``,
which holds for all threads. Other errors say at once what to do. The key goes into the request's
header and nowhere else; redirects are not followed, so that it reaches no other server.
"""

import email.utils
import json
import os
import random
import threading
import time
from typing import Any

import httpx

from ...config.specs import EndpointSpec
from ...errors import XltError

KEY = "OPENAI_API_KEY"
_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_FIRST, _LONGEST = 0.5, 60.0  # seconds to wait before the first retry, and between any two
_PATIENCE = 600.0  # the longest wait that a server may ask for


class Refused(XltError):
    """The server understood the request and will not answer it; asking again would not help."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


class Stopped(Exception):
    """Another thread's request failed for good, so this one is not tried again."""


class Connection:
    """One server. Safe for use by several threads at once.

    ``base`` is the URL that ``/completions`` and ``/chat/completions`` follow.
    """

    def __init__(self, base: str, name: str, spec: EndpointSpec):
        self.base, self.name, self.spec = base, name, spec
        self._key = _key()
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        self._client = httpx.Client(
            headers=headers,
            timeout=spec.timeout,
            limits=httpx.Limits(max_connections=spec.concurrency),
        )
        self._pace = threading.Lock()
        self._free = 0.0  # when the next request may start, on the monotonic clock

    def post(self, path: str, body: dict[str, Any], stop: threading.Event) -> dict[str, Any]:
        """The server's answer to ``body``, a JSON object.

        Raises :class:`Refused` for what the server will not do, :class:`XltError` when it cannot
        be reached or keeps failing, :class:`Stopped` when ``stop`` is set meanwhile.
        """
        tries = self.spec.retries + 1
        for attempt in range(tries):
            self._wait_for_turn(stop)
            try:
                answer = self._client.post(self.base + path, json=body)
            except httpx.RequestError as error:
                failed = f"{type(error).__name__}: {self._clean(str(error))}"
                asked_for = 0.0
            else:
                if answer.is_success and (content := _object(answer)) is not None:
                    return content
                if answer.is_success:
                    failed, asked_for = "its answer is not a whole JSON object", 0.0
                elif answer.status_code in _PASSING:
                    failed, asked_for = self._said(answer), _retry_after(answer)
                else:
                    raise self._refusal(path, answer)
            if asked_for > _PATIENCE:
                raise XltError(
                    f"endpoint {self.base}{path} asks to wait {asked_for:.0f} seconds: {failed}. "
                    "Answers that had come are kept: run the same command again after that time"
                )
            if attempt + 1 < tries:
                self._back_off(attempt, asked_for, stop)
        raise XltError(
            f"endpoint {self.base}{path} failed {tries} times, the last time with: {failed}. "
            "Answers that had come are kept: when the server is well, run the same command again; "
            "`model.endpoint` has `timeout`, `retries`, `concurrency` and `requests_per_minute`"
        )

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

    def _refusal(self, path: str, answer: httpx.Response) -> Refused:
        status, said = answer.status_code, self._said(answer)
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
        )

    def _served(self) -> list[str]:
        try:
            content = _object(self._client.get(self.base + "/models")) or {}
            return [str(m["id"]) for m in content.get("data", [])][:20]
        except (httpx.HTTPError, LookupError, TypeError):
            return []

    def _said(self, answer: httpx.Response) -> str:
        """Status and message of an error, on one line, without the key."""
        content = _object(answer) or {}
        error = content.get("error", content)
        message = error.get("message", error) if isinstance(error, dict) else error
        text = " ".join(str(message or answer.text).split())
        return f"HTTP {answer.status_code}" + (f" ({self._clean(text):.300})" if text else "")

    def _clean(self, text: str) -> str:
        return text.replace(self._key, "[key]") if self._key else text


def _key() -> str:
    key = os.environ.get(KEY, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise XltError(
            f"the environment variable {KEY} holds characters that no key has (line breaks or "
            "letters beyond ASCII): set it again"
        )
    return key


def _object(answer: httpx.Response) -> dict[str, Any] | None:
    try:
        content = json.loads(answer.content)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _retry_after(answer: httpx.Response) -> float:
    """Seconds that the server asks to wait: a number or a date, 0 where it says nothing."""
    value = answer.headers.get("retry-after", "").strip()
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except ValueError:
        return 0.0
