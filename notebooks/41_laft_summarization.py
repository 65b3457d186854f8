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
# # Language-adaptive fine-tuning: summarization
#
# The model has first been trained further on plain text of the target language (notebook 20);
# then it is prompted exactly as in the `prompt` notebooks. The comparison with `prompt` therefore
# shows what the extra text is worth, and it is confounded with what kind of text that was.
#
# A news article goes in, its headline comes out. The article's own headline is the reference;
# ROUGE and chrF count what the two share.
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
    "laft",
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
# The model that reads it was adapted on lines like these. Where the profile names a model that
# others have adapted, that model's name stands here instead:

# %%
from xltlib.methods.laft import adapted_on

adapted_on(study.profile, study.language)

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
