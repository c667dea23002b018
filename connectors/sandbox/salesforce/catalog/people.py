"""Leads, contacts and accounts."""

from __future__ import annotations

from connectors.sandbox.salesforce.catalog.words import INDUSTRIES, SOURCES

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

PEOPLE = f"""
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
LeadSource | picklist 255 | cu | {SOURCES}
Status | picklist 255 | rcud | Open - Not Contacted*; Working - Contacted; Recycle; Disqualified; \
Closed - Converted; Closed - Not Converted
Industry | picklist 255 | cu | {INDUSTRIES}
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
LeadSource | picklist 255 | cu | {SOURCES}
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
Industry | picklist 40 | cu | {INDUSTRIES}
AnnualRevenue | currency 18.0 | cu
NumberOfEmployees | int | cu
Ownership | picklist 40 | cu | Public; Private; Subsidiary; Other
Description | textarea 32000 | cun
Rating | picklist 40 | cu | Hot; Warm; Cold
Site | string 80 | cu
OwnerId | reference User | rcud
LastActivityDate | date |
AccountSource | picklist 40 | cu | {SOURCES}
HubSpot_Id__c | string 64 | cuxqi
"""
