"""``switched_input_half``: ``prompt`` with half of the item's own words in the pivot."""

from .switching import Switching


class SwitchedInputHalf(Switching):
    about = "as prompt, with half of the item's own words in English"
    asked = 0.5


METHOD = SwitchedInputHalf
