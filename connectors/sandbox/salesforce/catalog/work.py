"""What people do with people: tasks, events, e-mails, campaigns. EmailMessageRelation's prefix is ours."""

from __future__ import annotations

WORK = """
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
Syncd_Rank__c | double 3.0 | cu
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
Syncd_Rank__c | double 3.0 | cu
# EmailMessage 02s wt | Email Message | Email Messages
@audit
ActivityId | reference Task | c
RelatedToId | reference Account Campaign Opportunity | cu
ReplyToEmailMessageId | reference EmailMessage | c
ThreadIdentifier | string 255 | cu
Subject | string 3000 | cu
TextBody | textarea 131072 | cun
FromName | string 1000 | cu
FromAddress | email 1000 | cu
ToAddress | string 4000 | cun
CcAddress | string 4000 | cun
Incoming | boolean | rcud
HasAttachment | boolean | rd
Status | picklist 40 | rcudp | 0; 1; 2; 3*; 4; 5
MessageDate | datetime | cu
IsOpened | boolean | rd
FirstOpenedDate | datetime |
LastOpenedDate | datetime |
IsBounced | boolean | rd
# EmailMessageRelation 0EM w | Email Message Relation | Email Message Relations
@audit
EmailMessageId | reference EmailMessage | rc
RelationId | reference Contact Lead User | c
RelationType | picklist 255 | rcp | ToAddress; CcAddress; BccAddress; FromAddress; OtherAddress
RelationAddress | string 1000 | c
RelationObjectType | picklist 40 | p | Contact; Lead; User
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
Status | picklist 40 | cud | Sent*; Responded
HasResponded | boolean | rd
FirstRespondedDate | date |
# CampaignMemberStatus 01Y w | Campaign Member Status | Campaign Member Status
@audit
CampaignId | reference Campaign | rc
Label | string 80 | rcu
SortOrder | int | cu
IsDefault | boolean | rcud
HasResponded | boolean | rcud
"""
