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
# The arms are methods, each in a named configuration. Under each arm stand the numbers of
# demonstrations that it is asked with, nothing where it is not asked; `test items` and `seeds` are
# the same for all arms of a row, but that some arms need one seed alone.

# %%
import pandas as pd

from xltlib import load_profile, methods, results
from xltlib.runs.asked import asked_table

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
print(settings.about)
asked_table(settings, cells)

# %%
pd.DataFrame(
    [
        {
            "arm": arm.name,
            "method": arm.method,
            "what happens": arm.about or methods.get(arm.method).about,
            "changes": ", ".join(
                [*(f"{name}: {value}" for name, value in arm.given.items()), *arm.changes]
            )
            or "nothing",
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
        "demonstrations": f"picked by {settings.demonstrations.by}",
    },
    name="setting",
).to_frame()
