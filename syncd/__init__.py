"""One shared definition of MQL, SQL and SQO, kept true in HubSpot and Salesforce."""

import gc

__version__ = "0.1.0"


SELDOM = 100_000
"""Objects that are made before garbage is looked for: a cycle makes hundreds of thousands of records and none."""
WHILE_IMPORTING = 500_000
"""The same while modules are imported: all together they make 140,000, which stay."""


def collect_seldom(made: int = SELDOM) -> None:
    """Have Python look for garbage in circles only when so many objects were made. Looking for it took a quarter of a
    first run's time, and a fifteenth of its start with `SELDOM`.
    """
    gc.set_threshold(made, 20, 100)
