"""Data sets: a name, a task, a language and a split give a list of :class:`Example`.

Sources that read publishers' files look for them as ``<data_dir>/<dataset>/<language>/<file>`` (the
monolingual corpora as ``<data_dir>/mono/<language>/<file>``), in the publishers' own formats and
under the names that their modules state; ``datasets()`` and ``corpora_table()`` list what there is.
The source ``mini`` is generated and the sources ``hub:...`` are downloaded; neither needs a folder,
but where it has the publisher's files of one of the hub's sets, they are read in place of the hub.
A corpus may also be a text file of one's own, named by its path.
"""

from ..text.spans import Span
from .items import SPLITS, Example, Gold, Split
from .load import (
    corpora_table,
    corpus,
    datasets,
    is_at_hand,
    is_decontaminated,
    labels,
    lacking,
    leaked_sets,
    load,
    notes,
    revision,
    source_of,
    training_text,
)

__all__ = [
    "SPLITS",
    "Example",
    "Gold",
    "Span",
    "Split",
    "corpora_table",
    "corpus",
    "datasets",
    "is_at_hand",
    "lacking",
    "is_decontaminated",
    "labels",
    "leaked_sets",
    "load",
    "notes",
    "revision",
    "source_of",
    "training_text",
]
