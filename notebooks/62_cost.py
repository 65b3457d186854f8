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
# FLOPs are counted from the tokens that passed through the models; seconds are measured, and are
# the one thing here that differs from run to run. The cost of adaptation is shared evenly by all
# answers of the adapted model: the more it is used, the cheaper it comes. Translation counts what
# translating cost when it was done.

# %% tags=["parameters"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from xltlib import figures, stats
from xltlib.config import load_profile
from xltlib.records import results
from xltlib.report import artifacts

settings = load_profile(profile)
records = results.read(settings.name, cells)
made = artifacts.made_by("62_cost", {"profile": settings.name}, records)


def keep(table, name, caption):
    artifacts.save_table(table, name, caption, profile=settings.name, source=made)
    return table


print(f"{len(records):,} answers in {records['cell_id'].nunique()} cells")

# %%
training = results.training(settings.name, cells)
cost = keep(stats.cost_table(records, training), "cost", "Cost and mean score by method and shots")
cost

# %% [markdown]
# The engine reads what several requests share only once: demonstrations, and an item's text under
# all its labels. *Distinct* is the least that any exact method must read, the trie of all requests;
# *overhead* is what padding and batching add to it, and *saved* what sharing took away.

# %%
keep(stats.engine_table(records), "engine", "Tokens an answer: written, distinct, and read")

# %%
figure = figures.cost_quality(cost, settings.about)
artifacts.save_figure(figure, "cost", "Cost against quality", profile=settings.name, source=made)
figure
