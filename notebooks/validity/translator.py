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
# # How good is the translator?
#
# `translate` can be no better than its translator. So we measure it on its own, with sentences
# whose translation is known, into English and back: chrF, chrF++ and BLEU, from 0 to 100. Where a
# test set is itself parallel (mini, SIB-200), its own sentences are used.

# %% tags=["parameters", "where:translator", "needs:model"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from xltlib import figures, load_profile, results, stats
from xltlib.report.output import Output
from xltlib.report.tables import shown
from xltlib.validity.translators import SAMPLE, quality_of_arms, score_by_quality

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.read(settings.name, cells)
keep = Output("validity/translator", settings.name, records)
asked = set(records["arm"])

# %% [markdown]
# ## Scores by direction
#
# Into English decides what the model gets to read; out of English decides what becomes of a summary
# or of an entity that has to be found again. Row by row: which of the two is worse? A translator
# that copies its input shows how much two languages share by themselves: names and numbers.

# %%
quality = quality_of_arms(settings, asked, SAMPLE if settings.limit else None)
keep.table(quality, "translation_quality", "Quality of the translators").pipe(shown, precision=1)

# %% [markdown]
# ## What is a better translation worth?
#
# Arms that ask in English read different translations of the same items: the text as it is, a
# translator's, or that of people. The further right a point stands, the better was its translation.
# A line that rises says that a better translator would help; a flat one, that it would not.

# %%
scores = stats.score_table(records, "headline")
worth = score_by_quality(settings, scores, quality)
figure = None
if worth["method"].nunique() > 1:
    caption = "Scores and the quality of the translation that was read"
    keep.table(worth, "score_by_translation", caption)
    figure = figures.score_by_translation(worth, settings.about)
    keep.figure(figure, "score_by_translation", "Scores against the quality of the translation")
else:
    print("Only one arm here reads a translation, so there is nothing to compare.")
figure
