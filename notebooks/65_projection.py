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
# # Where did the entity go?
#
# `translate` asks for entities in English and owes its answer in the language of the text: every
# English span has to be found again there. That step has errors of its own, and they count against
# the method. Four ways of taking it, chosen by `projection: {by: ...}` of a profile:
#
# - `match` (the default): the name as it stands, a near spelling, or the name's own translation;
# - `markers`: translate the sentence with [brackets] around the name, match what they came to hold
#   (EasyProject: Chen et al. 2023, [arXiv 2211.15613](https://arxiv.org/abs/2211.15613));
# - `alignment`: the words whose encoder states belong to those of the name
#   (awesome-align: Dou and Neubig 2021, [arXiv 2101.08231](https://arxiv.org/abs/2101.08231));
# - `codec`: put brackets into the given sentence where the translation model finds them likeliest
#   (CODEC: Le et al. 2024, [arXiv 2402.03131](https://arxiv.org/abs/2402.03131)).
#
# They are tried on the generated corpus, whose four languages say the same under the same id with
# gold spans in each. No published NER set for these languages is parallel with English gold spans,
# so on real text there is nothing to score, and it is left out here.

# %% tags=["parameters"]
profile = "mini"
data_dir = None
cells = None  # not read here: every notebook of an analysis is given it

# %%
import pandas as pd

from xltlib import figures, models, stats
from xltlib.config import load_profile
from xltlib.report import artifacts, tables
from xltlib.validity import projectors as projected

settings = load_profile(profile, data_dir=data_dir)
made = artifacts.made_by("65_projection", {"profile": settings.name})
languages = projected.languages(settings)
print(f"Translator: {settings.translator.path}. This profile projects by {settings.projection.by}.")

# %% [markdown]
# ## One text, four answers
#
# A dash is a span that was dropped. `match` and `markers` drop rather than guess; `codec` always
# places a span as long as a word is free.

# %%
results = list(projected.compare(settings, models.load_translator(settings.translator)))
chosen = [r for r in results if r.language == languages[0].code]
rows = []
for result in chosen:
    n = max(range(len(result.items)), key=lambda n: len(result.items[n].spans))
    rows.append([result.projector, *result.surfaces(n)])
item = chosen[0].items[n]
print(item.source, item.target, sep="\n")
names = [item.source[s.start : s.end] for s in item.spans]
pd.DataFrame(rows, columns=["projector", *names]).pipe(tables.shown)

# %% [markdown]
# ## All of them
#
# A projected span is right when its type and both ends are those of the gold span. Intervals are
# bootstraps over texts; with so few texts they are wide.
#
# How to read it: a translator that was never shown brackets, as the mini translator and a plain
# NLLB were not, is asked for something that it was not trained to do. `markers` then drops most
# spans, for want of a bracket (column `dropped`); `codec` ranks places by likelihoods that nobody
# trained. That says something about the translator, not about the projectors, whose authors
# fine-tune theirs on marked text. `alignment` needs no such training, but can leave out words that
# English does not say (*ranar* in *ranar Talata*, Tuesday).

# %%
table = stats.projection_table(pd.concat([r.counts() for r in results], ignore_index=True))
caption = "English entities projected onto parallel text of the generated corpus"
artifacts.save_table(table, "projection", caption, profile=settings.name, source=made)
table.pipe(tables.shown, precision=2)

# %%
figure = figures.projector_scores(table, settings.about)
artifacts.save_figure(figure, "projection", caption, profile=settings.name, source=made)
figure
