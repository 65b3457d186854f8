"""What a data set is made of: items, their gold answers, and the splits they come in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, Literal, TypeVar

from ..errors import XltError
from ..text.key import key
from ..text.spans import Span
from ..text.words import first_words, one_line

Split = Literal["demos", "test"]
SPLITS: tuple[Split, ...] = ("demos", "test")

#: A correct answer, typed by its task: a label (topics), a text (summaries), or the entity spans
#: in the order of the text (ner).
Gold = str | tuple[Span, ...]
G = TypeVar("G", bound=Gold)


class _Kept:
    """Room for an item's key, which every draw of demonstrations asks for; no field of the item."""

    __slots__ = ("_key",)
    _key: str


@dataclass(frozen=True, slots=True)
class Example(_Kept, Generic[G]):
    """One item: its texts in one language, and the gold answer of one task.

    ``fields`` are its texts by name, in the order in which prompts show them; a plain text stands
    for the one field ``text``. Every text is on one line, so that none can end a field of a prompt:
    a line break becomes a space, and spans stay where they are. ``options`` are the answers that
    this item alone has to choose from (multiple choice), none where the data set has labels.
    ``kept`` names fields in another language than the item's, which no translation touches.
    """

    id: str
    language: str
    fields: Mapping[str, str] = field(hash=False)
    gold: G
    options: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        given = {"text": self.fields} if isinstance(self.fields, str) else self.fields
        texts = {name: one_line(text) for name, text in given.items()}
        object.__setattr__(self, "fields", texts)
        object.__setattr__(self, "options", tuple(map(one_line, self.options)))

    @property
    def text(self) -> str:
        """The first field, which is the only one of most tasks."""
        return next(iter(self.fields.values()))

    @property
    def texts(self) -> list[str]:
        """All that there is to read of the item: its fields in order, then its options."""
        return [*self.fields.values(), *self.options]

    @property
    def key(self) -> str:
        """What it has in common with items that say the same (:func:`xltlib.text.key.key`)."""
        try:
            return self._key
        except AttributeError:
            object.__setattr__(self, "_key", key(" ".join(self.texts)))
            return self._key

    @property
    def own_texts(self) -> list[str]:
        """The texts in the item's own language, in order: all of them but those that are kept."""
        own = [text for name, text in self.fields.items() if name not in self.kept]
        return [*own, *self.options]

    def cut(self, words: int) -> "Example[G]":
        """The item with at most ``words`` words of each field, punctuation and spaces kept.

        Raises :class:`XltError` where spans are marked: those in the part cut away would be lost.
        """
        if not isinstance(self.gold, str):
            raise XltError(
                f"`document_words`: item {self.id!r} has entity spans, which a cut would lose: "
                "leave its task out"
            )
        return replace(
            self, fields={name: first_words(t, words) for name, t in self.fields.items()}
        )

    def carried(self, language: str, texts: Sequence[str], gold: G) -> "Example[G]":
        """The item in another language, given its :attr:`texts` there."""
        fields = dict(zip(self.fields, texts[: len(self.fields)], strict=True))
        options = tuple(texts[len(self.fields) :])
        return replace(self, language=language, fields=fields, gold=gold, options=options)
