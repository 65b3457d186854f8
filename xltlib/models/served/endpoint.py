"""A language model behind a server that speaks the OpenAI protocol (vLLM, llama.cpp and others).

The same verbs as :class:`xltlib.models.engine.engine.LanguageModel`. Every answer is kept on disk
as soon as it comes, by a hash of model and request, so that a killed cell asks only for the rest.

How labels are told apart depends on what the server can do; a short trial finds out when it is
first needed, and every record says which it was:

``likelihood``
    ``/completions`` with ``echo`` and ``logprobs`` returns the log-probabilities of the prompt's
    tokens (vLLM does): the same numbers as the local engine's.
``constrained``
    The model writes an answer that can only be one of the labels: ``structured_outputs`` or
    ``guided_choice`` of vLLM, ``grammar`` of llama.cpp. Each token is the most likely one that
    some label goes on with, which need not lead to the most likely label.
``parsed``
    The model writes freely, and the label that its answer names first counts.
"""

import hashlib
import json
import math
import os
import re
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from ...config.specs import ModelSpec
from ...errors import XltError
from ..usage import Generated, Usage
from ..weights import where as files
from .answer_cache import Answer, AnswerCache
from .connection import Connection, Refused, Stopped

Messages = Sequence[dict[str, str]]
_ADDRESS = re.compile(r"(https?://[^\s/?#@]+(?:/[^\s?#@]*)?)#(\S.*)")
_CANNOT = frozenset({400, 405, 422, 501})  # what servers answer to a field that they do not know
_TRIAL = ("zx7", "zx8")  # nothing that a model would say by itself


class Address(NamedTuple):
    """The base URL of a server, and the name under which it serves the model."""

    base: str
    name: str


def address(spec: ModelSpec) -> Address:
    """Read ``openai:<base URL>#<name>``.

    Raises :class:`XltError` for another form, and for a URL with credentials or a query, which
    would stand in every record.
    """
    found = _ADDRESS.fullmatch(spec.path.removeprefix(files.SERVED).strip())
    if not (found and _port_is_valid(found[1])):
        shown = re.sub(r"//[^/\s]*@", "//[...]@", spec.path).partition("?")[0]
        raise XltError(
            "model `path` of a served model must be 'openai:<base URL>#<name>', such as "
            f"'openai:http://localhost:8000/v1#llama', but got {shown!r}: give both, and no user, "
            "password or query in the URL (the key is read from OPENAI_API_KEY)"
        )
    return Address(found[1].rstrip("/"), found[2])


