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
# # How sensitive are the results to choices we did not set out to study?
#
# How the prompt is worded and the order of demonstrations can move a score without telling us
# anything about a method. For these the models have to be asked again: the arms that the profile
# puts first, in every language, on a sample of the items. What can be chosen anew on the outputs
# is in [readings](readings.ipynb).

# %% tags=["parameters", "needs:model"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from xltlib import load_profile, models, results, stats
from xltlib.report.output import Output
from xltlib.validity import probes, sensitivity, tokenizers

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.records(settings.name, cells)
keep = Output("validity/sensitivity", settings.name, records)
print(records)

# %% [markdown]
# ## The same question asked differently
#
# The biggest shift of a main score comes first. `flips` counts the comparisons of two arms that
# change between significant and not, or change sides.

# %%
table = sensitivity.sensitivity_table(probes.probe(settings, profile, records))
keep.table(table, "sensitivity", "How far scores move with choices that are not the question")

# %% [markdown]
# ## How much of each text the model could see
#
# A tokenizer that knows a language badly cuts its words into many tokens. The prompt fills up
# sooner, and less of the same article reaches the model. Compare languages with this in mind.

# %%
texts = tokenizers.texts_table(settings, models.load_tokenizer(settings.model))
lengths = stats.length_table(records, stats.fertility_table(texts))
keep.table(lengths, "lengths", "Tokens per word and truncation beside the scores")
