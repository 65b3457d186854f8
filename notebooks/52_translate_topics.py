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
# # Translation: topic classification
#
# Demonstrations and test item are machine-translated into English, the model is asked in English,
# and its answer is carried back into the target language.
#
# Every label the data has in this language is offered to the model; the answer is the label word
# with the highest log-likelihood after the prompt. Nothing is generated, so every answer is
# valid. (A served model may have to write its answer: column `scoring`.)
#
# A topic needs no translation back: each English label word stands for one of the data's labels.
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
    "topics",
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
# The test item behind it, and its text in English:

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
# Where the model is right and where it is not:

# %%
study.look(records, shots=few, seed=seed)

# %% [markdown]
# ## The scores
#
# With 95 % intervals over items and seeds; how they compare with the other methods is the subject
# of notebook 60.

# %%
stats.score_table(records)
