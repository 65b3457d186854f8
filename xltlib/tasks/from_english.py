"""Translation out of English, the harder direction for a model that has read mostly English."""

from .translation import Translation


class FromEnglish(Translation):
    name = "from_english"
    title = "Translation from English"
    joined = "into"
    about = "English sentences translated by the model itself; copying them is the floor."
    english = ("text",)
    place = 8


TASK = FromEnglish()
