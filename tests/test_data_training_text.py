"""Text to adapt on: files, streams of the hub, and what is dropped because it is in a test set."""

import gzip
import io
import json
from itertools import count

import hub_cache
import pytest

from xltlib import data
from xltlib.config import load_language, load_profile
from xltlib.data.corpora.web import _TEXTS
from xltlib.data.leaks.audit import overlaps
from xltlib.data.leaks.decontaminate import decontaminate
from xltlib.data.registry import CORPORA
from xltlib.data.sets.mafand import parallel
from xltlib.errors import XltError
from xltlib.methods import laft
from xltlib.records import provenance
from xltlib.runs import grid, narrowing

LINE = "Gwamnan jihar Kano ya ce za a ƙara ɗakunan karatu a makarantun jihar baki ɗaya"
OTHER = "Wata ƙungiya ta ’yan jarida ta gana da ɓangarori daban-daban a birnin Abuja jiya"


def test_documents_with_test_text_are_dropped_and_counted():
    documents = [
        LINE.upper() + " !",  # the same words
        f"A yau: {LINE}, a cewarsa. {OTHER}",  # the test text inside
        LINE[:50],  # a part of it
        LINE.replace("Kano", "Katsina"),  # nearly
        OTHER,
        "ya ce",  # too short to mean anything
    ]
    found = decontaminate(documents, [LINE, ""])
    assert found.lines == [OTHER, "ya ce"]
    assert found.counts == {
        "read": 6,
        "dropped_exact": 1,
        "dropped_near": 3,
        "kept": 2,
        "test_texts": 1,
    }
    assert "6 documents read, 1 dropped as test texts, 3 as near them, 2 kept" in str(found)
    assert decontaminate(documents, []).lines == documents


def test_one_sentence_of_a_long_test_article_is_dropped():
    article = " ".join(f"{LINE} {i}. {OTHER} {i}." for i in range(20))
    assert (
        decontaminate([OTHER, "Wani labari daban da ba a taɓa ji ba a ko ina"], [article]).counts[
            "dropped_near"
        ]
        == 1
    )


def test_a_stream_is_read_no_further_than_it_must_be():
    seen = []

    def stream():
        for i in count():
            seen.append(i)
            yield LINE if i % 2 else f"{OTHER} {i}"

    found = decontaminate(stream(), [LINE], limit=3)
    assert len(found.lines) == 3 and found.read == len(seen) == 5 and found.exact == 2


def test_real_leaks_are_found(shared_data):
    targets = [target for _, target in parallel("lug", "test", shared_data)]
    found = decontaminate(data.corpus("lacuna", "lug", shared_data), targets)
    assert found.read == 7038 and found.exact == 1479 and len(found.lines) > 5500
    left = overlaps(targets, found.lines).counts
    assert left["exact"] == left["contained"] == 0 and left["near"] <= 1


@pytest.mark.parametrize("name", ["own.txt", "own.txt.gz"])
def test_a_text_file_is_a_corpus(tmp_path, name):
    content = f"\ufeff{LINE}\r\n\n  {OTHER}\n".encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert data.corpus(str(path), "swa") == data.corpus(name, "hau", tmp_path) == [LINE, OTHER]
    assert data.training_text(str(path), "hau", test_texts=[OTHER]).lines == [LINE]
    assert data.is_decontaminated(name) and data.leaked_sets(name) == ()
    before = data.revision(name, "hau", tmp_path)
    path.write_bytes(path.read_bytes() + b" ")
    assert before != data.revision(name, "hau", tmp_path)


def test_broken_text_files_are_explained(tmp_path):
    (tmp_path / "latin.txt").write_bytes(f"{OTHER}\nNg\xe9nda\n".encode("latin-1", "ignore"))
    (tmp_path / "cut.txt.gz").write_bytes(gzip.compress(LINE.encode() * 99)[:-20])
    (tmp_path / "empty.txt").write_text(" \n", encoding="utf-8")
    for name, message in [
        ("latin.txt", "line 2: not UTF-8"),
        ("cut.txt.gz", "cannot read .*cut.txt.gz"),
        ("empty.txt", "has no text"),
        ("none.txt", "cannot read .*none.txt: No such file"),
    ]:
        with pytest.raises(XltError, match=message):
            data.corpus(name, "lug", tmp_path)
    with pytest.raises(XltError, match="relative path.*--data-dir"):
        data.corpus("own.txt", "lug")
    with pytest.raises(XltError, match="or the path of a text file"):
        data.corpus("nosuch", "lug")


