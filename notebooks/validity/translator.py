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
# whose translation is known, into English and back: chrF and BLEU, from 0 to 100. Where a test set
# is itself parallel (mini, SIB-200), its own sentences are used.

# %% tags=["parameters", "where:translator", "needs:model"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from xltlib import load_profile, methods, results
from xltlib.report.output import Output
from xltlib.report.tables import shown
from xltlib.validity.translators import SAMPLE, translation_quality

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
arms = [arm.name for arm in settings.arms if methods.get(arm.method).uses_translator]
keep = Output("validity/translator", settings.name)
print(f"Arms that translate: {', '.join(arms)}")

# %% [markdown]
# ## Scores by direction
#
# Into English decides what the model gets to read; out of English decides what becomes of a summary
# or of an entity that has to be found again. Row by row: which of the two is worse?

# %%
quality = translation_quality(
    settings.of_arm(arms[0]), sentences=SAMPLE if settings.limit else None
)
keep.table(quality, "translation_quality", "Quality of the translator").pipe(shown, precision=1)
