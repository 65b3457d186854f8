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
# # The scores
#
# Every figure and table here is computed from the records. Only the grey baselines, which need no
# language model (`10_data` explains them), are computed again, on the test items found in the
# records. Files go to `figures/<profile>/` as PNG, SVG and PDF, each with a `.meta.json` that says
# which cells it was made from.

# %% tags=["parameters"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from xltlib import figures, load_profile, results, stats
from xltlib.report.output import Output
from xltlib.stats import labels
from xltlib.stats.cost import histories_of
from xltlib.validity.baselines import reference_table

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.records(settings.name, cells)
keep = Output("results/scores", settings.name, records)
print(records)

# %% [markdown]
# ## Scores with intervals
#
# The main score of each task comes first: accuracy, entity F1, ROUGE-L. Intervals cover 95 %. For
# accuracy from one seed we use Wilson's interval, and also for scores of exactly 0 or 1, where a
# bootstrap would wrongly show no uncertainty. Everything else is bootstrapped over items and seeds.

# %%
scores = keep.table(stats.score_table(records), "scores", "Scores with 95 % intervals")
scores

# %% [markdown]
# ## By method, task and language
#
# At the number of demonstrations that most arms have. A score above the grey line is one that a
# simple program does not reach. Figures show the arms that the profile puts first, ten at most; all
# stand in the tables, and side by side in `results/which_way`.

# %%
baselines = reference_table(settings, records)
first = stats.first_arms(scores, settings.first, settings.model.path)
caption = "Scores by method, task and language; grey: the best baseline without a language model"
keep.figure(figures.scores(first, references=baselines, about=settings.about), "scores", caption)

# %% [markdown]
# ## Do more demonstrations help?

# %%
keep.figure(
    figures.score_by_shots(first, baselines, settings.about),
    "score_by_shots",
    "Scores against shots; grey: the best baseline without a language model",
)

# %% [markdown]
# ## By label
#
# A score is a mean over labels. Here is what stands behind it: how well each label is found, and
# which is taken for which, at the largest number of demonstrations and all seeds together. The
# tables are long; `tasks/` shows them place by place.

# %%
found, confused = labels.label_table(records, "most"), labels.confusion_table(records, "most")
keep.table(found, "labels", "Precision, recall and F1 of each label")
keep.table(confused, "confusions", "Which label is answered for which").head(12)

# %% [markdown]
# ## How many outputs can be parsed
#
# An output without a readable answer counts as wrong, and is counted here.

# %%
valid = keep.table(stats.valid_table(records), "valid", "Share of valid outputs")
keep.figure(
    figures.valid_outputs(
        stats.first_arms(valid, settings.first, settings.model.path), settings.about
    ),
    "valid_outputs",
    "Share of outputs that are answers, at the number of shots with the fewest",
)

# %% [markdown]
# ## The loss during language-adaptive fine-tuning
#
# The texts differ between languages in kind as well, so a difference between `laft` and `prompt`
# may come from either. Of several arms that adapt, the first is drawn.

# %%
adapted = records.conditions.query("method == 'laft'")
first = adapted[adapted["arm"] == adapted["arm"].iloc[0]] if len(adapted) else adapted
training = histories_of(results.training(settings.name, cells), first)
figure = None
if len(training):
    figure = figures.laft_loss(training, settings.about)
    keep.figure(figure, "laft_loss", "Loss during adaptation")
figure
