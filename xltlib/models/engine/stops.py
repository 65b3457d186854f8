"""Where an answer ends: end-of-text tokens and stop strings, found without decoding it all."""

from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from ...text.stops import cut, ended
from ..usage import Generated


class Stops:
    """Stop strings and end-of-text tokens over growing lists of token ids."""

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, stops: tuple[str, ...], eos: frozenset[int]
    ):
        self.tokenizer, self.stops, self.eos = tokenizer, stops, eos
        # No token is shorter than a byte; a few more complete a first character.
        self.window = max((len(s.encode()) for s in stops), default=0) + 4
        self._last = {s[-1] for s in stops}
        self._may_end: dict[int, bool] = {}

    def ended(self, ids: list[int]) -> bool:
        """Whether the newest token of ``ids`` ends the answer."""
        return ids[-1] in self.eos or self._stopped(ids)

    def finish(self, ids: list[int]) -> Generated:
        """The answer: text before the end-of-text token and before the stop string that ends it."""
        text = self._text(ids[:-1] if ids and ids[-1] in self.eos else ids)
        return Generated(cut(text, self.stops), len(ids), tuple(ids))

    def _text(self, ids: list[int]) -> str:
        return self.tokenizer.decode(
            ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )

    def _stopped(self, ids: list[int]) -> bool:
        if not self.stops or not self._may(ids[-1]) or not self._in(ids[-self.window :]):
            return False
        return ended(self._text(ids), self.stops)

    def _may(self, token: int) -> bool:
        """Whether this token can be the last of a stop string."""
        known = self._may_end.get(token)
        if known is None:
            text = self._text([token])
            # U+FFFD is part of a character, which could be any; and a decoder may drop the space
            # in front of a first token, so a stop string's last space is looked for at every one.
            known = "\ufffd" in text or " " in self._last or any(c in text for c in self._last)
            self._may_end[token] = known
        return known

    def _in(self, ids: list[int]) -> bool:
        text = self._text(ids)
        return any(s in text for s in self.stops)
