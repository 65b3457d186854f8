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
# # Your language
#
# What does it take to ask these questions in *your* language? One YAML file with the words of the
# prompts, and data in a format that the project reads. This notebook does it for Swahili: it writes
# both, runs `prompt` and shows the answers. It changes nothing in the project. The files go to
# `runs/new_language`, the records to `runs/mini/play`, which no table of a run reads.
#
# The model is the mini profile's, which has never seen Swahili, and the data are 21 sentences made
# up for this page. Read it for the steps, not for the score.

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
# All seven fields are required. If one is missing, unknown or malformed, the error says which and
# why; a topic without a word under `labels` is reported when the first prompt is made. Keep the
# wording short and plain. What a label is called matters more than you might expect, so choose
# words that a newspaper would use.

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
labels:                  # SIB-200's seven topics
  entertainment: burudani
  geography: jiografia
  health: afya
  politics: siasa
  science/technology: sayansi
  sports: michezo
  travel: safari
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
# `<folder>/sib200/<language>/`, and `labels.txt` with the categories. The published SIB-200 covers
# more than two hundred languages in this format. It names folders as NLLB-200 does, so copy its
# `swh_Latn` to `sib200/swa`. Three of its seven topics are enough here.

# %%
import csv

sentences = {
    "travel": [
        "Treni mpya inasafiri kutoka Nairobi hadi Mombasa.",
        "Watalii wengi wametembelea mbuga ya Serengeti.",
        "Hoteli mpya imefunguliwa ufukweni.",
        "Ndege ilichelewa kuondoka asubuhi.",
        "Abiria walipanda basi kwenda Arusha.",
        "Wageni wamepanga chumba karibu na bahari.",
        "Feri inavusha abiria kwenda Zanzibar.",
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
# The same `Study` as in the notebooks of `methods/`, with the path of the file instead of a code.

# %%
from xltlib.study.study import Study

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
# ## 4. A profile that is ready
#
# A profile says what to run: model, data sets, languages, methods. This one is the mini profile's
# with your language in place of its own. `check` names everything that does not fit, all at once
# and before anything runs, with the line of the file that it stands on.

# %%
import yaml

from xltlib.check import check

settings = yaml.safe_load((paths.PROFILES / "mini.yaml").read_text(encoding="utf-8"))
settings |= {
    "name": "swahili",
    "about": "The words and sentences of this notebook, asked of the mini profile's model.",
    "datasets": [{"name": "sib200", "task": "topics", "languages": [language.name]}],
    "arms": [{"name": "prompt"}],
    "shots": [0, 3],
    "max_new_tokens": {"topics": 16},
    "laft": settings["laft"] | {"corpus": {}},
}
mine = root / "swahili.yaml"
_ = mine.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
found = check(str(mine), data_dir=str(root / "data"))
print(str(found).replace(f"{root}/", ""))

# %% [markdown]
# The last line is what counts: ready for `prompt`. What stands above it is what `laft` and
# `translate` would need besides. With a model that knows your language, name it there as
# `model: {path: ...}`, and run it:
# `./run_all.sh --profile runs/new_language/swahili.yaml --data-dir runs/new_language/data`.
#
# ## 5. For good
#
# - Put the YAML file into `xltlib/languages/`, or next to your profile, and list the language's
# code (or the file's path) under `languages` of a data set in the profile. A profile is a YAML
# file too: copy `local.yaml`, give the copy its own `name`, and name your model and translator.
# - `./run_all.sh --profile my_profile.yaml --data-dir FOLDER --plan` shows the grid; without
# `--plan` it runs.
# - `laft` needs a text: `laft.corpus: {swa: my_text.txt}`, one document per line, in FOLDER. What
# overlaps with your test sets is dropped before training; `preparations/adapt` counts it.
# - `translate` needs a translator that knows the language; NLLB-200 knows two hundred. It asks in
# English, so a topic without a word in `eng.yaml` needs one there too.
# - Ask a native speaker to read the wording, and ten prompts as the model sees them.
