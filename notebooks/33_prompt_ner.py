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
# # Few-shot prompting: named-entity recognition
#
# The model is used as it is. Demonstrations and test item are in the target language, and so is
# every word of the prompt.
#
# The model writes the entities of a sentence as `TYPE: surface; TYPE: surface`, in the order of
# the text. What it writes is read back as spans: right are those with the right type at the right
# place.
#
# One run of this notebook is one cell of the grid: one language, all shot counts and seeds.
# Change the parameters below and run it again to ask about another.

# %% tags=["parameters"]
profile = "mini"
dataset = "mini"
language = "hau"
shots = None  # None: the profile's own
seeds = None
limit = None
data_dir = None

# %%
from xltlib import stats
from xltlib.study.study import Study

study = Study(
    "prompt",
    "ner",
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
# ## The question
#
# One whole prompt, as the model reads it. The demonstrations are the same for every test item,
# and for every method.

# %%
few, seed = max(study.profile.shots), study.profile.seeds[0]
print(study.prompts(few, seed)[0].text)

# %% [markdown]
# ## The answers
#
# Every shot count and seed over the same test items. What is finished is kept on disk, so an
# interrupted run goes on where it was.

# %%
records = study.run()

# %% [markdown]
# Entities found (answer) beside the entities that are there (gold), as (type, surface,
# occurrence):

# %%
study.look(records, shots=few, seed=seed)

# %% [markdown]
# ## The scores
#
# With 95 % intervals over items and seeds; how they compare with the other methods is the subject
# of notebook 60.

# %%
stats.score_table(records)
