"""``switched_half``: ``prompt`` with half of the demonstrations' words in the pivot."""

from .switching import Switching


class SwitchedHalf(Switching):
    about = "as prompt, with half of the demonstrations' words in English"
    shown = 0.5


METHOD = SwitchedHalf
