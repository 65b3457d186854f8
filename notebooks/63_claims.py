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
# # The paper's claims, one by one
#
# Each claim has a test and a threshold that were declared before the run, in `xltlib/claims.yaml`.
# C1 to C5 are from the abstract of [arXiv 2403.06018](https://arxiv.org/abs/2403.06018), C6 is what
# the same author's follow-up ([arXiv 2506.19187](https://arxiv.org/abs/2506.19187)) says instead.
# The wordings are ours.
#
# A verdict speaks for the model and the data of this profile and for nothing else: the paper's
# protocol is not published, so this is a fresh test, not a replication.

# %% tags=["parameters"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from xltlib.claims import verdicts as claims
from xltlib.config import load_profile
from xltlib.records import results
from xltlib.report import artifacts

settings = load_profile(profile)
records = results.read(settings.name, cells)
training = results.training(settings.name, cells)
made = artifacts.made_by("63_claims", {"profile": settings.name}, records)
print(settings.about)
print(f"{len(records):,} answers in {records['cell_id'].nunique()} cells")

# %% [markdown]
# ## The rules

# %%
verdicts = claims.verdicts(records, training)
for _, row in verdicts.iterrows():
    print(f"{row['claim']} ({row['source']}): {row['wording']}\n    {row['rule']}\n")

# %% [markdown]
# ## The verdicts
#
# *Undecided* is a verdict, too: a large p-value is no evidence that there is no difference.
# `detectable` is the smallest true difference that would have been found with 80 % power, `power`
# the power to find one of 0.05, and `would_decide` what it would take to know.
#
# Whatever is said of `laft` is said of the text that it was adapted on as well: where the text
# differs in kind between languages (web text, news, spoken sentences), the two cannot be told
# apart.

# %%
for _, row in verdicts.iterrows():
    print(f"{row['claim']} {row['verdict'].upper()}: {row['wording']}\n    {row['evidence']}")
    if row["would_decide"]:
        print(f"    {row['would_decide']}")

# %%
table = verdicts.drop(columns="rule")
artifacts.save_table(table, "claims", "The paper's claims", profile=settings.name, source=made)
table
