"""``switched_quarter``: ``prompt`` with a quarter of the demonstrations' words in the pivot."""

from .switching import Switching


class SwitchedQuarter(Switching):
    about = "as prompt, with a quarter of the demonstrations' words in English"
    shown = 0.25


METHOD = SwitchedQuarter
