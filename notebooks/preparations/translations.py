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
# # Translating a data set, once
#
# Arms that translate ask the model in English. Their test items and demonstrations are translated
# here, before any model is asked, and kept. An entity that is lost or a topic that changes in this
# step cannot come back later, so it is worth a look.

# %% tags=["parameters"]
profile = "mini"
arm = "translate"
task = "topics"
dataset = "mini"
language = "hau"
shots = None
seeds = None
limit = None
data_dir = None

# %%
import pandas as pd

from xltlib import Study
from xltlib.report.tables import shown

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
# ## The test items

# %%
carried = study.carried.examples
pivot = study.method.language.name
pd.DataFrame(
    {
        study.language.name: [item.text for item in study.test[:5]],
        f"{pivot}, by machine": [item.text for item in carried[:5]],
    }
).pipe(shown)

# %% [markdown]
# ## The gold answers of the demonstrations
#
# Demonstrations carry their answers with them. Each entity is projected into the translated
# sentence; entities that cannot be found there are left out of the demonstration.

# %%
few = max(study.profile.shots)
carried = {one.id: one for seed in study.profile.seeds for one in study.shown(few, seed).examples}
originals = {one.id: one for one in study.picker.pool}
pd.DataFrame(
    [
        {
            "text": one.text,
            f"gold, {study.language.name}": study.task.gold_json(originals[name]),
            f"gold, {pivot}": study.task.gold_json(one),
        }
        for name, one in list(carried.items())[:5]
    ]
).pipe(shown)

# %% [markdown]
# ## What it took

# %%
print(f"{study.carried.seconds:.1f} s, {study.carried.flops / 1e9:.1f} GFLOPs for the test items")
