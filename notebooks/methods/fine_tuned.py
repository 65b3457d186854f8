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
# # Fine-tuning: the model learns from the labelled items
#
# A prompt shows the model a few solved examples. Here it learns from the same examples instead: the
# prompt without demonstrations is the question, the label word the answer, and a few small steps
# make the right answers likelier. Then every test item is asked without any demonstration. `shots`
# is how many labelled items it learns from, and each number has a training of its own.

# %% tags=["parameters"]
profile = "gemma"
arm = "fine_tuned"
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
# ## What it learns
#
# One labelled item as it is learned: the prompt, and the word that comes to be likelier behind it.

# %%
few, seed = max(study.profile.shots), study.profile.seeds[0]
one = study.shown(few, seed).examples[0]
print(study.prompts_of([one], [()])[0].text)
study.task.options(one, study.method.language, study.labels)[one.gold]

# %% [markdown]
# ## The answers
#
# Finished parts are kept on disk, and a training that was interrupted goes on at its last
# checkpoint. Below: the items with the highest scores, then those with the lowest.

# %%
records = study.run()
study.look(records, shots=few, seed=seed)

# %% [markdown]
# ## The trainings
#
# A card for each: what was learned from (by its hash), steps, tokens, seconds, and the loss of the
# right words, at the first measurement and at the last.

# %%
study.method.cards()

# %% [markdown]
# ## The scores
#
# With 95 % intervals. `results/labelled_items` shows from how many labelled items on training is
# better than prompting.

# %%
stats.score_table(records)
