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
# # Prompting: the model as it is
#
# The simplest way to use a language model: show it a few solved examples in the target language,
# then ask. Nothing is trained and nothing is translated. Whatever the model knows of the language,
# it learned before we met it.
#
# This notebook makes one cell of the grid: one task, one data set and one language, with every
# number of demonstrations and every seed of the profile. Change the parameters and run it again to
# ask about another; results made by hand are kept apart, in `runs/<profile>/play`.

# %% tags=["parameters"]
profile = "mini"
arm = "prompt"
task = "topics"
dataset = "mini"
language = "hau"
shots = None  # None: as many as the profile has
seeds = None
limit = None
data_dir = None

# %%
from xltlib import Study, figures, stats
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
# ## What the model reads
#
# One whole prompt, exactly as it reaches the model: the instruction, the demonstrations, the test
# item, and the word after which the answer belongs.

# %%
few, seed = max(study.profile.shots), study.profile.seeds[0]
print(study.prompts(few, seed)[0].text)

# %% [markdown]
# ## The answers
#
# Finished parts are kept on disk, so an interrupted run continues where it stopped. Below: the
# items with the highest scores, then those with the lowest.

# %%
records = study.run()
study.look(records, shots=few, seed=seed)

# %% [markdown]
# ## How near a choice it was
#
# For a task with fixed answers nothing is generated. Each possible answer is put after the prompt,
# and the one that the model finds likeliest wins (`reading` in the profile says how likelihoods are
# compared). The bars show the first three test items; the outlined bar is the right answer. A
# narrow lead means that the choice could easily have been another one.

# %%
chosen = closer.choices(study, records, few, seed, 3)
figures.option_bars(chosen) if chosen else "The model writes its answers to this task."

# %% [markdown]
# ## The scores
#
# With 95 % intervals. Do more demonstrations help? The notebooks in `tasks/` show these answers
# beside those of the other arms, and `results/significance` tests the differences.

# %%
stats.score_table(records)
