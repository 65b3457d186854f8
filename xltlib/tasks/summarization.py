"""Summarization: the headline of an article, compared with the one its editors gave it."""

from . import baselines
from .write import Write


class Summarization(Write):
    name = "summarization"
    title = "Summarization"
    about = "The headline of an article, compared with the one that its editors gave it."
    baselines = {"first words": baselines.lead}
    place = 1


TASK = Summarization()
