"""The small run of the warehouse tests."""

import importlib.util
import sys
from pathlib import Path

_NAME = "synth_warehouse_fixtures"
_spec = importlib.util.spec_from_file_location(_NAME, Path(__file__).parent.parent / "warehouses" / "conftest.py")
assert _spec is not None
assert _spec.loader is not None
_fixtures = sys.modules[_NAME] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_fixtures)

make_run = _fixtures.make_run
shop = _fixtures.shop
shop_rows = _fixtures.shop_rows