@pytest.fixture
def web(tmp_path):
    """Stand-ins of the hub's web text, in its cache at the commits that are pinned."""

    def put(name, file, lines):
        entry = _TEXTS[name]
        path = hub_cache.snapshot(tmp_path, entry.repo, entry.commit, entry.commit) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        content = "".join(line + "\n" for line in lines).encode()
        path.write_bytes(gzip.compress(content) if file.endswith(".gz") else content)

    def rows(*texts):
        return [json.dumps({"text": t, "url": ""}, ensure_ascii=False) for t in texts]

    start = "multilingual/c4-ha"
    put("hub:mc4", f"{start}.tfrecord-00000-of-00002.json.gz", rows(LINE, OTHER + "\nna biyu"))
    put("hub:mc4", f"{start}.tfrecord-00001-of-00002.json.gz", [*rows("Na uku"), "{broken"])
    put("hub:mc4", f"{start}-validation.tfrecord-00000-of-00001.json.gz", rows("Wani"))
    put("hub:madlad400", "data/rw/rw_clean_0000.jsonl.gz", rows("Abana b’u Rwanda\\nbato"))
    put("hub:wura", "passages-v1.0/train/kin.txt", ["Amakuru", "", "y'uyu munsi"])
    return tmp_path


def test_web_text_is_streamed_from_the_cache_without_a_network(web):
    found = hub_cache.offline(
        web,
        "import json\nfrom xltlib import data\nfrom xltlib.errors import XltError\n"
        f"text = data.training_text('hub:mc4', 'hau', limit=2, test_texts=[{LINE!r}])\n"
        "said = []\n"
        "for name, code in [('hub:mc4', 'hau'), ('hub:wura', 'hau'), ('hub:mc4', 'kin')]:\n"
        "    try: data.corpus(name, code)\n"
        "    except XltError as error: said.append(str(error))\n"
        "print(json.dumps({'mc4': text.lines, 'counts': text.counts, 'said': said,"
        " 'rw': data.corpus('hub:madlad400', 'kin'), 'wura': data.corpus('hub:wura', 'kin')}))",
    )
    assert found["mc4"] == [OTHER + " na biyu", "Na uku"]  # the broken line was not reached
    assert found["counts"]["read"] == 3 and found["counts"]["dropped_exact"] == 1
    assert found["rw"] == ["Abana b’u Rwanda bato"]
    assert found["wura"] == ["Amakuru", "y'uyu munsi"]
    broken, absent, unknown = found["said"]
    assert "00001-of-00002.json.gz of allenai/c4, line 2: expected a JSON object" in broken
    for words in ("castorini/wura", "offline", "hf download", "--include", "text file"):
        assert words in absent
    assert "`language` must be one of 'hau', but got 'kin'" in unknown


def test_web_text_comes_over_the_network_file_by_file(monkeypatch):
    """What the hub's file system is asked for; it stands in for the network, the rest is real."""
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    asked = []

    class Hub:
        def glob(self, pattern):
            asked.append(pattern)
            return [pattern.replace("*", "00001"), pattern.replace("*", "00000")]

        def open(self, path, mode):
            asked.append(path)
            if "00001" in path:
                raise ConnectionError("reset by peer")
            rows = [json.dumps({"text": t}, ensure_ascii=False) for t in (OTHER, LINE, "Na uku")]
            return io.BytesIO(gzip.compress("\n".join(rows).encode()))

    def nothing(*_, **__):
        raise LocalEntryNotFoundError("not in the cache")

    monkeypatch.setattr(huggingface_hub, "HfFileSystem", Hub)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", nothing)
    start = f"datasets/allenai/c4@{_TEXTS['hub:mc4'].commit}/multilingual/c4-ha"
    found = data.training_text("hub:mc4", "hau", limit=2, test_texts=[LINE])
    assert found.lines == [OTHER, "Na uku"] and found.read == 3
    assert asked == [f"{start}.*.json.gz", f"{start}.00000.json.gz"]  # no more than was needed
    with pytest.raises(XltError, match="hub:mc4: cannot read .*ConnectionError: reset by peer"):
        data.corpus("hub:mc4", "hau")


def test_web_text_is_pinned():
    for name, entry in _TEXTS.items():
        assert len(entry.commit) == 40 and data.is_decontaminated(name)
        for language in entry.files:
            assert len(data.revision(name, language)) == 64
    assert data.revision("hub:mc4", "hau") != data.revision("hub:wura", "hau")


@pytest.fixture
def own_text(tmp_path):
    """The mini profile, adapted on a text file that holds two of its test items."""
    test = data.load("mini", "summarization", "hau", "test")
    lines = [test[0].text, f"Labari. {test[1].gold}"] + [f"{OTHER} {i}" for i in range(50)]
    (tmp_path / "own.txt").write_text("\n".join(lines), encoding="utf-8")
    return load_profile("mini", data_dir=str(tmp_path)).model_copy(
        update={
            "laft": load_profile("mini").laft.model_copy(
                update={"corpus": {"hau": "own.txt"}, "max_lines": 20}
            )
        }
    )


def test_what_a_profile_tests_is_dropped_before_it_is_trained_on(home, own_text):
    hausa = load_language("hau")
    found = laft.training_text(own_text, hausa)
    assert found.lines == [f"{OTHER} {i}" for i in range(20)]
    assert found.exact == 1 and found.near == 1 and found.read == 22
    assert found.tests > 800  # articles, headlines and excerpts
    (kept,) = (home / "runs" / "mini" / "corpora").glob("hau-*.json")
    assert laft.training_text(own_text, hausa) == found
    stored = json.loads(kept.read_text(encoding="utf-8"))
    kept.write_text(json.dumps(stored | {"read": 7}), encoding="utf-8")
    assert laft.training_text(own_text, hausa).read == 7  # it is not read a second time


