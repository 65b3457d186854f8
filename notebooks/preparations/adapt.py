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
# # Adapting a model to a language
#
# The base model is trained further on plain text of one language, with the same objective that it
# was first trained with: predict the next token. It sees no task. The result is one adapted model
# per language, shared by every task.
#
# Some lines are held out. The loss on them, before and after, says how much of the language was
# learned. Whether that helps with the tasks is another question, and the one this project asks.

# %% tags=["parameters"]
profile = "mini"
arm = "laft"
language = "hau"
data_dir = None

# %%
import numpy as np
import pandas as pd

from xltlib import figures, load_language, load_profile
from xltlib.methods.laft import adapted, training_text

settings = load_profile(profile, data_dir=data_dir).of_arm(arm)
target = load_language(language)
pd.Series(settings.laft.model_dump(exclude={"corpus", "adapted"}), name="setting").to_frame()

# %% [markdown]
# ## The text
#
# The kind of text matters. The paper's adapted models read web pages in Hausa and short spoken
# sentences in Luganda, so a difference between languages, or between `laft` and `prompt`, is also a
# difference between texts. Published text is cleaned first: every document that overlaps with one
# of the profile's test sets is left out.

# %%
read = training_text(settings, target)
lines = read.lines
print(read)
print(f"{len(lines):,} lines, {sum(len(line.split()) for line in lines):,} words of {target.name}")
lines[:5]

# %% [markdown]
# ## The training
#
# Models are stored by what they were made from: the same base model, text and settings are never
# trained twice, and an interrupted training continues from its last checkpoint.

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
print(f"held-out loss {before:.3f} -> {after:.3f} nats per token")
print(f"perplexity {np.exp(before):.1f} -> {np.exp(after):.1f}")
