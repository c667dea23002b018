"""The objects of a fresh org with the fields that syncd's setup adds, one line a field (facts: salesforce B6).

`Name | type [length[.scale]] or referred objects | flags | options` with the flags r required (never null),
c createable, u updateable, d defaulted on create, x external id, q unique, s case sensitive, i idLookup,
p restricted picklist, n not filterable. The default option of a picklist ends with `*`. `@audit`, `@stamps` and
`@history` stand for the system fields; only records with a recycle bin have IsDeleted.
An object's own line is `# Name prefix flags | label | plural`, with the flags
w writable, m mergeable, t in the recycle bin when deleted.
"""

from __future__ import annotations

STAMPS = """
Id | id 18 | rdi
CreatedDate | datetime | rd
CreatedById | reference User | rd
LastModifiedDate | datetime | rd
LastModifiedById | reference User | rd
SystemModstamp | datetime | rd
"""

MACROS = {
    "@stamps": STAMPS,
    "@audit": STAMPS + "IsDeleted | boolean | rd\n",
    "@history": """
Id | id 18 | rdi
IsDeleted | boolean | rd
CreatedDate | datetime | rd
CreatedById | reference User | rd
""",
}

_SOURCES = "Web; Phone Inquiry; Partner Referral; Purchased List; Other"
_INDUSTRIES = (
    "Agriculture; Banking; Biotechnology; Communications; Construction; Consulting; Education; Electronics; Energy; "
    "Engineering; Finance; Healthcare; Insurance; Manufacturing; Media; Not For Profit; Retail; Technology; "
    "Telecommunications; Transportation; Utilities; Other"
)

_CHANGE = """Field | string 255 | r
OldValue | string 255 | n
NewValue | string 255 | n
"""

LIFECYCLE = """
Lifecycle_Stage__c | picklist 255 | cup | Subscriber; Lead; MQL; SQL; SQO; Customer; Recycled; Disqualified
Lifecycle_Cycle__c | double 4.0 | cu
MQL_At__c | datetime | cu
SQL_At__c | datetime | cu
SQO_At__c | datetime | cu
Customer_At__c | datetime | cu
Recycled_At__c | datetime | cu
Disqualified_At__c | datetime | cu
Reject_Reason__c | picklist 255 | cu | No Budget; No Authority; No Need; Competitor; Student; Out Of Region; Bad Data
Recycle_Reason__c | picklist 255 | cu | Bad Timing; No Budget Yet; No Answer; Not Ready; Other
Recycle_Until__c | date | cu
Syncd_Why__c | textarea 32768 | cun
Syncd_Definition__c | string 64 | cu
Syncd_Run__c | string 64 | cu
Budget__c | currency 18.2 | cu
Authority__c | picklist 255 | cu | Decision Maker; Influencer; User; Unknown
Need__c | textarea 255 | cu
Timeline__c | picklist 255 | cu | This Month; This Quarter; This Year; Later
"""

