"""Topic classification: which of the data's own labels a text is about."""

from .choose import Choose


class Topics(Choose):
    name = "topics"
    title = "Topic classification"
    about = "The topic of a news text, among the labels of its data set."
    place = 2


TASK = Topics()
