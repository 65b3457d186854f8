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
# Each claim has a test and a threshold that were fixed before the run, in
# `xltlib/claims/claims.yaml`. C1 to C5 come from the abstract of
# [arXiv 2403.06018](https://arxiv.org/abs/2403.06018); C6 is what the same author's follow-up
# ([arXiv 2506.19187](https://arxiv.org/abs/2506.19187)) says instead. The wording is ours.
#
# A verdict holds for the model and the data of this profile and for nothing else. The paper's
# protocol is not published, so this is a new test, not a replication.

# %% tags=["parameters"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from xltlib import load_profile, results
from xltlib.claims import verdicts as claims
from xltlib.claims.declared import neighbours
from xltlib.report.output import Output
from xltlib.validity import baselines

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.records(settings.name, cells)
training = results.training(settings.name, cells)
keep = Output("results/claims", settings.name, records)
print(settings.about)
print(records)

# %% [markdown]
# ## The rules

# %%
known = baselines.reference_table(settings, records)
verdicts = claims.verdicts(records, training, known)
for _, row in verdicts.iterrows():
    print(f"{row['claim']} ({row['source']}): {row['wording']}\n    {row['rule']}\n")

# %% [markdown]
# ## The verdicts
#
# *Undecided* is a verdict too: a large p-value is no evidence that there is no difference.
# `detectable` is the smallest true difference that would have been found with 80 % power, `power`
# the power to find one of 0.05, and `would_decide` says what it would take to know.
#
# Any statement about `laft` is also a statement about its adaptation text. Where the texts differ
# in kind between languages (web pages, news, spoken sentences), the two cannot be told apart.

# %%
for _, row in verdicts.iterrows():
    print(f"{row['claim']} {row['verdict'].upper()}: {row['wording']}\n    {row['evidence']}")
    if row["would_decide"]:
        print(f"    {row['would_decide']}")

# %%
keep.table(verdicts, "claims", "The paper's claims")

# %% [markdown]
# ## What neighbouring papers claim
#
# Many arms of this run follow other papers. `xltlib/claims/neighbours.yaml` says what those papers
# claim, and which test decides it here, with the same thresholds. No verdict judges a paper: the
# models, data and languages differ.

# %%
others = claims.verdicts(records, training, known, claims=neighbours())
for _, row in others.iterrows():
    print(f"{row['claim']} ({row['source']}) {row['verdict'].upper()}: {row['wording']}")
    print(f"    {row['evidence']}")

# %%
keep.table(others, "neighbours", "What neighbouring papers claim")
