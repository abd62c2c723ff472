"""The fixture that pytest finds in any environment that has the package: data for other people's tests."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

SHOP = """\
seed: 4
tables:
  customers:
    rows: 40
    columns: {customer_id: {type: int, primary_key: true}, name: {type: varchar(60), faker: name}}
"""
TESTS = '''
TEXT = """{text}"""

def test_a_file(synth_experiment):
    shop = synth_experiment("shop.yaml")
    assert shop.name == "shop"
    assert shop.verify().ok
    assert shop.sql("SELECT count(*) FROM customers").rows() == [[40]]

def test_it_is_made_once(synth_experiment):
    assert synth_experiment("shop.yaml") is synth_experiment("shop.yaml")
    assert len(synth_experiment("shop.yaml").runs()) == 1

def test_a_text_with_other_rows_and_another_seed(synth_experiment):
    first, again = (synth_experiment(TEXT, rows={{"customers": 7}}, seed=seed) for seed in (4, 5))
    assert first.sql("SELECT count(*) FROM customers").rows() == [[7]]
    names = [each.sql("SELECT name FROM customers").rows() for each in (first, again)]
    assert names[0] != names[1]
    assert synth_experiment("shop.yaml").sql("SELECT name FROM customers LIMIT 7").rows() == names[0]

def test_a_wrong_document_says_where(synth_experiment):
    from synth_jupyter.errors import SchemaError
    try:
        synth_experiment(TEXT.replace("int,", "imt,"))
    except SchemaError as error:
        assert "customer_id" in str(error)
    else:
        raise AssertionError
'''


@pytest.fixture
def environment(tmp_path: Path, project: Path) -> dict[str, str]:
    """An environment in which pytest finds the entry points of pyproject.toml, installed or not."""
    groups = tomllib.loads((project / "pyproject.toml").read_text())["project"]["entry-points"]
    folder = tmp_path / "site/synth_fixtures-1.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: synth-fixtures\nVersion: 1\n")
    lines = [f"{name} = {value}" for name, value in groups["pytest11"].items()]
    (folder / "entry_points.txt").write_text("\n".join(["[pytest11]", *lines, ""]))
    path = os.pathsep.join([str(folder.parent), str(project)])
    return os.environ | {"PYTHONPATH": path, "SYNTH_HOME": str(tmp_path / "nobodys")}


def run(folder: Path, environment: dict[str, str], *words: str) -> str:
    """What pytest printed in that folder."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_other_peoples_tests_get_data_and_the_users_home_is_not_touched(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "shop.yaml").write_text(SHOP)
    (folder / "test_theirs.py").write_text(TESTS.format(text=SHOP))
    assert "4 passed" in (told := run(folder, environment)), told
    assert not (tmp_path / "nobodys").exists()


def test_a_session_that_does_not_ask_for_it_imports_no_library_of_ours(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "test_theirs.py").write_text(
        "import sys\n\ndef test_light():\n    assert 'synth_jupyter.testing.fixtures' in sys.modules\n"
        "    assert not {'numpy', 'pyarrow', 'duckdb', 'sqlalchemy'} & set(sys.modules)\n"
    )
    told = run(folder, environment, "-p", "no:hypothesispytest", "-p", "no:nbval")
    assert "1 passed" in told, told
