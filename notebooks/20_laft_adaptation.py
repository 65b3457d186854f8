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
# # Language-adaptive fine-tuning: one model per language
#
# The base model is trained further on plain text of the target language, with the loss it was
# first trained with: predict the next token. Nothing about the tasks is shown to it. What comes
# out is one adapted model per language, which the three `laft` notebooks share.
#
# Some lines are held out. The loss on them, before and after, says how much of the language was
# learned; whether that helps with the tasks is another question, and the one this project asks.

# %% tags=["parameters"]
profile = "mini"
language = "hau"
data_dir = None

# %%
import numpy as np

from xltlib import figures
from xltlib.config import load_language, load_profile
from xltlib.methods.laft import adapted, training_text

settings = load_profile(profile, data_dir=data_dir)
target = load_language(language)
settings.laft

# %% [markdown]
# ## The text
#
# What kind of text this is matters: the paper's own adapted models read web text in Hausa and
# short spoken sentences in Luganda, so a difference between languages, or between `laft` and
# `prompt`, is also a difference between texts. Published text is first cleaned of all
# documents that overlap with one of the profile's test sets.

# %%
read = training_text(settings, target)
lines = read.lines
print(read)
print(f"{len(lines):,} lines, {sum(len(line.split()) for line in lines):,} words of {target.name}")
lines[:5]

# %% [markdown]
# ## The training
#
# Stored by content: the same base model, text and settings are never trained twice, and a
# training that was interrupted goes on from its last checkpoint.

# %%
folder, history = adapted(settings, target)
history

# %%
figures.laft_loss(history.assign(language=target.code))

# %% [markdown]
# ## Before and after

# %%
held_out = history["held_out_loss"].dropna()
before, after = held_out.iloc[0], held_out.iloc[-1]
print(f"held-out loss {before:.3f} -> {after:.3f} nats a token")
print(f"perplexity {np.exp(before):.1f} -> {np.exp(after):.1f}")
