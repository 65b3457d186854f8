"""Sentiment: whether what a text says of its matter is good, bad or neither."""

from .choose import Choose


class Sentiment(Choose):
    name = "sentiment"
    title = "Sentiment"
    about = "Whether what a short text says is positive, negative or neutral."
    place = 5


TASK = Sentiment()
