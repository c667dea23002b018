"""One shared definition of MQL, SQL and SQO, kept true in HubSpot and Salesforce."""

import gc

__version__ = "0.1.0"


def collect_seldom() -> None:
    """Have Python look for garbage in circles seldom: a cycle makes hundreds of thousands of records and none.

    Looking for it took a quarter of a first run's time, and a sixth of the time in which the modules are imported.
    """
    gc.set_threshold(100_000, 20, 100)
