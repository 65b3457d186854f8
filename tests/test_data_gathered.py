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


def test_lines_of_a_file_stay_together_in_blocks(tmp_path):
    (tmp_path / "mono" / "hau").mkdir(parents=True)
    lines = [f"Layi na {n}." for n in range(120)]
    (tmp_path / "mono" / "hau" / "lacuna_hau.txt").write_text("\n".join(lines))
    found = corpus("gathered", "hau", tmp_path)
    at = [found.index(line) for line in lines]
    neighbours = sum(b == a + 1 for a, b in zip(at, at[1:], strict=False))
    assert neighbours >= 117 and sorted(at) != list(range(at[0], at[0] + 120))


def test_english_is_the_english_side_of_parallel_tables(tmp_path):
    (tmp_path / "salt" / "lug").mkdir(parents=True)
    (tmp_path / "salt" / "lug" / "train.tsv").write_text("id\ten\tlug\n1\tOne word.\tEkimu.\n")
    new = set(corpus("gathered", "eng", tmp_path)) - set(corpus("gathered", "eng"))
    assert new == {"One word."}
    assert "Ekimu." not in corpus("gathered", "lug", tmp_path)