def test_the_counts_stand_beside_the_adapted_model(home, own_text, monkeypatch):
    import pandas as pd

    from xltlib.models.training import adapt as training

    def adapt(base, lines, spec, out):
        out.mkdir(parents=True)
        pd.DataFrame({"step": [0]}).to_parquet(out / "history.parquet")

    monkeypatch.setattr(training, "adapt", adapt)
    folder, _ = laft.adapted(own_text, load_language("hau"))
    record = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
    assert record["corpus"] == "own.txt" and record["kept"] == 20 and record["dropped_near"] == 1


OWN = "Wani labari daban da ba a taɓa ji ba a ko ina"


@pytest.fixture
def lacuna(tmp_path, home):
    """The local profile on three lines of Lacuna: its own, one of a leaking set's, one of SIB's."""
    folder = tmp_path / "mono" / "hau"
    folder.mkdir(parents=True)
    (tmp_path / "masakhaner2" / "hau").mkdir(parents=True)
    (folder / "lacuna_hau.txt").write_text(f"{OWN}\n{LINE}\n{OTHER}", encoding="utf-8")
    profile = load_profile("local", data_dir=str(tmp_path))
    sets = {d.name: d for d in profile.datasets}
    spec = sets["masakhaner1"].model_copy(update={"name": "masakhaner2"})
    return profile.model_copy(update={"datasets": (spec, sets["sib200"])})


@pytest.mark.parametrize("allowed", [False, True])
def test_audited_text_is_cleaned_but_of_leaks_that_are_allowed(lacuna, allowed, monkeypatch):
    texts = {"masakhaner2": LINE, "sib200": OTHER}

    def load(name, task, language, split, folder):
        return [data.Example("1", language, texts[name], ())]

    monkeypatch.setattr(data, "load", load)
    spec = lacuna.laft.model_copy(update={"allow_leaks": allowed})
    found = laft.training_text(lacuna.model_copy(update={"laft": spec}), load_language("hau"))
    assert found.lines == ([OWN, LINE] if allowed else [OWN]) and found.read == 3
    assert found.tests == (1 if allowed else 2) and not found.absent


def test_a_text_says_of_which_test_sets_it_could_not_be_cleaned(lacuna, tmp_path, monkeypatch):
    """Of those that are not here; neither in what the cell shows nor on the model's record less."""
    import pandas as pd

    from xltlib.models.training import adapt as training

    def adapt(base, lines, spec, out):
        out.mkdir(parents=True)
        pd.DataFrame({"step": [0]}).to_parquet(out / "history.parquet")

    monkeypatch.setattr(training, "adapt", adapt)
    hau, gone = load_language("hau"), tmp_path / "masakhaner2" / "hau"
    monkeypatch.setattr(data, "load", lambda *given: [data.Example("1", "hau", OTHER, ())])
    assert laft.adapted_on(lacuna, hau) == [OWN, LINE]
    gone.rename(tmp_path / "elsewhere")
    said = "Test texts of masakhaner2 may stand in it: their files were not here to look for"
    for _ in range(2):  # the second time the text is read back
        assert laft.adapted_on(lacuna, hau) == [OWN, LINE, said]
        read = laft.training_text(lacuna, hau)
        assert str(read).endswith(said) and read.absent == ("masakhaner2",)
    folder, _ = laft.adapted(lacuna, hau)
    record = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
    assert record["not_cleaned_of"] == ["masakhaner2"]


def test_the_generated_corpus_is_taken_as_it_is_and_generated_once(home, monkeypatch):
    mini, lug = load_profile("mini"), load_language("lug")
    found = laft.training_text(mini, lug)
    assert found.lines == data.corpus("mini", "lug")[: mini.laft.max_lines]
    assert found.tests == 0 and len(list((home / "runs" / "mini" / "corpora").iterdir())) == 1
    monkeypatch.setattr(data, "training_text", None)
    assert laft.training_text(mini, lug) == found


def test_a_change_of_a_test_set_makes_the_adaptation_anew(tmp_path, own_text, monkeypatch):
    monkeypatch.setattr(provenance, "data", lambda name, code, folder: f"{name} {code}")
    monkeypatch.setattr(provenance, "model", lambda *_: "")
    options = grid.Options(languages=["hau"], methods=["laft"])

    def adaptations() -> set[str]:
        spec = narrowing.narrow(own_text, options)
        jobs = grid._Grid(spec, "mini", options, grid.notebooks()).jobs()
        return {job.id for job in jobs if job.kind == "preparation"}

    before = adaptations()
    monkeypatch.setattr(provenance, "data", lambda name, code, folder: f"{name} {code}"[:4] + "x")
    assert len(before) == 1 and not before & adaptations()


@pytest.mark.parametrize("name", ["small", "paper"])
def test_the_hub_profiles_name_text_that_there_is(name):
    laft_spec = load_profile(name).laft
    for code, source in laft_spec.corpus.items():
        assert code in CORPORA[source].published