OBJECTS = f"""
# Lead 00Q wmt | Lead | Leads
@audit
MasterRecordId | reference Lead |
LastName | string 80 | rcu
FirstName | string 40 | cu
Salutation | picklist 40 | cu | Mr.; Ms.; Mrs.; Dr.; Prof.; Mx.
Name | string 121 | r
Title | string 128 | cu
Company | string 255 | rcu
Street | textarea 255 | cu
City | string 40 | cu
State | string 80 | cu
PostalCode | string 20 | cu
Country | string 80 | cu
Phone | phone 40 | cu
MobilePhone | phone 40 | cu
Fax | phone 40 | cu
Email | email 80 | cui
Website | url 255 | cu
Description | textarea 32000 | cun
LeadSource | picklist 255 | cu | {_SOURCES}
Status | picklist 255 | rcud | Open - Not Contacted*; Working - Contacted; Recycle; Disqualified; \
Closed - Converted; Closed - Not Converted
Industry | picklist 255 | cu | {_INDUSTRIES}
Rating | picklist 255 | cu | Hot; Warm; Cold
AnnualRevenue | currency 18.0 | cu
NumberOfEmployees | int | cu
OwnerId | reference Group User | rcud
IsConverted | boolean | rcd
ConvertedDate | date |
ConvertedAccountId | reference Account |
ConvertedContactId | reference Contact |
ConvertedOpportunityId | reference Opportunity |
IsUnreadByOwner | boolean | rcud
LastActivityDate | date |
EmailBouncedReason | string 255 | u
EmailBouncedDate | datetime | u
HubSpot_Id__c | string 64 | cuxqi
{LIFECYCLE}
# Contact 003 wmt | Contact | Contacts
@audit
MasterRecordId | reference Contact |
AccountId | reference Account | cu
LastName | string 80 | rcu
FirstName | string 40 | cu
Salutation | picklist 40 | cu | Mr.; Ms.; Mrs.; Dr.; Prof.
Name | string 121 | r
MailingStreet | textarea 255 | cu
MailingCity | string 40 | cu
MailingState | string 80 | cu
MailingPostalCode | string 20 | cu
MailingCountry | string 80 | cu
Phone | phone 40 | cu
Fax | phone 40 | cu
MobilePhone | phone 40 | cu
HomePhone | phone 40 | cu
OtherPhone | phone 40 | cu
ReportsToId | reference Contact | cu
Email | email 80 | cui
Title | string 128 | cu
Department | string 80 | cu
LeadSource | picklist 255 | cu | {_SOURCES}
Birthdate | date | cu
Description | textarea 32000 | cun
OwnerId | reference User | rcud
LastActivityDate | date |
EmailBouncedReason | string 255 | cu
EmailBouncedDate | datetime | cu
IsEmailBounced | boolean | rd
HubSpot_Id__c | string 64 | cuxqi
{LIFECYCLE}
# Account 001 wmt | Account | Accounts
@audit
MasterRecordId | reference Account |
Name | string 255 | rcu
Type | picklist 40 | cu | Prospect; Customer - Direct; Customer - Channel; Technology Partner; Other
ParentId | reference Account | cu
BillingStreet | textarea 255 | cu
BillingCity | string 40 | cu
BillingState | string 80 | cu
BillingPostalCode | string 20 | cu
BillingCountry | string 80 | cu
Phone | phone 40 | cu
Fax | phone 40 | cu
AccountNumber | string 40 | cu
Website | url 255 | cu
Industry | picklist 40 | cu | {_INDUSTRIES}
AnnualRevenue | currency 18.0 | cu
NumberOfEmployees | int | cu
Ownership | picklist 40 | cu | Public; Private; Subsidiary; Other
Description | textarea 32000 | cun
Rating | picklist 40 | cu | Hot; Warm; Cold
Site | string 80 | cu
OwnerId | reference User | rcud
LastActivityDate | date |
AccountSource | picklist 40 | cu | {_SOURCES}
HubSpot_Id__c | string 64 | cuxqi
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
LeadSource | picklist 255 | cu | {_SOURCES}
IsClosed | boolean | rd
IsWon | boolean | rd
ForecastCategory | picklist 40 | rp | Omitted; Pipeline; BestCase; MostLikely; Forecast; Closed
ForecastCategoryName | picklist 255 | cudp | Omitted; Pipeline; Best Case; Commit; Closed
CampaignId | reference Campaign | cu
OwnerId | reference User | rcud
LastActivityDate | date |
LastStageChangeDate | datetime |
ContactId | reference Contact | c
# OpportunityContactRole 00K w | Opportunity Contact Role | Opportunity Contact Role
@audit
OpportunityId | reference Opportunity | rc
ContactId | reference Contact | rcu
Role | picklist 40 | cu | Business User; Decision Maker; Economic Buyer; Evaluator; Executive Sponsor; Influencer; Other
IsPrimary | boolean | rcud
# Task 00T wt | Task | Tasks
@audit
WhoId | reference Contact Lead | cu
WhatId | reference Account Campaign Opportunity | cu
Subject | combobox 255 | cu | Call; Email; Send Letter; Send Quote; Other
ActivityDate | date | cu
Status | picklist 255 | rcud | Not Started*; In Progress; Completed; Waiting on someone else; Deferred
Priority | picklist 255 | rcud | High; Normal*; Low
IsHighPriority | boolean | rd
OwnerId | reference User | rcud
Description | textarea 32000 | cun
AccountId | reference Account |
IsClosed | boolean | rd
IsArchived | boolean | rd
CallDurationInSeconds | int | cu
CallType | picklist 40 | cup | Internal; Inbound; Outbound
CallDisposition | string 255 | cu
ReminderDateTime | datetime | cu
IsReminderSet | boolean | rcud
TaskSubtype | picklist 40 | cp | Task; Email; ListEmail; Cadence; Call; LinkedIn
CompletedDateTime | datetime |
Syncd_Key__c | string 64 | cuxqsi
# Event 00U wt | Event | Events
@audit
WhoId | reference Contact Lead | cu
WhatId | reference Account Campaign Opportunity | cu
Subject | combobox 255 | cu | Call; Email; Meeting; Send Letter/Quote; Other
Location | string 255 | cu
IsAllDayEvent | boolean | rcud
ActivityDateTime | datetime | cu
ActivityDate | date | cu
DurationInMinutes | int | cu
StartDateTime | datetime | cu
EndDateTime | datetime | cu
Description | textarea 32000 | cun
AccountId | reference Account |
OwnerId | reference User | rcud
IsPrivate | boolean | rcud
ShowAs | picklist 40 | cudp | Busy*; OutOfOffice; Free
IsArchived | boolean | rd
EventSubtype | picklist 40 | cp | Event
Syncd_Key__c | string 64 | cuxqsi
# Campaign 701 wt | Campaign | Campaigns
@audit
Name | string 80 | rcu
Type | picklist 40 | cu | Webinar; Conference; Trade Show; Email; Advertisement; Content; Other
Status | picklist 40 | cu | Planned*; In Progress; Completed; Aborted
StartDate | date | cu
EndDate | date | cu
IsActive | boolean | rcud
OwnerId | reference User | rcud
# CampaignMember 00v w | Campaign Member | Campaign Members
@audit
CampaignId | reference Campaign | rc
LeadId | reference Lead | c
ContactId | reference Contact | c
Status | picklist 40 | cu | Sent*; Responded
HasResponded | boolean | rd
FirstRespondedDate | date |
# EmailMessage 02s wt | Email Message | Email Messages
@audit
ActivityId | reference Task | c
RelatedToId | reference Account Campaign Opportunity | cu
Subject | string 3000 | cu
TextBody | textarea 131072 | cun
FromAddress | email 1000 | cu
ToAddress | string 4000 | cun
Incoming | boolean | rcud
Status | picklist 40 | rcudp | 0; 1; 2; 3*; 4; 5
MessageDate | datetime | cu
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
# Organization 00D | Organization | Organizations
@stamps
Name | string 80 | r
TimeZoneSidKey | picklist 40 | rp | Europe/Berlin*; Europe/London; America/New_York; America/Los_Angeles; UTC
OrganizationType | picklist 40 | p | Developer Edition; Enterprise Edition*; Unlimited Edition
IsSandbox | boolean | rd
InstanceName | string 5 |
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
# LeadHistory 017 | Lead History | Lead History
@history
LeadId | reference Lead | r
{_CHANGE}# ContactHistory 017 | Contact History | Contact History
@history
ContactId | reference Contact | r
{_CHANGE}# AccountHistory 017 | Account History | Account History
@history
AccountId | reference Account | r
{_CHANGE}# OpportunityFieldHistory 017 | Opportunity Field History | Opportunity Field History
@history
OpportunityId | reference Opportunity | r
{_CHANGE}"""

LABELS = {
    "Task.WhoId": "Name ID",
    "Event.WhoId": "Name ID",
    "Task.WhatId": "Related To ID",
    "Event.WhatId": "Related To ID",
    "Task.OwnerId": "Assigned To ID",
    "Event.OwnerId": "Assigned To ID",
    "Task.ActivityDate": "Due Date Only",
    "Contact.Phone": "Business Phone",
    "Opportunity.StageName": "Stage",
}

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
