"""In the place of a library that takes longer to import than a Jupyter Server takes to start; nothing here needs it."""

raise ImportError("not in the servers of the tests, which check no IRIs")
