"""Opportunities, who has a part in them, and their stages."""

from __future__ import annotations

from connectors.sandbox.salesforce.catalog.words import SOURCES

DEALS = f"""
# Opportunity 006 wt | Opportunity | Opportunities
@audit
AccountId | reference Account | cu
IsPrivate | boolean | rcud
Name | string 120 | rcui
Description | textarea 32000 | cun
StageName | picklist 255 | rcu | Prospecting; Qualification; Needs Analysis; Value Proposition; \
Id. Decision Makers; Perception Analysis; Proposal/Price Quote; Negotiation/Review; Closed Won; Closed Lost
Amount | currency 18.2 | cu
Probability | percent 3.0 | cud
ExpectedRevenue | currency 18.2 |
CloseDate | date | rcu
Type | picklist 255 | cu | Existing Customer - Upgrade; Existing Customer - Replacement; New Customer
NextStep | string 255 | cu
LeadSource | picklist 255 | cu | {SOURCES}
IsClosed | boolean | rd
IsWon | boolean | rd
ForecastCategory | picklist 40 | rp | Omitted; Pipeline; BestCase; MostLikely; Forecast; Closed
ForecastCategoryName | picklist 255 | cudp | Omitted; Pipeline; Best Case; Commit; Closed
CampaignId | reference Campaign | cu
OwnerId | reference User | rcud
LastActivityDate | date |
LastStageChangeDate | datetime |
ContactId | reference Contact | c
Loss_Reason__c | picklist 255 | cu | Price; Competitor; No Decision; Bad Timing; Missing Feature; Other
# OpportunityContactRole 00K w | Opportunity Contact Role | Opportunity Contact Role
@audit
OpportunityId | reference Opportunity | rc
ContactId | reference Contact | rcu
Role | picklist 40 | cu | Business User; Decision Maker; Economic Buyer; Evaluator; Executive Sponsor; Influencer; Other
IsPrimary | boolean | rcud
# OpportunityHistory 008 | Opportunity: Stage History | Opportunity: Stage History
@history
SystemModstamp | datetime | rd
OpportunityId | reference Opportunity | r
StageName | picklist 255 | r | Prospecting; Closed Won; Closed Lost
Amount | currency 18.2 |
ExpectedRevenue | currency 18.2 |
CloseDate | date |
Probability | percent 3.0 |
ForecastCategory | picklist 40 | rp | Omitted; Pipeline; BestCase; MostLikely; Forecast; Closed
"""

STAGES: tuple[tuple[str, int, str, str], ...] = (
    # name, probability, forecast category, its name
    ("Prospecting", 10, "Pipeline", "Pipeline"),
    ("Qualification", 10, "Pipeline", "Pipeline"),
    ("Needs Analysis", 20, "Pipeline", "Pipeline"),
    ("Value Proposition", 50, "Pipeline", "Pipeline"),
    ("Id. Decision Makers", 60, "Pipeline", "Pipeline"),
    ("Perception Analysis", 70, "BestCase", "Best Case"),
    ("Proposal/Price Quote", 75, "BestCase", "Best Case"),
    ("Negotiation/Review", 90, "Forecast", "Commit"),
    ("Closed Won", 100, "Closed", "Closed"),
    ("Closed Lost", 0, "Omitted", "Omitted"),
)
