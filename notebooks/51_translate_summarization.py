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
# # Translation: summarization
#
# Demonstrations and test item are machine-translated into English, the model is asked in English,
# and its answer is carried back into the target language.
#
# A news article goes in, its headline comes out. The article's own headline is the reference;
# ROUGE and chrF count what the two share.
#
# The English summary is translated back; the scores compare that translation with the reference
# in the target language.
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
    "translate",
    "summarization",
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
# The test item behind it, and its article in English:

# %%
print(study.test[0].text, study.carried.examples[0].text, sep="\n\n")

# %% [markdown]
# ## The answers
#
# Every shot count and seed over the same test items. What is finished is kept on disk, so an
# interrupted run goes on where it was.

# %%
records = study.run()

# %% [markdown]
# Headlines beside the references, best and worst first:

# %%
study.look(records, shots=few, seed=seed)

# %% [markdown]
# ## The scores
#
# With 95 % intervals over items and seeds; how they compare with the other methods is the subject
# of notebook 60.

# %%
stats.score_table(records)
