"""Statistics on records: tables in, tables out; nothing here draws, and nothing loads a model.

Each table is one function of a records DataFrame (:data:`xltlib.records.schema.SCHEMA`):
``score_table``, ``valid_table``, ``paired_table``, ``pooled_table``, ``interaction_table``,
``cost_table``, ``engine_table``, ``fertility_table``, ``length_table``; and ``conclusions`` puts
the tables into sentences (``projection_table`` takes counts of projected spans instead, from
:mod:`xltlib.validity.projectors`). Everything random takes a seed.
Which test answers which question:

*How good is one method here?* ``score_table``: Wilson's interval for a proportion from one seed
or of 0 or 1, a bootstrap over items (and seeds) for everything else, since F1 and ROUGE have no
formula to trust.

*Is one method better than another here?* ``paired_table``: both answered the same items, so items
are compared. McNemar's exact test on the items on which just one is right (accuracy, one seed);
otherwise whole items change sides at random and the score is computed anew (approximate
randomization). Read the difference with its interval first, then ``p_holm``; before reading a large
p as "no difference", read ``detectable``.

*Which method is better on the whole?* ``pooled_table``: the mean over cells, each counting the
same, randomized within cells; parallel items move together. The mixed model beside it assumes more
(normal errors, one variance): where the two disagree, believe neither too much.

*Does it depend on task or language?* ``interaction_table``: Wald's test that the differences
between the methods are the same at all levels.

*Which arms does a figure have room for?* ``first_arms``: those that the profile declares as first.

*How many tests were that?* Holm (``p_holm``) bounds the chance of a single false finding in a
family and is what the text speaks of; Benjamini-Hochberg (``p_bh``) bounds the share of false ones.

*Can the tests be trusted?* ``python -m xltlib calibrate`` simulates experiments without a
difference and counts how often each test finds one, how often intervals cover, and the power.
"""

from .conclusions import conclusions
from .cost import cost_table, engine_table, fertility_table, length_table
from .first import comparable, first_arms
from .interactions import interaction_table
from .metrics import HEADLINE, METRICS, SCORED, metric
from .paired import paired_table
from .pooled import pooled_table
from .scores import score_table, valid_table
from .spans import projection_table

__all__ = [
    "comparable",
    "HEADLINE",
    "METRICS",
    "SCORED",
    "conclusions",
    "cost_table",
    "engine_table",
    "fertility_table",
    "first_arms",
    "interaction_table",
    "length_table",
    "metric",
    "paired_table",
    "pooled_table",
    "projection_table",
    "score_table",
    "valid_table",
]
