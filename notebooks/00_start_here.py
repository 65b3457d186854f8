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
# # Start here
#
# How do you get the most out of a language model in a language that it hardly knows? Toukmaji
# (2024, [arXiv 2403.06018](https://arxiv.org/abs/2403.06018)) took LLaMA-7B, trained mostly on
# English, to Hausa, Kinyarwanda and Luganda, and compared three ways:
#
# - `prompt`: show the model a few solved examples in the language, then ask;
# - `laft`: let it read more text of the language first (language-adaptive fine-tuning);
# - `translate`: translate everything into English, ask there, and translate the answer back.
#
# These notebooks ask the question again, in the open. The paper does not publish its full protocol,
# so this is a new test under a stated protocol, not a replication of its numbers.
#
# **Where to go from here**
#
# | you want to | open |
# |---|---|
# | look at answers, item by item | `05_explore` |
# | see one method at work: its prompt, its choices, its answers | `methods/` |
# | guess the answers yourself, then see how every method did | `tasks/` |
# | know which method is better, and how sure that is | `results/scores`, `results/significance` |
# | know whether the paper's claims hold here | `results/claims` |
# | know what each method costs | `results/cost` |
# | know what could be wrong with all of this | `validity/` |
# | look at the data | `10_data` |
# | try **your language** | `05_your_language` |
#
# Notebooks in `results/`, `tasks/` and `validity/` read what `./run_all.sh` has left. What you run
# by hand in `methods/` is kept apart, in `runs/<profile>/play`, and never mixed with it.

# %% tags=["parameters"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %% [markdown]
# ## What is compared
#
# The columns are the profile's *arms*: methods, each in a named configuration. A cell holds the
# numbers of demonstrations that the arm was given.

# %%
import pandas as pd

from xltlib import load_language, load_profile, methods, results
from xltlib.runs.narrowing import places

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
print(settings.about)
shots = {}
for arm in settings.arms:
    for place in places(settings, arm):
        row = (place.dataset.task, place.dataset.name, load_language(place.code).name)
        shots.setdefault(row, {})[arm.name] = list(settings.of_arm(arm.name).shots)
pd.DataFrame.from_dict(shots, orient="index").rename_axis(["task", "data set", "language"])

# %%
pd.DataFrame(
    [
        {
            "arm": arm.name,
            "method": arm.method,
            "what happens": arm.about or methods.get(arm.method).about,
            "changes": ", ".join(arm.changes) or "nothing",
        }
        for arm in settings.arms
    ]
)

# %% [markdown]
# ## The models and the protocol

# %%
pd.Series(
    {
        "language model": settings.model.path,
        "translator": settings.translator.path,
        "adaptation": f"{settings.laft.mode}, learning rate {settings.laft.learning_rate}",
        "demonstrations": f"{list(settings.shots)}, picked by {settings.demonstrations.by}",
        "seeds": list(settings.seeds),
        "test items per cell": settings.limit or "all",
    },
    name="setting",
).to_frame()
