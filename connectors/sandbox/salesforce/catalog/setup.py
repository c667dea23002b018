"""Users, queues, the org itself, the values of statuses and stages, and field histories."""

from __future__ import annotations

SETUP = """
# User 005 | User | Users
@stamps
Username | string 80 | r
LastName | string 80 | r
FirstName | string 40 |
Name | string 121 | r
Email | email 128 | ri
Title | string 80 |
Department | string 80 |
Alias | string 8 | r
IsActive | boolean | r
UserType | picklist 40 | rp | Standard*; AutomatedProcess; CloudIntegrationUser; CsnOnly
TimeZoneSidKey | picklist 40 | rp | Europe/Berlin*; Europe/London; America/New_York; America/Los_Angeles; UTC
ManagerId | reference User |
# Group 00G | Group | Group
@stamps
Name | string 40 | r
DeveloperName | string 80 |
Type | picklist 40 | rp | Regular; Role; RoleAndSubordinates; Organization; Queue*
Email | email 255 |
# QueueSobject 03g | Queue Sobject | Queue Sobject
@stamps
QueueId | reference Group | r
SobjectType | picklist 40 | r | Lead; Task; Event
# GroupMember 011 | Group Member | Group Member
@stamps
GroupId | reference Group | r
UserOrGroupId | reference Group User | r
# Organization 00D | Organization | Organizations
@stamps
Name | string 80 | r
TimeZoneSidKey | picklist 40 | rp | Europe/Berlin*; Europe/London; America/New_York; America/Los_Angeles; UTC
OrganizationType | picklist 40 | p | Developer Edition; Enterprise Edition*; Unlimited Edition
IsSandbox | boolean | rd
InstanceName | string 5 |
NamespacePrefix | string 15 |
TrialExpirationDate | datetime |
LanguageLocaleKey | picklist 40 | rp | en_US*; de
DefaultLocaleSidKey | picklist 40 | rp | en_US*; de_DE
# OpportunityStage 01J | Opportunity Stage | Opportunity Stage
@stamps
MasterLabel | string 255 |
ApiName | string 255 | r
IsActive | boolean | rd
SortOrder | int |
IsClosed | boolean | rd
IsWon | boolean | rd
ForecastCategory | picklist 40 | rp | Omitted; Pipeline; BestCase; MostLikely; Forecast; Closed
ForecastCategoryName | picklist 255 | p | Omitted; Pipeline; Best Case; Commit; Closed
DefaultProbability | percent 3.0 |
# LeadStatus 01P | Lead Status Value | Lead Status Value
@stamps
MasterLabel | string 255 |
ApiName | string 255 | r
SortOrder | int |
IsDefault | boolean | rd
IsConverted | boolean | rd
# TaskStatus 01k | Task Status Value | Task Status Value
@stamps
MasterLabel | string 255 |
ApiName | string 255 | r
SortOrder | int |
IsDefault | boolean | rd
IsClosed | boolean | rd
# LeadHistory 017 | Lead History | Lead History
@history
LeadId | reference Lead | r
@change
# ContactHistory 017 | Contact History | Contact History
@history
ContactId | reference Contact | r
@change
# AccountHistory 017 | Account History | Account History
@history
AccountId | reference Account | r
@change
# OpportunityFieldHistory 017 | Opportunity Field History | Opportunity Field History
@history
OpportunityId | reference Opportunity | r
@change
"""
