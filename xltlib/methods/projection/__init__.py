"""Entity spans of a text projected onto its translation; ``translate`` carries NER this way.

Four projectors, chosen by ``projection.by`` of a profile:

- :mod:`.match` (the default) looks for the surface, a near spelling, or the surface's translation;
- :mod:`.markers` translates the text with brackets around a span and matches what they surround;
- :mod:`.alignment` aligns words by an encoder's embeddings;
- :mod:`.codec` sets the brackets where the translation model finds them most likely.

Whatever the projector, a span lands on whole words (see :mod:`.words`), spans of one text never
overlap, and a span that cannot be projected is ``None``, which the tasks drop and count.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from ...config import PROJECTORS, Language, ProjectionSpec
from ...errors import XltError, not_one_of
from ...text.spans import Found, Item
from . import markers, match

if TYPE_CHECKING:
    from ...models.translation.translator import Translator

__all__ = ["Found", "Item", "Projector", "load", "serves"]


class Projector(Protocol):
    """Spans of texts in ``source`` onto texts in ``target``, one list of spans per item."""

    def __call__(self, items: Sequence[Item], source: Language, target: Language) -> Found: ...


def load(spec: ProjectionSpec, translator: "Translator") -> Projector:
    """The projector of a profile. What it spends is added to ``translator.usage``.

    ``translator`` translates in the language model's stead: any object with its ``translate`` will
    do for ``match`` and ``markers``. Raises :class:`XltError` when an encoder cannot be loaded, and
    where :func:`serves` says no.
    """
    if not serves(spec, translator):
        raise XltError(
            f"`projection.by` is {spec.by!r}, which asks the translation model itself, but this "
            "translator is none of that kind: take `match` or `markers`, for `alignment` name an "
            "encoder (`projection.encoder`), or take a translation model such as NLLB"
        )
    if spec.by in ("match", "markers"):
        module = {"match": match, "markers": markers}[spec.by]

        def by_translating(items: Sequence[Item], source: Language, target: Language) -> Found:
            return module.project_all(
                items, lambda texts: translator.translate(texts, source, target)
            )

        return by_translating
    if spec.by == "alignment":
        return _alignment(spec, translator)
    if spec.by == "codec":
        return _codec(translator)
    raise not_one_of("projection.by", spec.by, PROJECTORS)


def serves(spec: ProjectionSpec, translator: object) -> bool:
    """Whether the projector can be had with this translator: two of them ask its model itself."""
    asks = spec.by == "codec" or (spec.by == "alignment" and spec.encoder is None)
    return not asks or hasattr(translator, "model")


def _alignment(spec: ProjectionSpec, translator: "Translator") -> Projector:
    from ...models.translation import encoder
    from . import alignment
    from .words import by_sentence

    embed = encoder.load(spec, translator)

    def project(items: Sequence[Item], source: Language, target: Language) -> Found:
        there, back = embed(source, target), embed(target, source)
        return by_sentence(items, lambda parts: alignment.project_all(parts, there, back))

    return project


def _codec(translator: "Translator") -> Projector:
    from ...models.translation.forced import Forced
    from . import codec
    from .words import by_sentence

    def project(items: Sequence[Item], source: Language, target: Language) -> Found:
        scorer = Forced(translator, source, target)
        return by_sentence(items, lambda parts: codec.project_all(parts, scorer))

    return project
