"""Foreign keys to rows that exist already: a file, a data frame, an earlier run."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import synth_jupyter
from synth_jupyter.errors import PlanError, SchemaError, SynthError
from synth_jupyter.workspace import Workspace

DOCUMENT = """
experiment: branches
tables:
  cities:
    columns: {code: {type: varchar(3), primary_key: true}, people: {type: bigint, nullable: true}}
  shops:
    rows: 500
    columns:
      id: {type: int, primary_key: true}
      city: {references: cities.code}
      people: {type: bigint, expr: city.people, nullable: true, nulls: 0}
"""
CITIES = pa.table({"code": ["BER", "OSL", "ROM"], "people": [3_700_000, None, 2_800_000]})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return synth_jupyter.open(tmp_path / "home")


def check(workspace: Workspace, name: str = "branches") -> None:
    experiment = workspace.experiment(name)
    run = experiment.generate()
    assert run.rows == {"cities": 3, "shops": 500}
    assert experiment.sql("SELECT * FROM cities ORDER BY code").to_arrow().to_pydict() == CITIES.to_pydict()
    wrong = "SELECT count(*) FROM shops s JOIN cities c ON s.city = c.code WHERE s.people IS DISTINCT FROM c.people"
    assert experiment.sql(wrong).to_arrow()[0][0].as_py() == 0
    assert experiment.verify().ok
    assert experiment.trace("cities", "ROM").to_dict()["row"] == 2


def test_a_data_frame_gives_a_table_its_rows(workspace: Workspace) -> None:
    workspace.define(DOCUMENT, existing={"cities": CITIES.to_pandas().astype({"people": "Int64"})})
    check(workspace)


def test_a_file_gives_a_table_its_rows_and_is_not_needed_afterwards(workspace: Workspace, tmp_path: Path) -> None:
    pq.write_table(CITIES, tmp_path / "cities.parquet")
    workspace.define(DOCUMENT, existing={"cities": str(tmp_path / "cities.parquet")})
    (tmp_path / "cities.parquet").unlink()
    check(workspace)


def test_an_earlier_run_gives_a_table_its_rows(workspace: Workspace) -> None:
    workspace.define(DOCUMENT, name="first", existing={"cities": CITIES})
    workspace.experiment("first").generate()
    workspace.define(DOCUMENT, existing={"cities": "first@1"})
    check(workspace)


def test_existing_rows_travel_with_an_image(workspace: Workspace, tmp_path: Path) -> None:
    workspace.define(DOCUMENT, existing={"cities": CITIES})
    run = workspace.experiment("branches").generate()
    for thin in (True, False):
        workspace.experiment("branches").export(tmp_path / f"{thin}.tar", thin=thin)
        other = synth_jupyter.open(tmp_path / f"other-{thin}")
        assert other.import_image(tmp_path / f"{thin}.tar").content_digest == run.content_digest


BAD = {
    "a missing column": (CITIES.drop_columns(["people"]), "no such column"),
    "another type": (CITIES.set_column(1, "people", pa.array(["many", "few", "some"])), "is no bigint"),
    "a repeated key": (pa.concat_tables([CITIES, CITIES]), "repeat (code)"),
    "a text that is too long": (
        CITIES.set_column(0, "code", pa.array(["BER", "ROME", "OSL"])),
        "1 existing values are no",
    ),
    "a NULL in a key": (CITIES.set_column(0, "code", pa.array(["BER", None, "ROM"])), "NULL"),
}


@pytest.mark.parametrize("case", BAD)
def test_existing_rows_that_do_not_agree_are_refused(case: str, workspace: Workspace) -> None:
    data, fragment = BAD[case]
    with pytest.raises(SchemaError) as error:
        workspace.define(DOCUMENT, existing={"cities": data})
    assert any(fragment in str(problem) for problem in error.value.problems)
    assert workspace.list() == []


def test_existing_values_of_an_enum_are_its_labels(workspace: Workspace) -> None:
    document = "experiment: e\ntables:\n  t: {columns: {side: {type: \"enum('l','r')\", nullable: true}}}\n"
    workspace.define(document, existing={"t": pa.table({"side": ["l", None]})})
    with pytest.raises(SchemaError, match="1 existing values are no enum"):
        workspace.define(document, replace=True, existing={"t": pa.table({"side": ["l", "m"]})})


def test_no_more_rows_are_made_than_exist(workspace: Workspace) -> None:
    workspace.define(DOCUMENT, existing={"cities": CITIES})
    experiment = workspace.experiment("branches")
    assert experiment.generate(rows={"cities": 2}).rows["cities"] == 2
    with pytest.raises(PlanError, match="4 rows are asked for, and only 3 exist"):
        experiment.generate(rows={"cities": 4})


@pytest.mark.parametrize("source", ["nowhere.parquet", "nothing@1", "nothing"])
def test_a_source_that_is_not_there_is_named(source: str, workspace: Workspace) -> None:
    with pytest.raises(SynthError, match="there is no"):
        workspace.define(DOCUMENT, existing={"cities": source})


def test_a_definition_that_is_only_checked_or_refused_keeps_nothing(workspace: Workspace) -> None:
    workspace.define(DOCUMENT, existing={"cities": CITIES}, check=True)
    with pytest.raises(SchemaError):
        workspace.define(DOCUMENT, existing={"cities": CITIES, "shops": pa.table({"id": [1]})})
    assert not list(workspace.folders.pools.glob("*.arrow"))


def test_a_stream_that_can_be_read_once_is_enough(workspace: Workspace) -> None:
    workspace.define(DOCUMENT, existing={"cities": CITIES.to_reader()})
    check(workspace)
