"""Images that lie: each is refused with an ImageError that says what is wrong, and nothing of it is kept."""

from pathlib import Path

import lies_of_archives  # noqa: F401  (it registers its lies)
import lies_of_contents  # noqa: F401
import pytest
from forge import Forgery
from lies import LIES

from synth_jupyter.errors import ImageError
from synth_jupyter.images.load import load


def everything(root: Path) -> dict[str, bytes | None]:
    """Every path below a folder with the bytes of files."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(root.rglob("*"))}


@pytest.mark.parametrize("what", LIES)
def test_a_hostile_image_is_refused_and_leaves_nothing(what: str, image: Path, tmp_path: Path) -> None:
    tell, message = LIES[what]
    forgery = Forgery.of(image)
    tell(forgery)
    hostile = forgery.write(tmp_path / "hostile.tar")
    (tmp_path / "home").mkdir()
    before = everything(tmp_path)
    with pytest.raises(ImageError) as caught:
        load(hostile, tmp_path / "home" / "in")
    assert message in caught.value.message
    assert caught.value.message.endswith("nothing was kept")
    assert everything(tmp_path) == before


def test_the_forger_can_also_tell_the_truth(image: Path, tmp_path: Path) -> None:
    """Otherwise every image of this file would be refused for the forger's own mistake."""
    forgery = Forgery.of(image)
    forgery.change_metadata(lambda manifest: None)
    forgery.change_data(1, lambda data: data)
    assert load(forgery.write(tmp_path / "honest.tar"), tmp_path / "in").rows == {"cities": 3, "orders": 70_000}
