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
# How does one best use a language model in a language that it hardly knows? Toukmaji (2024,
# [arXiv 2403.06018](https://arxiv.org/abs/2403.06018)) asks it for LLaMA-7B, trained mainly on
# English, in Hausa, Kinyarwanda and Luganda, and compares three ways on three tasks:
#
# | method | what happens | notebooks |
# |---|---|---|
# | `prompt` | a few demonstrations and the item, all in the target language | 31, 32, 33 |
# | `laft` | the model first reads more text of the language, then is prompted | 20, 41, 42, 43 |
# | `translate` | everything is translated into English, and the answer back | 50, 51, 52, 53 |
#
# The tasks are summarization (31, 41, 51), topic classification (32, 42, 52) and named-entity
# recognition (33, 43, 53). These notebooks ask the question again, in the open: the paper's
# protocol is not published in full, so this is a fresh test under a stated protocol, not a
# replication of numbers.
#
# **How to read.** Open any method notebook, look at the prompt and at the answers, change the
# parameters, run it again. Notebooks 60 to 64 compare the methods from the records that
# `./run_all.sh` has left; what you run by hand is kept apart, in `runs/<profile>/play`, and does
# not enter them. Notebook 90 shows what a new language needs: one YAML file, and data.

# %% tags=["parameters"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %% [markdown]
# ## The grid at a glance

# %%
import pandas as pd

from xltlib.config import METHODS, load_language, load_profile

settings = load_profile(profile, data_dir=data_dir)
print(settings.about)
grid = pd.DataFrame(
    [
        {"task": d.task, "data set": d.name, "language": load_language(code).name}
        | dict.fromkeys(METHODS, f"shots {list(settings.shots)}")
        for d in settings.datasets
        for code in d.languages
    ]
)
grid

# %% [markdown]
# ## The models and the protocol

# %%
pd.Series(
    {
        "language model": settings.model.path,
        "translator": settings.translator.path,
        "adaptation": f"{settings.laft.mode}, learning rate {settings.laft.learning_rate}",
        "demonstrations": f"{list(settings.shots)}, one nested, class-balanced set per seed",
        "seeds": list(settings.seeds),
        "test items a cell": settings.limit or "all",
    },
    name="setting",
).to_frame()
