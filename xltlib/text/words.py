"""Words and text scores for any alphabet.

``rouge_score``'s own tokenizer keeps ``[a-z0-9]`` alone, which makes "asar" of Hausa "ƙasar"; its
``tokenizer=`` hook takes :class:`UnicodeTokenizer` instead. No letter is ever dropped or replaced:
words are compared casefolded, in NFC, and with one sign for the typographic apostrophes.
"""

import unicodedata
from functools import lru_cache

import regex

APOSTROPHES = "'’‘ʼ"
_WORD = regex.compile(rf"[\p{{L}}\p{{M}}\p{{N}}]+(?:[{APOSTROPHES}][\p{{L}}\p{{M}}\p{{N}}]+)*")
_ONE_APOSTROPHE = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))
# One character for one character, so that spans stay valid.
_LINE_BREAKS = str.maketrans(dict.fromkeys("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", " "))
ROUGE = ("rouge1", "rouge2", "rougeL")


def one_line(text: str) -> str:
    """``text`` on one line, as prompts show it; every offset stays valid."""
    return text.translate(_LINE_BREAKS)


def is_word(character: str) -> bool:
    """Whether a character belongs to a word: a letter, a digit or a combining mark."""
    return character.isalnum() or unicodedata.category(character).startswith("M")


def at_boundary(text: str, index: int) -> bool:
    """Whether ``text`` may be cut at ``index`` without cutting a word in two."""
    return not 0 < index < len(text) or not (is_word(text[index - 1]) and is_word(text[index]))


def fold(text: str) -> str:
    """``text`` for comparison: NFC, casefolded, apostrophes alike."""
    return unicodedata.normalize("NFC", text).casefold().translate(_ONE_APOSTROPHE)


def words(text: str) -> list[str]:
    """The folded words of ``text``: letters, marks and digits, with apostrophes inside a word."""
    return _WORD.findall(fold(text))


class UnicodeTokenizer:
    """:func:`words` in the form that ``rouge_score`` asks for."""

    def tokenize(self, text: str) -> list[str]:
        return words(text)


@lru_cache(maxsize=1)
def _scorers():  # on first use: both libraries take long to import
    from rouge_score.rouge_scorer import RougeScorer
    from sacrebleu.metrics import CHRF

    return RougeScorer(list(ROUGE), tokenizer=UnicodeTokenizer()), CHRF()


def text_scores(output: str, reference: str) -> dict[str, float]:
    """ROUGE-1/2/L F-measures (0 to 1) and sentence chrF (0 to 100, sacrebleu's defaults)."""
    rouge, chrf = _scorers()
    found = rouge.score(reference, output)
    scores = {name: float(found[name].fmeasure) for name in ROUGE}
    return scores | {"chrf": float(chrf.sentence_score(output, [reference]).score)}
