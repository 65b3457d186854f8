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
# # Language-adaptive fine-tuning: let the model read first
#
# If a model hardly knows a language, let it read more of it. The model is first trained further on
# plain text (`preparations/adapt` shows that training) and then prompted exactly as it would have
# been otherwise. The difference from `prompt` is what the extra text was worth. It is also a
# difference in *kind* of text: news, web pages and transcribed speech teach different things, and
# this comparison cannot tell them apart.
#
# This notebook makes one cell of the grid: one task, one data set and one language.

# %% tags=["parameters"]
profile = "mini"
arm = "laft"
task = "topics"
dataset = "mini"
language = "hau"
shots = None  # None: as many as the profile has
seeds = None
limit = None
data_dir = None

# %%
from xltlib import Study, figures, stats
from xltlib.methods.laft import adapted_on
from xltlib.report.tables import shown
from xltlib.study import closer

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
# ## What it has read
#
# A few lines of the text that the model was adapted on. If the profile names a model that somebody
# else has adapted, its name stands here instead.

# %%
adapted_on(study.profile, study.language)

# %% [markdown]
# ## What that did to the model
#
# The loss on held-out lines of the same text, during training. It says how much of *this text* the
# model has learned, not whether that helps with the task.

# %%
history = study.method.history
none = "There is no training of ours to show: others have adapted this model."
figures.laft_loss(history) if history is not None else none

# %% [markdown]
# ## The same prompt, before and after
#
# One prompt, asked of the base model and of the adapted one.

# %%
few, seed = max(study.profile.shots), study.profile.seeds[0]
print(study.prompts(few, seed)[0].text)

# %%
closer.before_and_after(study, few, seed, 3).pipe(shown)

# %% [markdown]
# ## The answers
#
# Of the adapted model, to all test items; the items with the highest scores, then those with the
# lowest.

# %%
records = study.run()
study.look(records, shots=few, seed=seed)

# %% [markdown]
# ## The scores
#
# With 95 % intervals. Adapting a model costs far more computation than asking it:
# `results/cost` sets the two against each other.

# %%
stats.score_table(records)
