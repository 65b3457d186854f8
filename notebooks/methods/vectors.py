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
# # Vectors: the model reads, a small classifier answers
#
# A language model turns every text into vectors, whether or not it can answer questions. Here its
# weights stay as they are: each labelled item becomes the mean of its last hidden states, and a
# logistic regression learns the labels from these. It takes seconds. `shots` is how many labelled
# items it learns from, and they are the very items that prompts of as many shots show.

# %% tags=["parameters"]
profile = "gemma"
arm = "vectors"
task = "topics"
dataset = "sib200"
language = "hau"
shots = None  # None: as many as the profile has
seeds = None
limit = None
data_dir = None

# %%
from xltlib import Study, stats

study = Study(
    arm,
    task,
    profile=profile,
    dataset=dataset,
    language=language,
    shots=shots,
    seeds=seeds,
    limit=limit,
    data_dir=data_dir,
)
study

# %% [markdown]
# ## What the classifier learns from
#
# Some of the labelled items. None of them is shown in a prompt.

# %%
few, seed = max(study.profile.shots), study.profile.seeds[0]
[(one.gold, one.text) for one in study.demonstrations(few, seed)[:5]]

# %% [markdown]
# ## The answers
#
# Finished parts are kept on disk, so an interrupted run continues where it stopped. Below: the
# items with the highest scores, then those with the lowest.

# %%
records = study.run()
study.look(records, shots=few, seed=seed)

# %% [markdown]
# ## The scores
#
# With 95 % intervals. `results/labelled_items` shows them beside prompts, and beside a classifier
# that counts words and needs no language model: the difference is what the vectors are worth.

# %%
stats.score_table(records)
