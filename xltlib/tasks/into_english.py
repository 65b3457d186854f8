"""Translation into English: how much of a language's sentences the model understands."""

from .translation import Translation


class IntoEnglish(Translation):
    name = "into_english"
    title = "Translation into English"
    joined = "from"
    about = "Sentences put into English by the model itself; copying them is the floor."
    place = 9


TASK = IntoEnglish()
