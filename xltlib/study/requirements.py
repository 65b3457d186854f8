"""What one must have to use an arm: read off its method's facts and its blocks of the profile."""

import pandas as pd

from .. import demonstrations, methods
from ..config import Profile

COLUMNS = ["arm", "labelled", "plain_text", "parallel_text", "translator", "asks_in", "bound"]
COLUMNS += ["same", "first", "about"]


def requirements_table(profile: Profile) -> pd.DataFrame:
    """A row for each arm of ``profile``: what it takes besides the model and the item.

    Columns: arm; labelled (where demonstrations are from: ``shown``, those in the prompt alone;
    ``pool``, a collection to choose from for each item; ``learned``, as many as there are shots,
    which the prompt does not show; with ``in eng`` where the method shows
    those of that language in place of the item's own); plain_text (to train on); parallel_text (to
    learn, show or look up translations); translator (empty for none); asks_in (``own`` or
    ``pivot``); bound (items are translated by people, which is no way to go for a new text); same
    (every prompt shows the same demonstrations, those that ``fixed`` draws of its own language);
    first (it stands in figures); about (what it does, for readers).
    """
    rows = []
    for arm in profile.arms:
        spec, method = profile.of_arm(arm.name), methods.of(arm)
        path = spec.translator.path if method.uses_translator else "copy"
        picker = demonstrations.get(spec.demonstrations.by)
        labelled = "learned" if method.learns else "pool" if picker.per_item else "shown"
        lender = method.lender() or (spec.pivot if method.shows_pivot else "")
        fixed = spec.demonstrations.by == "fixed" and not method.vets
        if lender:
            labelled += f" in {lender}"
        rows.append(
            {
                "arm": arm.name,
                "labelled": labelled,
                "plain_text": method.trains,
                "parallel_text": path != "copy" and spec.translator.reads_parallel_text,
                "translator": "" if path == "copy" else path,
                "asks_in": method.asks_in,
                "bound": path == "reference" and method.asks_in == "pivot",
                "same": fixed and not (method.learns or lender),
                "first": arm.name in profile.first,
                "about": arm.about or method.about,
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)