def _port_is_valid(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def revision_of(spec: ModelSpec) -> str:
    """What is known of a served model: its address, the revision that the profile states, if any,
    and the tokenizer that prompts are measured with."""
    base, name = address(spec)
    known = f"served {name} at {base}, revision {spec.revision or 'not known'}"
    if spec.endpoint.tokenizer is None:
        return f"{known}, tokens counted as bytes"
    measured = spec.model_copy(update={"path": spec.endpoint.tokenizer, "revision": None})
    return f"{known}, tokens by {files.revision(measured, weights=False)}"


class EndpointModel:
    """A served model. ``cache`` is the SQLite file that keeps its answers.

    ``usage.seconds`` is time on the clock, with ``concurrency`` requests under way; floating-point
    operations cannot be known and are NaN. Not safe for use by several threads at once.
    """

    def __init__(self, spec: ModelSpec, tokenizer: Any, cache: Path | None = None):
        self.address = address(spec)
        self.tokenizer, self.context = tokenizer, spec.context
        self.dtype = spec.dtype  # what the profile says: a server does not tell
        self.takes_messages = spec.chat is not None
        self.usage = Usage(flops=math.nan)
        self._identity = [*self.address, spec.revision]
        self._connection = Connection(*self.address, spec.endpoint)
        self._cache = AnswerCache(cache) if cache else None
        self._path = "/chat/completions" if self.takes_messages else "/completions"

    @cached_property
    def _way(self) -> tuple[Literal["likelihood", "constrained", "parsed"], str]:
        """How labels are told apart, and the field that constrains an answer, if one does."""
        stop = threading.Event()
        if not self.takes_messages:
            body = self._scored("The", [" cat", " dog"])
            try:
                _likelihoods(self._connection.post(self._path, body, stop))
                return "likelihood", ""
            except _Unusable:
                pass
            except Refused as error:
                if error.status not in _CANNOT:
                    raise
        asked = [{"role": "user", "content": "Say yes."}] if self.takes_messages else "Say yes:"
        for field, value in _constraints(_TRIAL).items():
            body = self._asked(asked, 16) | {field: value}
            try:
                text, _, _ = self._answer(self._connection.post(self._path, body, stop))
            except Refused as error:
                if error.status not in _CANNOT:
                    raise
            else:
                if text.strip() in _TRIAL:
                    return "constrained", field
        return "parsed", ""

    @property
    def scoring(self) -> Literal["likelihood", "constrained", "parsed"]:
        """How this server's model tells labels apart; found out at the first call."""
        return self._way[0]

    def score(
        self, prompts: Sequence[str], continuations: Sequence[Sequence[str]]
    ) -> list[list[float]]:
        """Log-likelihood (natural log, summed over tokens) of each continuation after its prompt.

        As in the local engine, a continuation starts at the first token that differs from the
        prompt's own, and whitespace at the prompt's end is counted to it. Raises
        :class:`XltError` when ``scoring`` is not ``likelihood`` or a text is empty.
        """
        if self.scoring != "likelihood":
            raise XltError(
                f"endpoint {self.address.base} returns no log-probabilities of prompts, so nothing "
                "can be scored: use `choose`, or serve the model with vLLM"
            )
        if len(prompts) != len(continuations):
            raise XltError(
                f"`continuations` has {len(continuations)} entries for {len(prompts)} prompts: "
                "give one list of continuations per prompt"
            )
        for i, (prompt, ends) in enumerate(zip(prompts, continuations, strict=True)):
            if not prompt.strip() or not all(ends):
                raise XltError(f"prompt {i} or a continuation of it is empty: nothing to score")
        asked = [i for i, ends in enumerate(continuations) if ends]
        bodies = [self._scored(prompts[i], continuations[i]) for i in asked]
        scores: list[list[float]] = [[] for _ in prompts]
        for i, found in zip(asked, self._all(bodies, _likelihoods), strict=True):
            scores[i] = found
        return scores

    def generate(
        self,
        prompts: Sequence[str | Messages],
        max_new_tokens: int,
        stop: Sequence[str] = (),
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int = 0,
    ) -> list[Generated]:
        """Continue each prompt, greedily (``temperature`` 0) or by sampling with ``seed``.

        Ends where the model ends, at the first of the ``stop`` strings (cut off with all that
        follows) or after ``max_new_tokens``. A server may add sampling settings of its own, such
        as a repetition penalty that comes with the model: start it without them.
        """
        bodies = [self._asked(prompt, max_new_tokens, stop) for prompt in prompts]
        if temperature:
            drawn = {"temperature": temperature, "top_p": top_p}
            bodies = [b | drawn | {"seed": seed + i} for i, b in enumerate(bodies)]
        return self._generated(bodies, stop)

    def choose(
        self, prompts: Sequence[str | Messages], options: Sequence[str], max_new_tokens: int
    ) -> list[Generated]:
        """What the model writes after each prompt: one of ``options`` where ``scoring`` is
        ``constrained``, else whatever it likes, up to the end of the line."""
        way, field = self._way
        if way != "constrained":
            return self.generate(prompts, max_new_tokens, ("\n",))
        # A chat model's answer begins without the space that a label has after a base prompt.
        choices = [o.strip() for o in options] if self.takes_messages else list(options)
        longest = max(len(self.tokenizer(o)["input_ids"]) for o in options)
        extra = {field: _constraints(choices)[field]}
        limit = max(max_new_tokens, longest)
        return self._generated([self._asked(p, limit) | extra for p in prompts])

    def _asked(
        self, prompt: str | Messages, max_new_tokens: int, stop: Sequence[str] = ()
    ) -> dict[str, Any]:
        asked = {"messages": list(prompt)} if self.takes_messages else {"prompt": prompt}
        body = {"model": self.address.name, **asked, "max_tokens": max_new_tokens, "temperature": 0}
        return body | ({"stop": list(stop)} if stop else {})

    def _scored(self, prompt: str, ends: Sequence[str]) -> dict[str, Any]:
        # The prompt by itself comes first: its tokens tell where the continuations begin.
        texts = [prompt.rstrip(), *(prompt + end for end in ends)]
        # Servers differ in whether they allow 0 new tokens: one is asked for and left out.
        return self._asked("", 1) | {"prompt": texts, "echo": True, "logprobs": 1}

    def _generated(
        self, bodies: Sequence[dict[str, Any]], stop: Sequence[str] = ()
    ) -> list[Generated]:
        made = []
        for text, tokens, whole in self._all(bodies, self._answer):
            cut = min((at for s in stop if (at := text.find(s)) >= 0), default=len(text))
            made.append(Generated(text[:cut], tokens))
            self.usage.generated_tokens += tokens
            self.usage.truncated += not whole
        return made

    def _answer(self, content: dict[str, Any]) -> tuple[str, int, bool]:
        """Text of an answer, its tokens, and whether the model came to its end."""
        try:
            choice = content["choices"][0]
            text = choice["message"]["content"] if self.takes_messages else choice["text"]
            text = text or ""  # a chat answer without content is null
            used = (content.get("usage") or {}).get("completion_tokens")
            counted = len(self.tokenizer(text, add_special_tokens=False)["input_ids"])
            return str(text), counted if used is None else int(used), _ended(choice)
        except (LookupError, TypeError, ValueError) as error:
            raise XltError(
                f"endpoint {self.address.base}{self._path}: its answer is not as the OpenAI "
                f"protocol has it ({type(error).__name__}: {error}): check the base URL"
            ) from error

    def _all(
        self, bodies: Sequence[dict[str, Any]], read: Callable[[dict[str, Any]], Any]
    ) -> list[Any]:
        """What ``read`` makes of the answer to each body; answers from before are not asked for.

        When one request fails for good, those under way are still kept and no other is sent.
        """
        start = last = time.perf_counter()
        keys = [self._hash(body) for body in bodies]
        known = self._cache.get(keys) if self._cache else {}
        self.usage.cached += sum(key in known for key in keys)
        self.usage.recalled += math.fsum(answer.seconds for answer in known.values())
        todo = {key: body for key, body in zip(keys, bodies, strict=True) if key not in known}
        stop = threading.Event()

        def ask(body: dict[str, Any]) -> Any:
            try:
                return read(self._connection.post(self._path, body, stop))
            except BaseException:
                stop.set()
                raise

        failed: list[BaseException] = []
        with ThreadPoolExecutor(self._connection.spec.concurrency) as pool:
            futures = {pool.submit(ask, body): key for key, body in todo.items()}
            try:
                for done in as_completed(futures):
                    if error := done.exception():
                        failed.append(error)
                        continue
                    now = time.perf_counter()
                    # Seconds since the answer before: their sum is the time on the clock.
                    known[futures[done]] = answer = Answer(done.result(), now - last)
                    last = now
                    if self._cache:
                        self._cache.put(futures[done], answer)
            except BaseException:  # the user's interrupt, or the cache's disk is full
                stop.set()
                raise
        if failed:
            raise next((e for e in failed if not isinstance(e, Stopped)), failed[0])
        self.usage.batches += len(todo)
        self.usage.seconds += time.perf_counter() - start
        return [known[key].content for key in keys]

    def _hash(self, body: dict[str, Any]) -> str:
        text = json.dumps([self._identity, self._path, body], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


class _Unusable(XltError):
    """An answer that does not hold the log-probabilities that were asked for."""


def _likelihoods(content: dict[str, Any]) -> list[float]:
    """Scores of the continuations, from the echo of the prompt alone and with each of them.

    Servers that know no echo return log-probabilities of new tokens only: the counts tell.
    """
    try:
        choices = sorted(content["choices"], key=lambda c: c["index"])
        # The last token of each is the one that was generated.
        tokens = [c["logprobs"]["tokens"][:-1] for c in choices]
        values = [c["logprobs"]["token_logprobs"][:-1] for c in choices]
        asked = content["usage"]["prompt_tokens"]
    except (LookupError, TypeError) as error:
        raise _Unusable("the server's answer has no log-probabilities of the prompt") from error
    own, *whole = tokens
    if len(whole) == 0 or sum(map(len, tokens)) != asked:
        raise _Unusable("the server's log-probabilities are not those of the prompt's tokens")
    scores = []
    for names, logs in zip(whole, values[1:], strict=True):
        start = min(len(os.path.commonprefix([own, names])), len(names) - 1)
        tail = logs[start:]
        if start < 1 or len(logs) != len(names) or not all(_is_log(value) for value in tail):
            raise _Unusable("the server's log-probabilities have gaps")
        scores.append(math.fsum(tail))
    return scores


def _is_log(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and value <= 1e-4


def _constraints(options: Sequence[str]) -> dict[str, Any]:
    """Field of a request -> its value that lets the model write one of ``options`` alone."""
    quoted = (json.dumps(option, ensure_ascii=False) for option in options)
    return {
        "structured_outputs": {"choice": list(options)},  # vLLM from 0.11 on
        "guided_choice": list(options),  # vLLM before
        "grammar": "root ::= " + " | ".join(quoted),  # llama.cpp, GBNF
    }


def _ended(choice: dict[str, Any]) -> bool:
    return choice.get("finish_reason") != "length"
