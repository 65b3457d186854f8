"""``switched_input_quarter``: ``prompt`` with a quarter of the item's own words in the pivot."""

from .switching import Switching


class SwitchedInputQuarter(Switching):
    about = "as prompt, with a quarter of the item's own words in English"
    asked = 0.25


METHOD = SwitchedInputQuarter
