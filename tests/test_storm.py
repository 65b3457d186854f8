"""kill -9 at random moments loses nothing: XLT_STORM_KILLS=100 for a storm, a breeze by default."""

import os

import pytest
from storm import storm

KILLS = int(os.environ.get("XLT_STORM_KILLS", "6"))


@pytest.mark.slow
@pytest.mark.timeout(300 * KILLS + 900)
@pytest.mark.parametrize(("where", "kind"), [("here", "mini"), ("dask", "toy")])
def test_kills_at_random_moments_lose_nothing(tmp_path, where, kind):
    if where == "dask":
        pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    blown = storm(tmp_path, KILLS, where, kind)
    assert blown.told.total() == KILLS and blown.grids
