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
# # Translation into English: what the model will read
#
# The `translate` notebooks ask the model in English. Here their test items are translated, once,
# and looked at: an entity that is lost or a topic that changes in this step cannot come back
# later.

# %% tags=["parameters"]
profile = "mini"
task = "topics"
dataset = "mini"
language = "hau"
seeds = None
shots = None
limit = None
data_dir = None

# %%
import pandas as pd

from xltlib.report.tables import shown
from xltlib.study.study import Study

study = Study(
    "translate",
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
# ## The test items

# %%
english = study.carried.examples
pd.DataFrame(
    {
        study.language.name: [item.text for item in study.test[:5]],
        "English, by machine": [item.text for item in english[:5]],
    }
).pipe(shown)

# %% [markdown]
# ## How good is it?
#
# chrF and BLEU on sentences of this language whose English is known, both ways; there is nothing to
# compare the translated test items with, unless their set is itself parallel (mini, SIB-200).

# %%
from xltlib.validity.translators import translation_quality

translation_quality(study.profile, [language], translator=study.method.translator).pipe(shown)

# %% [markdown]
# ## The gold answers in English
#
# Demonstrations carry their answers with them. For entities this means projecting each one into
# the translated sentence; those that cannot be found there are left out of the demonstration.

# %%
few = max(study.profile.shots)
pairs = [
    (original, carried)
    for seed in study.profile.seeds
    for original, carried in zip(
        study.demonstrations(few, seed), study.shown(few, seed).examples, strict=True
    )
]
pd.DataFrame(
    [
        {
            "text": carried.text,
            f"gold, {study.language.name}": study.task.gold_json(original),
            "gold, English": study.task.gold_json(carried),
        }
        for original, carried in pairs[:5]
    ]
).pipe(shown)

# %% [markdown]
# ## What it took

# %%
usage = study.method.translator.usage
print(f"{study.carried.seconds:.1f} s, {study.carried.flops / 1e9:.1f} GFLOPs for the test items")
