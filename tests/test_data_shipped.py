"""The data that come with the project: SIB-200 in four languages, and nothing else."""

import hashlib
import shutil

import pytest

from xltlib import data, paths
from xltlib.data import parallel
from xltlib.data.sets.sib200 import SHIPPED

#: Of the publisher's files, at the commit that the README beside them names.
SHA256 = {
    ("eng", "train"): "056c2989673d0724cb27edb0d9ee5c6305b2548c17f9fd8f2092f40c98ac0156",
    ("eng", "dev"): "48fe23ed3c66e6978c6cdeff3f661ab9ea6451001d967e23d94796b009777181",
    ("eng", "test"): "fd7012f846f5a8caead1e7419023d64a28351893f3d9c7ebcde4c5481ca5d326",
    ("hau", "train"): "4878435fcc124590a3a9e2d2951faf732765b9fecf793ea40da7437cdef07ebd",
    ("hau", "dev"): "dbba8629e41ca9a4b8fce968f33e3685a7572afb47208ba94d9d3c98f5c44b01",
    ("hau", "test"): "d8c32b380a412a92f9e6b38e536342af6ab787696a273681f2508b97472c7b26",
    ("kin", "train"): "2f0f8b43c54517d62e76487552d8372d3017615cd1f50aedadac0c63bc504507",
    ("kin", "dev"): "a62b09e649ff1fe7d4f21edb1d87b2e846e1619e33b4657ce27947b1e7bb52af",
    ("kin", "test"): "4f4c20016ca208bc6774c876c7ca3c0fe16af3ca51b452ead34792978805ba42",
    ("lug", "train"): "7e60bafc80f309a7bded819b1d54951f310d3b378f8307c4c0de9dfe1dad1094",
    ("lug", "dev"): "b6c959ec00eb316f5f0a3b5f314939aa65859d7909df375b43b296f6688b8370",
    ("lug", "test"): "2de8d1fec85600884cfaf11913b3fdbd45ff1faf5b16dab98a981f735ba2f65b",
}
FOLDER = paths.SHIPPED_DATA / "sib200"


def test_the_files_are_the_publishers():
    for (language, split), expected in SHA256.items():
        content = (FOLDER / language / f"{split}.tsv").read_bytes()
        assert hashlib.sha256(content).hexdigest() == expected, (language, split)
    there = {p.parent.name for p in FOLDER.rglob("*.tsv")}
    assert there == set(SHIPPED) == {language for language, _ in SHA256}
    assert [p.name for p in paths.SHIPPED_DATA.iterdir()] == ["sib200"]


def test_licences_and_authors_stand_beside_them():
    about = (FOLDER / "README.md").read_text(encoding="utf-8")
    for words in ("ShareAlike 4.0", "Apache License 2.0", "Adelani", "NLLB Team"):
        assert words in about
    licence = (FOLDER / "LICENSE-Apache-2.0.txt").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in licence


@pytest.mark.parametrize("language", SHIPPED)
def test_they_need_no_data_folder(language, tmp_path):
    demos, test = (data.load("sib200", "topics", language, s) for s in ("demos", "test"))
    assert (len(demos), len(test)) == (701, 204)
    assert len(data.labels("sib200", "topics", language)) == 7
    # a data folder of other sets changes nothing
    assert data.load("sib200", "topics", language, "test", tmp_path) == test
    revision = data.revision("sib200", language)
    assert revision == data.revision("sib200", language, tmp_path)
    shutil.copytree(FOLDER / language, tmp_path / "sib200" / language)
    assert data.revision("sib200", language, tmp_path) == revision


def test_a_copy_in_the_data_folder_comes_first(tmp_path):
    shutil.copytree(FOLDER / "hau", tmp_path / "sib200" / "hau")
    path = tmp_path / "sib200" / "hau" / "test.tsv"
    path.write_text("index_id\tcategory\ttext\n1\tsports\tMun ci wasa.\n", encoding="utf-8")
    (only,) = data.load("sib200", "topics", "hau", "test", tmp_path)
    assert only.gold == "sports"
    assert data.revision("sib200", "hau", tmp_path) != data.revision("sib200", "hau")
    assert len(data.load("sib200", "topics", "kin", "test", tmp_path)) == 204


def test_they_are_parallel():
    english, hausa = zip(*parallel.pairs("sib200", "hau"), strict=True)
    assert len(english) == 204 and set("ɓɗƙ") <= set("".join(hausa))


def test_the_table_says_that_no_folder_is_needed():
    sets = data.datasets().set_index("dataset")["needs data_dir"]
    assert not sets["sib200"] and sets["masakhaner1"]
