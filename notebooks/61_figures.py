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
# # The figures
#
# Each from records alone, but for the grey lines: baselines without a language model (notebook
# 10), made again on the test items that the records hold. The files land in `figures/<profile>/` as
# PNG, SVG and PDF, with a `.meta.json` that says which cells of the grid they were made from.

# %% tags=["parameters"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from xltlib import figures, stats
from xltlib.config import load_profile
from xltlib.records import results
from xltlib.report import artifacts
from xltlib.validity.baselines import reference_table

settings = load_profile(profile, data_dir=data_dir)
records = results.read(settings.name, cells)
made = artifacts.made_by("61_figures", {"profile": settings.name}, records)
scores = stats.score_table(records)
baselines = reference_table(settings, records)


def keep(figure, name, caption):
    artifacts.save_figure(figure, name, caption, profile=settings.name, source=made)
    return figure


print(f"{len(records):,} answers in {records['cell_id'].nunique()} cells")

# %% [markdown]
# ## Scores by method, task and language
#
# At the largest shot count. Grey: what needs no language model. The commonest label, which a
# classifier that has read nothing reaches; a classical classifier that was trained on the whole
# pool of demonstrations; the first words of an article; capitalised words as entities.

# %%
caption = "Scores by method, task and language; grey: baselines without a language model"
keep(figures.scores(scores, references=baselines, about=settings.about), "scores", caption)

# %% [markdown]
# ## Scores against the number of demonstrations

# %%
keep(
    figures.score_by_shots(scores, baselines, settings.about),
    "score_by_shots",
    "Scores against shots; grey: baselines without a language model",
)

# %% [markdown]
# ## How many answers are answers at all
#
# An output that cannot be read as an answer is INVALID: counted as wrong, and counted here.

# %%
valid = stats.valid_table(records)
artifacts.save_table(valid, "valid", "Share of valid outputs", profile=settings.name, source=made)
keep(
    figures.valid_outputs(valid, settings.about),
    "valid_outputs",
    "Share of outputs that are answers, with 95 % intervals",
)

# %% [markdown]
# ## The loss during language-adaptive fine-tuning
#
# The text differs from language to language in kind as well as in tongue, so what separates
# `laft` from `prompt` is confounded with it.

# %%
training = results.training(settings.name, cells)
figure = None
if len(training):
    figure = keep(
        figures.laft_loss(training, settings.about), "laft_loss", "Loss during adaptation"
    )
figure
