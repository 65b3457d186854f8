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
# # Would the same answers, read otherwise, tell another story?
#
# How an output is parsed, how ROUGE splits words, how the likelihoods of label words are compared
# and which labels count can all move a score without telling us anything about a method. These
# choices come after the model has answered, so they are made again here on the stored outputs. What
# is chosen before (wording, order of demonstrations) needs new answers: see
# [sensitivity](sensitivity.ipynb).

# %% tags=["parameters", "takes:long"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from IPython.display import display

from xltlib import figures, load_language, load_profile, results
from xltlib.report.output import Output
from xltlib.validity import instructions, sensitivity

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.records(settings.name, cells)
keep = Output("validity/readings", settings.name, records)
print(records)

# %% [markdown]
# ## The same outputs read differently
#
# The biggest shift of a main score comes first. `flips` counts the comparisons of two arms that
# change between significant and not, or change sides. Topics are chosen by likelihood among the
# label words, which leaves a parser nothing to do: its rows move for imported outputs only. Outputs
# of a data set that may not be passed on are not published, and cannot be read again from there.

# %%
languages = [load_language(name) for name in {c for d in settings.datasets for c in d.languages}]
table = sensitivity.sensitivity_table(sensitivity.variants(records, languages))
keep.table(table, "readings", "How far scores move when the same outputs are read differently")

# %% [markdown]
# ## English words, by the reading of label scores
#
# The label words are read in six ways from the same pass of the model. What English instructions
# and label words gain under one reading they may lose under another, so the interaction is tested:
# for each item the gain under each reading, Hotelling's T² over items, Holm over all places.

# %%
gains = instructions.interaction_table(records, instructions.pairs_of(settings.arms))
keep.table(gains, "words_by_reading", "What English words gain under each reading of label scores")

# %%
print(instructions.said(gains))

# %% [markdown]
# ## The language of the words, by the language of the text
#
# Where the set is parallel, each text stands in every language, and arms of the method
# `instructed` ask about it in each of the others: instruction and label words of one language, text
# and demonstrations of another. A condition of the same kind is the arm `plain_letters`: the words
# stay, and the item's hooked letters are typed as b, d, k and y. Its row in the score tables beside
# `prompt` is what the spelling costs.

# %%
matrix = instructions.matrix_table(records, instructions.asked_arms(settings.arms))
keep.table(matrix, "asked_by_text", "Scores by the language of the words and of the text")

# %%
if len(matrix):
    titles = "In which language should one ask?", "words in", "text in"
    picture = figures.matrix(matrix, "asked", titles, settings.about)
    display(keep.figure(picture, "asked_by_text", "Scores by the language of the words and text"))
print(instructions.matrix_said(records, matrix))
