"""The fast exact engine: what several requests share is computed once, with the same numbers.

``score``: tokens that prompts begin with pass through the model once; each item's own text once;
all its continuations together, as a tree, in the same forward pass, under a mask in which a token
sees the prompt and its ancestors. The last layer and the logits are computed only for rows that
predict a continuation's token. ``generate``: the same prefix, then all rows of a batch token by
token.

There are four ways; a self-test on the model at hand chooses when it is first used: ``split``
(CPU: the shared block is attended to in place), ``dense`` (the prefix is copied to each row and the
model's own attention is used), ``copied`` (the model's own cache of the shared tokens is copied;
for architectures that take no tree mask, such as those with states), ``whole`` (nothing is shared).
:mod:`xltlib.models.engine.plain` does the same without any of this, for reading and as the oracle
of the tests; README.md beside this file names the order in which to read the modules.
"""

import contextlib
import math
import time
import warnings
from collections.abc import Iterator, Sequence

import torch
from transformers.modeling_utils import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from ...errors import XltError, not_one_of
from ...text.tagged import Copy
from ..usage import Generated, Usage
from . import lone_rows, plan, ways
from .copying import Copying
from .core import WAYS, Core, Way
from .encoding import Encoder
from .greedy import Greedy, NotFinite
from .onednn import OneDnnLinears
from .output import not_finite
from .stops import Stops


