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
# ask about another; results made by hand are kept apart, in `runs/<profile>/play`. The arms that
# change something about the prompt run in this notebook, too; what each changes stands at its end.

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

# %% [markdown]
# ## Arms that change the prompt
#
# Each is asked the same items. Names are those of the profile `gemma`; to see one, set `profile`,
# `arm`, `dataset` (`sib200`) and run the notebook again.
#
# **Retrieved demonstrations.** In place of one set for all items, each item is shown the labelled
# texts most like it, the nearest last. Three ways say what is alike: runs of letters weighted by
# TF-IDF (`prompt_nearest`), words and runs of words (`prompt_words`), and BM25, which search
# engines use (`prompt_bm25`). After [2204.02292](https://arxiv.org/abs/2204.02292) and
# [2403.16512](https://arxiv.org/abs/2403.16512). Neighbours may know the answer without a language
# model, so that their majority stands among the baselines: a model should beat that vote, too.
#
# **Code-switched demonstrations.** A quarter or half of the words of each demonstration are put
# into English (`switched_quarter`, `switched_half`), which is to bring the two languages together:
# the cross-lingual in-context learning of xCoT ([2401.07037](https://arxiv.org/abs/2401.07037)).
# The same can happen to the item itself (`switched_input_quarter`, `switched_input_half`), as in
# text of people who mix languages ([2312.13179](https://arxiv.org/abs/2312.13179)). Which words
# are switched is drawn from the item's name, so it is the same for every arm.
#
# **An English twin.** Each demonstration has its English meaning in brackets behind it, the item
# has none (`twin`). After the translation examples of
# [2501.19085](https://arxiv.org/abs/2501.19085).
#
# **Demonstrations in another language.** The same ones in English (`english_shots`), or in any
# other language of a parallel data set (`borrowed_kin` and its like): what helps where the
# language has no labelled texts ([2212.01757](https://arxiv.org/abs/2212.01757),
# [2411.08785](https://arxiv.org/abs/2411.08785)). `results/languages_you_know` compares lenders.
#
# **Instructions in another language.** The texts stay, instruction and label words change
# (`instructed_kin` and its like; [2309.17134](https://arxiv.org/abs/2309.17134)).
#
# **Plain letters.** The item as it is typed on a keyboard without hooked letters (`plain_letters`;
# [2401.16895](https://arxiv.org/abs/2401.16895)).
#
# **Tags that cannot go wrong.** For names, the sentence is copied and nothing but tags may be added
# (`tagged`; [2402.03131](https://arxiv.org/abs/2402.03131)), so no answer is invalid.
#
# All of these answers stand side by side, with the prompts, in `05_explore`; their scores and what
# they cost in `results/which_way`.
