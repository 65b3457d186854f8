"""Natural language inference: whether a text makes a claim true, makes it false, or leaves it open.

A model that has learnt nothing of the task answers a third of a balanced set, whatever it says.
"""

from .choose import Choose


class Nli(Choose):
    name = "nli"
    title = "Natural language inference"
    about = "Whether a text makes a claim true, makes it false, or leaves it open."
    fields = ("premise", "hypothesis")
    place = 4


TASK = Nli()
