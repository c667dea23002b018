"""A lifelike pair of CRMs: some 600 people with months of engagement, and what sales made of them.

`life.py` says what a life is made of, `world.py` holds names and words, `stories.py` the people worth looking at,
`oddities.py` the messy ones, `crowd.py` everybody else; `marketing.py` with its `desk.py` and `sales.py` carry lives
into the emulated HubSpot and Salesforce, by what people can do there.
"""

from connectors.sandbox.demo.build import build_demo
from connectors.sandbox.demo.stories import STORIES, Story

__all__ = ["STORIES", "Story", "build_demo"]