class LanguageModel:
    """A causal language model with its tokenizer. Not safe for use by several threads at once.

    ``chat``: prompts come out of a chat template, which wrote the special tokens itself.
    """

    scoring = "likelihood"  # how labels are told apart
    takes_messages = False  # prompts are text, a chat template's included

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        context: int,
        batch_tokens: int = 16384,
        chat: bool = False,
    ):
        self.model, self.tokenizer, self.context = model, tokenizer, context
        self.device, self.dtype = model.device, model.dtype
        self.core = Core(model, batch_tokens)
        self.encoder = Encoder(tokenizer, special=not chat)
        self._linears = OneDnnLinears(model)
        self.eos = _ends(model, tokenizer)
        self._way: Way | None = None
        self._reach = ways.reach(self.core.config)
        self._said = False

    @property
    def usage(self) -> Usage:
        """What the model was used for so far."""
        return self.core.usage

    @torch.inference_mode()
    def score(
        self, prompts: Sequence[str], continuations: Sequence[Sequence[str]]
    ) -> list[list[float]]:
        """Log-likelihood (natural log, summed over tokens) of each continuation after its prompt.

        The result has the shape of ``continuations``, in its order. Raises :class:`XltError` when
        the lists differ in length, a continuation is empty, an item exceeds the context, or a score
        is not finite.
        """
        if len(prompts) != len(continuations):
            raise XltError(
                f"`continuations` has {len(continuations)} entries for {len(prompts)} prompts: "
                "give one list of continuations per prompt"
            )
        start = time.perf_counter()
        requests = self.encoder.requests(prompts, continuations)
        ends = [max(map(len, r.tails), default=0) for r in requests]
        plan.check_lengths([len(r.stem) for r in requests], ends, self.context, "continuation")
        asked = [i for i, r in enumerate(requests) if r.tails]
        results: list[list[float]] = [[] for _ in requests]
        if asked:
            some = [requests[i] for i in asked]
            with self.fast():
                self._choose(max(len(requests[i].stem) + ends[i] for i in asked))
                scored = ways.scorer(self.core.way).score(self.core, some)
            for i, scores in zip(asked, scored, strict=True):
                if not all(map(math.isfinite, scores)):
                    raise not_finite(f"item {i}: its scores are {scores}", self.dtype)
                results[i] = scores
        self.usage.seconds += time.perf_counter() - start
        return results

    @torch.inference_mode()
    def generate(
        self,
        prompts: Sequence[str],
        max_new_tokens: int,
        stop: Sequence[str] = (),
        copies: Sequence[Copy] = (),
    ) -> list[Generated]:
        """Continue each prompt greedily; ``copies`` are the texts that each may write, with tags.

        Ends at an end-of-text token, at the first of the ``stop`` strings (cut off with all that
        follows) or after ``max_new_tokens``. Raises :class:`XltError` when an item exceeds the
        context, an argument is out of range or a logit is not finite.
        """
        if max_new_tokens < 1:
            raise XltError(f"`max_new_tokens` must be at least 1, but got {max_new_tokens}")
        if isinstance(stop, str) or not all(stop):
            raise XltError(
                f"`stop` must be a list of strings, none of them empty, but got {stop!r}"
            )
        start = time.perf_counter()
        ids = self.encoder.prompts(prompts)
        limits = [max_new_tokens] * len(ids)
        plan.check_lengths([len(i) for i in ids], limits, self.context, "answer may have")
        stops = Stops(self.tokenizer, tuple(stop), self.eos)
        chooser, copying = Greedy(), None
        if copies:
            chooser = copying = Copying(copies, self.encoder, min(self.eos), max_new_tokens)
        results: list[Generated] = []
        if ids:
            with self.fast():
                self._choose(max(map(len, ids)) + max_new_tokens)
                run = ways.generator(self.core.way).generate
                try:
                    made = run(self.core, ids, max_new_tokens, stops, chooser)
                except NotFinite as error:
                    raise not_finite(
                        f"item {error.row}: a logit is {error.value}", self.dtype
                    ) from error
            results = [stops.finish(m) for m in made]
            if copying:
                results = [g._replace(text=copying.text(i)) for i, g in enumerate(results)]
            self.usage.truncated += sum(not stops.ended(m) for m in made)
            self.usage.generated_tokens += sum(map(len, made))
            # The last token of an answer need not go through the model.
            self.usage.distinct_tokens += plan.distinct_tokens(ids, [len(m) - 1 for m in made])
        self.usage.seconds += time.perf_counter() - start
        return results

    @contextlib.contextmanager
    def fast(self) -> Iterator[None]:
        """Within the block the model's layers take the fastest kernels at hand that are right."""
        with self._linears.active(), lone_rows.accompanied():
            yield

    def way(self) -> Way:
        """How rows attend to shared tokens in this model; tested at the first call."""
        if self._way is None:
            with self.fast(), torch.inference_mode():
                self._way, reason = ways.choose(self.core)
            if reason:
                self._say(reason, _SLOWER[self._way])
        return self._way

    def use(self, way: Way) -> None:
        """Force a way to attend: benchmarks and tests compare them."""
        if way not in WAYS:
            raise not_one_of("way", way, WAYS)
        self._way = way

    def _choose(self, longest: int) -> None:
        """Set the core's way for sequences of up to ``longest`` tokens."""
        self.core.way = self.way()
        if self.core.way != "whole" and self._reach is not None and longest > self._reach:
            self.core.way = "whole"
            self._say(
                f"sequences of {longest} tokens exceed {self._reach}, where its attention changes "
                "with the length",
                _SLOWER["whole"],
            )

    def _say(self, reason: str, consequence: str) -> None:
        if not self._said:
            name = type(self.model).__name__
            warnings.warn(f"{name}: {reason}: {consequence}", stacklevel=5)
        self._said = True


_SLOWER = {
    "copied": "each item's cache is copied for its labels, exact but slower",
    "whole": "each request is computed as a whole, exact but slower",
}


def _ends(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """End-of-text tokens: what the generation settings, the configuration and the tokenizer name.

    Chat models often name one in each: the text's end here, the turn's end there.
    """
    settings = model.generation_config
    named = (
        settings.eos_token_id if settings else None,
        getattr(model.config, "eos_token_id", None),
        tokenizer.eos_token_id,
    )
    return frozenset(
        token
        for one in named
        if one is not None
        for token in ([one] if isinstance(one, int) else one)
    )
