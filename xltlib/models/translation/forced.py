"""How likely a translation model finds a given translation: forced decoding, in batches."""

import time
from collections.abc import Sequence

import torch
from transformers.modeling_outputs import BaseModelOutput

from ...config import Language
from ..engine import plan
from .translator import Translator, direction, source_ids, target_ids

_LOGITS = 1 << 26  # numbers in a batch of logits: 256 MiB in float32


class Forced:
    """A translator in one direction, asked for probabilities. Its usage counts what they cost."""

    def __init__(self, translator: Translator, source: Language, target: Language):
        self.translator, self.source, self.target = translator, source, target
        self._first = direction(translator.tokenizer, source, target)[2]
        self._read: dict[str, list[int]] = {}  # the last source text, as ids

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Each text as the tokens that the model writes for it, the end of the text included."""
        return target_ids(self.translator.tokenizer, texts, self.source, self.target)

    def fits(self, source: str, targets: Sequence[Sequence[int]]) -> bool:
        """Whether neither the source nor a target is longer than the model's positions."""
        sizes = [len(self._source_ids(source)), *(len(t) + 1 for t in targets)]
        return max(sizes) <= self.translator.longest

    @torch.inference_mode()
    def log_probabilities(self, source: str, targets: Sequence[Sequence[int]]) -> list[float]:
        """log p(tokens | source text) in nats, of each of ``targets``: whole texts or beginnings.

        The source is encoded once. The token that names the target language is given to the model
        and not scored.
        """
        one, start = self.translator, time.perf_counter()
        model = one.model
        ids = torch.tensor([self._source_ids(source)], device=model.device)
        states = model.get_encoder()(input_ids=ids).last_hidden_state
        scores = [0.0] * len(targets)
        room = min(one.batch_tokens, max(1, _LOGITS // model.config.vocab_size))
        for batch in plan.batches([len(t) for t in targets], 0, room, room):
            for i, score in zip(
                batch, self._batch(states, [targets[i] for i in batch]), strict=True
            ):
                scores[i] = score
            one.usage.batches += 1
        scored = sum(map(len, targets))
        one.usage.model_tokens += ids.numel() + scored
        one.usage.distinct_tokens += ids.numel() + scored
        one.usage.flops += one.flops(ids.numel(), scored)
        one.usage.seconds += time.perf_counter() - start
        return scores

    def _source_ids(self, source: str) -> list[int]:
        if source not in self._read:
            [ids] = source_ids(self.translator.tokenizer, [source], self.source, self.target)
            self._read = {source: ids}
        return self._read[source]

    def _batch(self, states: torch.Tensor, targets: list[Sequence[int]]) -> list[float]:
        """Sums of log-probabilities; states [1, m, d] serve all rows."""
        model, rows = self.translator.model, len(targets)
        front = [model.config.decoder_start_token_id]
        front += [] if self._first is None else [self._first]
        longest = max(1, *map(len, targets))
        pad = model.config.pad_token_id if model.config.pad_token_id is not None else 0
        padded = torch.tensor([[*t, *[pad] * (longest - len(t))] for t in targets])
        padded = padded.to(states.device)
        sizes = torch.tensor([len(t) for t in targets], device=states.device)
        real = torch.arange(longest, device=states.device) < sizes[:, None]
        before = torch.tensor([front] * rows, device=states.device)
        # No mask for the padding: behind every real token, it is seen by none of them.
        logits = model(
            encoder_outputs=BaseModelOutput(last_hidden_state=states.expand(rows, -1, -1)),
            attention_mask=before.new_ones(rows, states.shape[1]),
            decoder_input_ids=torch.cat([before, padded[:, :-1]], dim=1),
            use_cache=False,
        ).logits[:, len(front) - 1 :]
        chosen = logits.gather(2, padded[..., None])[..., 0].float()
        scores = chosen - logits.float().logsumexp(2)
        return scores.where(real, 0.0).sum(1).tolist()
