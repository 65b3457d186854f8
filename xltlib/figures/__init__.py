"""Figures: one function each, from a statistics table to a matplotlib Figure; nothing is computed.

``about``, what a profile is, goes with the files as their description, not into the picture.
Colours are Okabe and Ito's, which colour-blind readers can tell apart, and each method keeps its
colour and its marker in every figure. Languages appear by name where a language file has one.
"""

from .cost import cost_quality, laft_loss, tokens_per_word
from .finish import drawn
from .labelled import labelled_items
from .look import COLOURS, MARKERS, language_name, style
from .matrix import matrix
from .one_item import one_item
from .options import option_bars
from .pooled import pooled_forest
from .projection import projector_scores
from .quality import score_by_shots, scores, valid_outputs
from .translation import score_by_translation
from .ways import ways

__all__ = [
    "COLOURS",
    "MARKERS",
    "cost_quality",
    "drawn",
    "labelled_items",
    "laft_loss",
    "language_name",
    "matrix",
    "one_item",
    "option_bars",
    "pooled_forest",
    "projector_scores",
    "score_by_shots",
    "score_by_translation",
    "scores",
    "style",
    "tokens_per_word",
    "valid_outputs",
    "ways",
]
