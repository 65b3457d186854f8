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
# # A new language
#
# What does it take to ask these questions in *your* language? One YAML file with the words of the
# prompts, and data in a format that is already read. This notebook adds Swahili from nothing: it
# writes both, runs two methods and looks at the answers. Nothing of the project is changed;
# everything lands in a folder of its own.
#
# The model here is the mini profile's, which has never seen Swahili, and the data are twenty
# sentences made up for this page: read it for the steps, not for the score.

# %% tags=["parameters"]
profile = "mini"
folder = None  # where the files are written; None: runs/new_language

# %%
from pathlib import Path

from xltlib import paths

root = Path(folder) if folder else paths.home() / "runs" / "new_language"
root.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## 1. The words
#
# Every name in the file is checked when it is read: a missing label, an unknown key or a
# malformed code is refused with the reason. Keep the wordings short and plain; what a label is
# called matters more than one expects, so take words that a newspaper would use.

# %%
language = root / "swa.yaml"
_ = language.write_text(
    """
code: swa                # ISO 639-3, as the data names the language
name: Swahili
flores: swh_Latn         # as NLLB-200 names it
prompts:
  topics:
    - {instruction: "Mada: {labels}.", document: Habari, answer: Mada}
  summarization:
    - {document: Habari, answer: Kichwa}
  ner:
    - {instruction: "Majina: {types}.", document: Habari, answer: Majina}
labels:
  business: biashara
  health: afya
  sports: michezo
entity_types: {PER: PER, ORG: ORG, LOC: LOC, DATE: DATE}
none: hakuna
""",
    encoding="utf-8",
)
print(language.read_text(encoding="utf-8"))

# %% [markdown]
# ## 2. The data
#
# SIB-200's own format is the simplest: a TSV with an id, a category and a text, in
# `<folder>/sib200/<language>/`. The published SIB-200 has more than two hundred languages in this
# very format.

# %%
import csv

sentences = {
    "business": [
        "Bei ya mahindi imepanda sokoni.",
        "Benki imefungua tawi jipya mjini Mombasa.",
        "Wafanyabiashara wanauza kahawa nje ya nchi.",
        "Kampuni ya simu imepata faida kubwa.",
        "Serikali imepunguza kodi ya bidhaa.",
        "Duka jipya linauza nguo za bei nafuu.",
        "Wakulima wameuza korosho kwa bei nzuri.",
    ],
    "health": [
        "Hospitali imepokea dawa mpya za malaria.",
        "Madaktari wanachanja watoto dhidi ya surua.",
        "Wagonjwa wengi wamepona homa.",
        "Muuguzi alisaidia mama mjamzito.",
        "Kliniki mpya imefunguliwa kijijini.",
        "Ugonjwa wa kipindupindu umeenea mtaani.",
        "Daktari alishauri watu wanywe maji safi.",
    ],
    "sports": [
        "Timu ya taifa imeshinda mechi.",
        "Mchezaji alifunga mabao mawili.",
        "Kocha amechagua wachezaji wapya.",
        "Mashabiki walijaa uwanjani.",
        "Mwanariadha alishinda medali ya dhahabu.",
        "Mechi ya fainali itachezwa Jumamosi.",
        "Refa alitoa kadi nyekundu.",
    ],
}
data = root / "data" / "sib200" / "swa"
data.mkdir(parents=True, exist_ok=True)
for split, chosen in (("train", slice(0, 3)), ("dev", slice(3, 4)), ("test", slice(4, None))):
    with open(data / f"{split}.tsv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["index_id", "category", "text"])
        for label, texts in sentences.items():
            for text in texts[chosen]:
                writer.writerow([f"{split}-{label}-{texts.index(text)}", label, text])
_ = (data / "labels.txt").write_text("\n".join(sentences) + "\n", encoding="utf-8")
sorted(path.name for path in data.iterdir())

# %% [markdown]
# ## 3. A first look
#
# The same three lines as in every other notebook, with the path of the file in place of a code.

# %%
from xltlib.evaluate import Study

study = Study(
    "prompt",
    "topics",
    profile=profile,
    dataset="sib200",
    language=str(language),
    shots=[0, 3],
    seeds=[0],
    data_dir=str(root / "data"),
)
print(study)
print(study.prompts(3, 0)[0].text)

# %%
records = study.run()
study.look(records, shots=3, seed=0)

# %% [markdown]
# ## 4. For good
#
# - Put the YAML file into `xltlib/languages/`, and the language's code into the `languages` of a
# profile's data sets. A profile is a YAML file too: copy `local.yaml`, name your own model and
# translator in it.
# - `./run_all.sh --profile my_profile.yaml --data-dir FOLDER --plan` shows the grid; without
# `--plan` it runs.
# - `laft` needs a text: put one sentence a line where `laft.corpus` of the profile says. First
# see in notebook 10 that it does not hold your test set.
# - `translate` needs a translator that has the language; NLLB-200 has two hundred.
# - Ask a native speaker to read the wordings, and ten prompts as the model sees them.
