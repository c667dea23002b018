"""Properties as HubSpot describes them."""

from __future__ import annotations

from connectors.hubspot.describe import schema_of
from connectors.hubspot.kinds import kind_of


def test_options_stand_in_the_order_in_which_people_see_them():
    places = {"customer": 2, "lead": 0, "forgotten": -1, "marketingqualifiedlead": 1}
    options = [{"value": value, "label": value, "displayOrder": place} for value, place in places.items()]
    given = {"name": "lifecyclestage", "type": "enumeration", "fieldType": "radio", "options": options}
    found = schema_of(kind_of("contact"), [given]).fields["lifecyclestage"]
    assert [one.value for one in found.options] == ["lead", "marketingqualifiedlead", "customer", "forgotten"]
