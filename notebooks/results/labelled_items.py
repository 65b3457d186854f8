# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What do labelled items buy?
#
# A prompt with four demonstrations has seen four labelled items. Whoever has labelled a few hundred
# sentences can also train an ordinary classifier on them in a second, without any language model.
# Here both stand in one picture, on the same test items.
#
# Points are the arms of this run. An arm whose demonstrations are picked for each item needs the
# whole pool to pick from, so that is what it counts as. Some arms learn from their items in place
# of showing them: a classifier on the model's vectors, the model's own weights, or a soft prompt,
# whose items are English. Lines need no language model. All learn from the same items that a prompt
# with as many shots shows, and from more where a prompt cannot hold them.

# %% tags=["parameters", "needs:data"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from xltlib import figures, load_profile, results, stats
from xltlib.report.output import Output
from xltlib.validity.learning_curve import arms_of, labelled, learning_curve

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.records(settings.name, cells)
keep = Output("results/labelled_items", settings.name, records)

# %%
curve = learning_curve(settings, records)
keep.table(curve, "learning_curve", "Baselines without a model, by labelled items")

# %%
figure = None
if len(curve):
    first = stats.first_arms(
        stats.score_table(records, "headline"), arms_of(settings), settings.model.path
    )
    arms = labelled(settings, first)
    figure = figures.labelled_items(arms, curve, settings.about)
    keep.figure(figure, "labelled_items", "Score against labelled items seen")
figure

# %% [markdown]
# ## What to do with this
#
# Look for the number of labelled items at which the lines cross the points. To the left of it, a
# language model is worth its cost; to the right of it, the classifier is better, cheaper, and never
# answers with something that is no label. Then look where the arms that learn cross those that are
# shown their items: from there on, training is the better use of them.
