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
# `translate` finds entities in the English text but must report them in the original language, so
# every English span has to be found again there. That step makes errors of its own, and they count
# against the method. Choose how it is done with `projection: {by: ...}` in a profile or an arm:
#
# - `match` (the default): the name as it is, a similar spelling, or the name's own translation;
# - `markers`: translate the sentence with [brackets] around the name, and match what the brackets
# then hold (EasyProject: Chen et al. 2023, [arXiv 2211.15613](https://arxiv.org/abs/2211.15613));
# - `alignment`: the words whose encoder states are closest to those of the name
# (awesome-align: Dou and Neubig 2021, [arXiv 2101.08231](https://arxiv.org/abs/2101.08231));
# - `codec`: put brackets into the given sentence where the translation model finds them likeliest
# (CODEC: Le et al. 2024, [arXiv 2402.03131](https://arxiv.org/abs/2402.03131)).
#
# We try them on the generated corpus, whose languages say the same thing under the same id and have
# gold spans in each. No published NER set for these languages is parallel with English gold spans,
# so on real text there is nothing to score.

# %% tags=["parameters", "where:translator", "where:ner", "needs:model"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
import pandas as pd

from xltlib import figures, load_profile, methods, results, stats
from xltlib.methods import tuned_translator
from xltlib.report.output import Output
from xltlib.report.tables import shown
from xltlib.validity import projectors

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
translating = [a for a in settings.arms if methods.of(a).uses_translator]
arm = next((a for a in translating if not a.tasks or "ner" in a.tasks), translating[0])
settings = settings.of_arm(arm.name)
translator = tuned_translator.load(settings)
keep = Output("validity/projection", settings.name)
languages = projectors.languages(settings)
print(f"Translator of {arm.name}: {settings.translator.path}. It uses {settings.projection.by}.")

# %% [markdown]
# ## One text, four answers
#
# A dash is a span that was dropped. `match` and `markers` drop a span rather than guess; `codec`
# places every span as long as a word is free. `codec` asks the translation model itself, and so
# does `alignment` unless an encoder is named: with any other translator they have no row.

# %%
found = list(projectors.compare(settings, translator))
chosen = [r for r in found if r.language == languages[0].code]
rows = []
for result in chosen:
    n = max(range(len(result.items)), key=lambda n: len(result.items[n].spans))
    rows.append([result.projector, *result.surfaces(n)])
item = chosen[0].items[n]
print(item.source, item.target, sep="\n")
names = [item.source[s.start : s.end] for s in item.spans]
pd.DataFrame(rows, columns=["projector", *names]).pipe(shown)

# %% [markdown]
# ## All texts
#
# A projected span is correct if its type and both its ends match the gold span. Intervals are
# bootstrapped over texts; with so few texts they are wide.
#
# A translator that never saw brackets in training, such as the mini translator or plain NLLB, is
# asked here for something it was not trained to do. `markers` then drops most spans because the
# brackets are gone (column `dropped`), and `codec` ranks places by likelihoods that nobody trained.
# That says something about the translator, not about the projectors, whose authors fine-tune theirs
# on marked text. `alignment` needs no such training, but may leave out words that English does not
# use (*ranar* in *ranar Talata*, Tuesday).

# %%
table = stats.projection_table(pd.concat([r.counts() for r in found], ignore_index=True))
caption = "English entities projected onto parallel text of the generated corpus"
keep.table(table, "projection", caption).pipe(shown, precision=2)

# %%
keep.figure(figures.projector_scores(table, settings.about), "projection", caption)
