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
# How an output is parsed, how ROUGE splits words, which labels count, how the prompt is worded and
# the order of demonstrations can all move a score without telling us anything about a method.
# Choices made after generation (parsing, tokenization) are repeated here on the stored raw outputs.
# For wording and order the models have to be asked again: every arm, in every language, on a sample
# of the items.

# %% tags=["parameters", "needs:model"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
import pandas as pd
from IPython.display import display

from xltlib import data, figures, load_language, load_profile, models, results, stats
from xltlib.report.output import Output
from xltlib.validity import instructions, probes, sensitivity

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.read(settings.name, cells)
keep = Output("validity/sensitivity", settings.name, records)
print(f"{len(records):,} answers in {records['cell_id'].nunique()} cells")

# %% [markdown]
# ## The same outputs read differently, the same question asked differently
#
# The biggest shift of a main score comes first. `flips` counts the comparisons of two arms that
# change between significant and not, or change sides. Topics are chosen by likelihood among the
# label words, which leaves a parser nothing to do: its rows move for imported outputs only.

# %%
asked_again = list(probes.probe(settings, profile, records))
languages = [load_language(name) for name in {c for d in settings.datasets for c in d.languages}]
table = sensitivity.sensitivity_table(records, asked_again, languages)
keep.table(table, "sensitivity", "How far scores move with choices that are not the question")

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
    titles = "Asked in one language about a text in another", "words in", "text in"
    picture = figures.matrix(matrix, "asked", titles, settings.about)
    display(keep.figure(picture, "asked_by_text", "Scores by the language of the words and text"))
print(instructions.matrix_said(records, matrix))

# %% [markdown]
# ## How much of each text the model could see
#
# A tokenizer that knows a language badly cuts its words into many tokens. The prompt fills up
# sooner, and less of the same article reaches the model. Compare languages with this in mind.

# %%
sets = {(d.name, c): d.task for d in settings.datasets for c in d.languages}
tokenizer = models.load_tokenizer(settings.model)
texts = pd.DataFrame(
    [
        {
            "dataset": name,
            "language": code,
            "tokens": len(tokenizer(item.text)["input_ids"]),
            "words": len(item.text.split()),
        }
        for (name, code), task in sets.items()
        for item in data.load(name, task, code, "test", data_dir, settings.within(name, task).limit)
    ]
)
lengths = stats.length_table(records, stats.fertility_table(texts))
keep.table(lengths, "lengths", "Tokens per word and truncation beside the scores")
