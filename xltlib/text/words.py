"""Words and text scores for any alphabet.

``rouge_score``'s own tokenizer keeps ``[a-z0-9]`` alone, which makes "asar" of Hausa "ƙasar"; its
``tokenizer=`` hook takes :class:`UnicodeTokenizer` instead. No letter is ever dropped or replaced:
words are compared casefolded, in NFC, and with one sign for all apostrophes. Characters that are
not seen (soft hyphens, joiners, marks of direction) belong to the word that they stand in.
"""

import unicodedata
import warnings
from functools import lru_cache
from itertools import islice

import regex

#: All that keyboards and fonts put for the sign of `'yan`, `o'oku` and `na'ura`.
APOSTROPHES = "'’‘ʼ‛`´ʹʻʽʾʿˈ′՚＇Ꞌꞌ"
_WORD = regex.compile(rf"[\p{{L}}\p{{M}}\p{{N}}]+(?:[{APOSTROPHES}][\p{{L}}\p{{M}}\p{{N}}]+)*")
_PUNCTUATION = regex.compile(r"[\p{P}&&[^\p{Ps}\p{Pi}]]+", regex.V1)
_ONE_APOSTROPHE = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))
# One character for one character, so that spans stay valid.
_LINE_BREAKS = str.maketrans(dict.fromkeys("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", " "))
_UNSEEN = regex.compile(r"(?V1)[\p{Cf}--\u200b]")  # U+200B is the space of scripts without spaces
# Scripts that put no spaces between words: where a word ends cannot be seen.
_SOLID = regex.compile(
    r"[\p{Myanmar}\p{Thai}\p{Lao}\p{Khmer}\p{Han}\p{Hiragana}\p{Katakana}\p{Tibetan}]"
)
ROUGE = ("rouge1", "rouge2", "rougeL")


def one_line(text: str) -> str:
    """``text`` on one line, as prompts show it; every offset stays valid."""
    # a line break cannot be printed: most texts have none, which is seen sooner than replaced
    return text if text.isprintable() else text.translate(_LINE_BREAKS)


def is_word(character: str) -> bool:
    """Whether a character belongs to a word: a letter, a digit or a combining mark."""
    return character.isalnum() or unicodedata.category(character).startswith("M")


def at_boundary(text: str, index: int) -> bool:
    """Whether ``text`` may be cut at ``index`` without cutting a word in two."""
    before, after = index - 1, index
    while before >= 0 and _UNSEEN.match(text[before]):
        before -= 1
    while after < len(text) and _UNSEEN.match(text[after]):
        after += 1
    inside = 0 <= before and after < len(text)
    return not (inside and is_word(text[before]) and is_word(text[after]))


def fold(text: str) -> str:
    """``text`` for comparison: NFC, casefolded, apostrophes alike, nothing that is not seen."""
    seen = unicodedata.normalize("NFC", _UNSEEN.sub("", text))
    return seen.casefold().translate(_ONE_APOSTROPHE)


def signs_alike(text: str) -> str:
    """``text`` with one sign for all apostrophes, and nothing that is not seen."""
    return _UNSEEN.sub("", text).translate(_ONE_APOSTROPHE)


def words(text: str) -> list[str]:
    """The folded words of ``text``: letters, marks and digits, with apostrophes inside a word."""
    return _WORD.findall(fold(text))


def first_words(text: str, count: int) -> str:
    """``text`` up to the end of its ``count``-th word, with the punctuation that follows it."""
    ends = [match.end() for match in islice(_WORD.finditer(text), count + 1)]
    if len(ends) <= count:
        return text
    following = _PUNCTUATION.match(text, ends[count - 1])
    return text[: following.end() if following else ends[count - 1]]


def without_spaces(text: str) -> bool:
    """Whether ``text`` is written, for the most part, in a script without spaces between words."""
    letters = "".join(regex.findall(r"\p{L}", text))
    return len(_SOLID.findall(letters)) * 2 > len(letters)


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
    """ROUGE-1/2/L F-measures (0 to 1) and sentence chrF (0 to 100, sacrebleu's defaults).

    ROUGE compares words between spaces; where a script has none a warning says that chrF alone
    measures.
    """
    if without_spaces(reference):
        warnings.warn(
            "ROUGE compares words between spaces, and this text's script puts none between words: "
            "its ROUGE says next to nothing, look at chrF, which compares characters",
            stacklevel=2,
        )
    found = _scorers()[0].score(reference, output)
    scores = {name: float(found[name].fmeasure) for name in ROUGE}
    return scores | {"chrf": chrf(output, reference)}


def chrf(output: str, reference: str) -> float:
    """Sentence chrF, 0 to 100, with sacrebleu's defaults."""
    return float(_scorers()[1].sentence_score(output, [reference]).score)
