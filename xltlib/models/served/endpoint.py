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
    The model writes freely, and its answer is read as one in words is.

A block of thought in front of an answer is left out. A field that a server refuses and that can be
done without (``max_tokens`` by that name, ``temperature: 0``, ``stop``) is left out from then on.
"""

import contextlib
import hashlib
import json
import math
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from ...config import ModelSpec
from ...errors import XltError
from ...text.printed import printable
from ...text.stops import cut
from ..usage import Generated, Usage
from . import answers
from .address import address
from .answer_cache import Answer, AnswerCache
from .answers import Unusable, Written
from .connection import Connection, Failing, Refused, Stopped
from .fields import Fields, constraints

Messages = Sequence[dict[str, str]]
_CANNOT = frozenset({400, 405, 422, 501})  # what servers answer to a field that they do not know
_TRIAL = ("zx7", "zx8")  # nothing that a model would say by itself
_THOUGHT = 256  # tokens in which a model that thinks aloud has begun to
_KEPT = "answers 2"  # what the cache keeps of an answer; another reading is another key


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
        self._identity = [_KEPT, *self.address, spec.revision]
        self._connection = Connection(*self.address, spec.endpoint)
        self._cache = AnswerCache(cache) if cache else None
        self._path = "/chat/completions" if self.takes_messages else "/completions"
        self._send = Fields(self._connection, self._path).send

    @cached_property
    def _way(self) -> tuple[Literal["likelihood", "constrained", "parsed"], str]:
        """How labels are told apart, and the field that constrains an answer, if one does."""
        if not self.takes_messages:
            body = self._scored("The", [" cat", " dog"])
            with _cannot():
                self._send(body, lambda content: answers.likelihoods(content, 3))
                return "likelihood", ""
        asked = [{"role": "user", "content": "Say yes."}] if self.takes_messages else "Say yes:"
        for field, value in constraints(_TRIAL).items():
            body = self._asked(asked, 16) | {field: value}
            with _cannot():
                if self._send(body, self._reader(body)).text.strip() in _TRIAL:
                    return "constrained", field
        return "parsed", ""

    @cached_property
    def _thinks_aloud(self) -> bool:
        """Whether a chat model's answers begin with a block of thought, as a short trial shows."""
        body = self._asked([{"role": "user", "content": "Say yes."}], _THOUGHT)
        with _cannot():
            return self._send(body, self._reader(body)).thought
        return False

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

        def ask(body: dict[str, Any], stop: threading.Event) -> list[float]:
            texts = len(body["prompt"])
            return self._send(body, lambda content: answers.likelihoods(content, texts), stop)

        for i, found in zip(asked, self._all(bodies, ask), strict=True):
            scores[i] = found
        return scores

    def generate(
        self,
        prompts: Sequence[str | Messages],
        max_new_tokens: int,
        stop: Sequence[str] = (),
    ) -> list[Generated]:
        """Continue each prompt greedily.

        Ends where the model ends, at the first of the ``stop`` strings (cut off with all that
        follows) or after ``max_new_tokens``. A server may add sampling settings of its own, such
        as a repetition penalty that comes with the model: start it without them.
        """
        bodies = [self._asked(prompt, max_new_tokens, stop) for prompt in prompts]
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
        extra = {field: constraints(choices)[field]}
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
        if self.takes_messages and _blank(stop):
            first = lambda: self._thinks_aloud  # noqa: E731  once, before threads ask for it
        else:
            first = None
        found = [Written(*content) for content in self._all(bodies, self._write, first)]
        made = [Generated(cut(one.text, stop), one.tokens) for one in found]
        for one in found:
            self.usage.generated_tokens += one.tokens
            self.usage.truncated += not one.whole
        self._tell_empty([w for w, g in zip(found, made, strict=True) if not g.text.strip()], made)
        return made

    def _tell_empty(self, empty: Sequence[Written], made: Sequence[Generated]) -> None:
        """Say how many answers are empty; raise :class:`XltError` where all are, cut short."""
        if not empty:
            return
        broken = sum(not one.whole for one in empty)
        thought = ", thinking took their tokens" if any(one.thought for one in empty) else ""
        told = (
            f"endpoint {self.address.base}: {len(empty)} of {len(made)} answers of "
            f"{self.address.name!r} are empty, {broken} of them cut at `max_new_tokens`{thought}"
        )
        others = sorted({one.reason for one in empty} - {"", "stop", "length"})
        if others:
            told += f"; the server ended some by {', '.join(map(printable, others))}"
        if broken or thought:
            told += ": raise `max_new_tokens`, or start the model without thinking"
        if broken == len(made):
            raise XltError(told)
        warnings.warn(told, stacklevel=4)

    def _write(self, body: dict[str, Any], stop: threading.Event) -> Written:
        """An answer to ``body``.

        A line break as a stop string ends the answers of models that begin with one, or with a
        block of thought: those are asked again without it, and cut here.
        """
        blank = _blank(body.get("stop", ()))
        if not (blank and self.takes_messages and self._thinks_aloud):
            found = self._send(body, self._reader(body), stop)
            if not blank or found.text.strip() or not found.whole:
                return found
        rest = [s for s in body["stop"] if s not in blank]
        longer = {k: v for k, v in body.items() if k != "stop"} | ({"stop": rest} if rest else {})
        return self._send(longer, self._reader(longer), stop)

    def _reader(self, body: dict[str, Any]) -> Callable[[Any], Written]:
        where = f"endpoint {self.address.base}{self._path}"

        def count(text: str) -> int:
            return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])

        return lambda content: answers.written(
            content, self.takes_messages, body["max_tokens"], count, where
        )

    def _all(
        self,
        bodies: Sequence[dict[str, Any]],
        ask: Callable[[dict[str, Any], threading.Event], Any],
        first: Callable[[], Any] | None = None,
    ) -> list[Any]:
        """What ``ask`` gives for each body; answers from before are not asked for.

        ``first`` is called before the first request, if there is one.

        When one request fails for good, those under way are still kept and no other is sent.
        """
        start = last = time.perf_counter()
        keys = [self._hash(body) for body in bodies]
        known = self._cache.get(keys) if self._cache else {}
        self.usage.cached += sum(key in known for key in keys)
        self.usage.recalled += math.fsum(answer.seconds for answer in known.values())
        todo = {key: body for key, body in zip(keys, bodies, strict=True) if key not in known}
        stop = threading.Event()
        if todo and first:
            first()

        def asked(body: dict[str, Any]) -> Any:
            try:
                return ask(body, stop)
            except BaseException:
                stop.set()
                raise

        failed: list[BaseException] = []
        with ThreadPoolExecutor(self._connection.spec.concurrency) as pool:
            futures = {pool.submit(asked, body): key for key, body in todo.items()}
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


@contextlib.contextmanager
def _cannot() -> Iterator[None]:
    """Go on where a trial shows what a server cannot do: it refuses, fails at it, or ignores it.

    A server that is not reached, or that is busy, shows nothing, and its error is raised.
    """
    try:
        yield
    except Unusable:
        pass
    except (Refused, Failing) as error:
        if error.status not in _CANNOT | ({500} if isinstance(error, Failing) else set()):
            raise


def _blank(stop: Sequence[str]) -> list[str]:
    return [s for s in stop if not s.strip()]
