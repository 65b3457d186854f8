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
# # Languages you know: which one to borrow demonstrations from?
#
# Your language may have no labelled items while another one has. In a parallel data set the same
# demonstrations stand in every language, so that nothing but their language differs: item,
# instruction and label words stay in the language that is asked about. Arms of the method
# `borrowed` do this, each with one lender.

# %% tags=["parameters", "needs:data"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from IPython.display import display

from xltlib import figures, load_profile, models, results
from xltlib.report.output import Output
from xltlib.validity import lenders

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.records(settings.name, cells)
keep = Output("results/languages_you_know", settings.name, records)

# %% [markdown]
# ## Who lends, to whom, and what comes of it
#
# A row for each lender, a column for each language that is asked about; where both are the same,
# the demonstrations are its own. `overlap`: the share of the target's tokens that the lender's
# sentences have, too. `related`: 0 another family, 1 the same family, 2 the same branch of it.

# %%
tokenizer = models.load_tokenizer(settings.model.model_copy(update={"vocabulary": None}))
table = lenders.lenders_table(
    records, lambda texts: tokenizer(texts, add_special_tokens=False)["input_ids"], data_dir
)
keep.table(table, "lenders", "Scores with demonstrations borrowed from each language")

# %%
if len(table):
    few = table[table["shots"] == table["shots"].max()]
    titles = "From which language to borrow demonstrations?", "borrowed from", "text in"
    picture = figures.matrix(few, "lender", titles, settings.about)
    display(
        keep.figure(picture, "lenders", "Scores by the demonstrations' language and the text's")
    )

# %% [markdown]
# ## What makes a good lender
#
# The scores regressed on the distances, with a constant for each target. The estimate is the change
# of the score with one standard deviation of the term. Errors are clustered by lender.

# %%
regression = lenders.regression_table(table)
keep.table(regression, "lenders_regression", "What of a lender goes with the score")

# %%
print(lenders.said(table, regression))
