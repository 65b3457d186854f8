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
# # What each method costs
#
# FLOPs are counted from the tokens that passed through the models. Seconds are measured, on the
# hardware that is named, which several cells may have shared, and differ from run to run. FLOPs
# differ a little from one processor to another, where a model that rounds otherwise writes longer
# answers. The cost of adapting a model is shared evenly
# by all its answers: the more it is used, the cheaper each answer gets. Translation costs what it
# cost when it was done. Arms that learn from labelled items count the learning as inference, shared
# by the test items: asked more often, they would cost less an answer.

# %% tags=["parameters"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from xltlib import figures, load_profile, methods, results, stats
from xltlib.report.output import Output

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.records(settings.name, cells)
keep = Output("results/cost", settings.name, records)
print(records)

# %%
training = results.training(settings.name, cells)
trains = [name for name, method in methods.registry().items() if method.trains]
ran_on = results.hardware(settings.name, cells)
cost = stats.cost_table(records, training, trains, ran_on)
keep.table(cost, "cost", "Cost and mean score by method and shots")

# %%
same = stats.comparable(records, settings.first)
places = same.conditions[["task", "dataset", "language"]].drop_duplicates()
caption = f"Cost against quality, on the {len(places)} tasks and languages that all arms shown have"
drawn = figures.cost_quality(stats.cost_table(same, training, trains), settings.about)
keep.figure(drawn, "cost", caption)

# %% [markdown]
# ## How much of the reading could be shared
#
# The engine reads what several requests have in common only once: the demonstrations, and an item
# under all its possible answers. `distinct` is the least that any exact method must read,
# `overhead` is what padding and batching add to it, and `saved` is what sharing took away.

# %%
keep.table(stats.engine_table(records), "engine", "Tokens an answer: written, distinct, and read")
