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
# # Translation: ask in a language that the model knows
#
# The model reads English far better than the target language, so everything goes through a
# translator: demonstrations and test item into English, and the answer back. Each step can lose
# something. A wrong topic word, a name that is spelled differently afterwards, a summary in
# somebody else's style: none of it is the language model's fault, and all of it counts.
#
# This notebook makes one cell of the grid: one task, one data set and one language. Arms that
# translate in another way run in it, too; what each changes stands at its end.

# %% tags=["parameters"]
profile = "mini"
arm = "translate"
task = "topics"
dataset = "mini"
language = "hau"
shots = None  # None: as many as the profile has
seeds = None
limit = None
data_dir = None

# %%
import pandas as pd

from xltlib import Study, stats
from xltlib.report.tables import shown
from xltlib.text.sentences import split

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
# ## Sentence by sentence
#
# One test item and what the translator made of it. If you read the language: is anything missing?

# %%
original, carried = study.test[0].text, study.carried.examples[0].text
pivot = study.method.language.name
theirs, ours = split(original), split(carried)
rows = max(len(theirs), len(ours))
pd.DataFrame(
    {
        study.language.name: theirs + [""] * (rows - len(theirs)),
        f"{pivot}, by machine": ours + [""] * (rows - len(ours)),
    }
).pipe(shown)

# %% [markdown]
# ## What the model reads
#
# The whole prompt. In the arm `translate` every word of it is machine-translated, apart from the
# instruction.

# %%
few, seed = max(study.profile.shots), study.profile.seeds[0]
print(study.prompts(few, seed)[0].text)

# %% [markdown]
# ## The answers, carried back
#
# `output` is what the model wrote; `answer` is what is left of it in the language of the item.

# %%
records = study.run()
study.look(records, shots=few, seed=seed)

# %% [markdown]
# ## What was lost on the way back
#
# Entities have to be found again in the original text (`validity/projection` compares ways of doing
# that). Those that cannot be found are dropped and count as missed. Other tasks drop nothing.

# %%
lost = records.groupby("shots")["dropped"].agg(["sum", "mean"])
lost.rename(columns={"sum": "entities dropped", "mean": "per answer"})

# %% [markdown]
# ## The scores
#
# With 95 % intervals. How good the translator itself is, independent of any task, is measured in
# `validity/translator`.

# %%
stats.score_table(records)

# %% [markdown]
# ## Other ways to translate
#
# Names are those of the profile `gemma`.
#
# **The model as its own translator.** It is shown five pairs of sentences and their English, then
# the sentence (`translate_prompted`). How good the pairs are decides how good the translation is
# ([2302.01398](https://arxiv.org/abs/2302.01398)), so that they are chosen three ways: those most
# like the sentence, the "fuzzy matches" of adaptive translation
# ([2312.12740](https://arxiv.org/abs/2312.12740)); the same five for all
# (`translate_prompted_random`); or the nearest without those of unlike length and those that do not
# come back when the model translates them again (`translate_prompted_filtered`). `translate_tuned_`
# arms train it to put the glosses of a phrase table into English, on more and more text.
#
# **Entities that survive.** In `translate_checked` a demonstration's entities travel as numbered
# placeholders and are put back in English. A demonstration that loses one, or that is too unlike
# itself when it is translated back (chrF under 30), is left out, and the next stands in for it
# (entity-aware translation and filtering, [2302.09424](https://arxiv.org/abs/2302.09424)).
#
# **English demonstrations.** Only the item is machine-translated; its demonstrations were written
# in English by people ([2204.02292](https://arxiv.org/abs/2204.02292)). `english_pool` shows those
# that the other arms show, `english_pool_nearest` those of the English pool most like the item's
# translation, so that no labelled text of its own language is needed.
#
# **Bounds.** `translate_reference` takes the human translation of each item, the most that a better
# translator could bring. `english_words` translates nothing: the texts stay as they are, under an
# English instruction. Scores of all of them stand in `results/which_way`.
