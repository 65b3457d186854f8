"""The corpus of all text at hand: what ships, and what a folder has."""

from xltlib.data import corpus, load, revision, training_text


def test_without_a_folder_it_is_what_ships():
    lines = corpus("gathered", "hau")
    shipped = {item.text for item in load("sib200", "topics", "hau", "demos")}
    assert set(lines) == shipped and len(lines) == len(shipped)


def test_a_folder_adds_what_it_has(tmp_path):
    (tmp_path / "mono" / "hau").mkdir(parents=True)
    (tmp_path / "mono" / "hau" / "lacuna_hau.txt").write_text("Wani layi.\nWani kuma.\n")
    (tmp_path / "asp_stories" / "hau").mkdir(parents=True)
    page = "id\ten\thau\tlicence\n1:0\tA man\tWani mutum\tCC-BY\n"
    (tmp_path / "asp_stories" / "hau" / "pages.tsv").write_text(page)
    lines, alone = corpus("gathered", "hau", tmp_path), corpus("gathered", "hau")
    assert set(lines) - set(alone) == {"Wani layi.", "Wani kuma.", "Wani mutum"}
    assert lines != sorted(lines) and lines == corpus("gathered", "hau", tmp_path)
    assert revision("gathered", "hau", tmp_path) != revision("gathered", "hau")


def test_test_sentences_are_dropped_from_it(tmp_path):
    test = load("sib200", "topics", "kin", "test")[0].text
    (tmp_path / "common_voice" / "kin").mkdir(parents=True)
    (tmp_path / "common_voice" / "kin" / "sentences.txt").write_text(f"{test}\nIndi nteruro.\n")
    found = training_text("gathered", "kin", tmp_path, test_texts=[test])
    assert test not in found.lines and "Indi nteruro." in found.lines and found.exact == 1
