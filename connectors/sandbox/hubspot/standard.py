"""The properties, options and pipelines that every portal starts with: data only.

A line is `type name flags | label`. Types: s text, a long text, n number, t datetime, d date, b yes/no, e one option,
m many options. Flags: r read-only value, h hidden, u unique, x options kept elsewhere, o a HubSpot owner.
Names follow the property lists of real portals (facts: hubspot B10, B11).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

COMMON = """
n hs_object_id r | Record ID
s hs_object_source r | Record source
s hs_object_source_label r | Record source label
s hs_object_source_id r | Record source ID
s hs_merged_object_ids r | Merged record IDs
n hs_updated_by_user_id r | Updated by user ID
n hs_created_by_user_id r | Created by user ID
e hubspot_owner_id o | Owner
t hubspot_owner_assigneddate r | Owner assigned date
s hubspot_team_id r | HubSpot team
"""

LIFECYCLE_STAGES = (
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "Marketing Qualified Lead"),
    ("salesqualifiedlead", "Sales Qualified Lead"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("evangelist", "Evangelist"),
    ("other", "Other"),
)


def _stage_dates(stages: Iterable[tuple[str, str]]) -> str:
    """When each stage was entered and left, and how long it lasted; the portal keeps them (facts: hubspot B10)."""
    return "t hs_v2_date_entered_current_stage r\n" + "".join(
        f"t hs_v2_date_entered_{stage} r | Date entered {label}\nt hs_v2_date_exited_{stage} r | Date exited {label}\n"
        f"n hs_v2_latest_time_in_{stage} r | Latest time in {label}\n"
        f"n hs_v2_cumulative_time_in_{stage} r | Cumulative time in {label}\n"
        for stage, label in stages
    )


def lifecycle_dates(stages: Sequence[tuple[str, str]]) -> str:
    """The dates of lifecycle stages, given as id and label, in the form of this page."""
    became = "".join(f"t hs_lifecyclestage_{stage}_date r | Became a {label} Date\n" for stage, label in stages)
    return became + _stage_dates(stages)


LIFECYCLE = "e lifecyclestage x | Lifecycle Stage\n" + lifecycle_dates(LIFECYCLE_STAGES)
DEAL_STAGES = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("presentationscheduled", "Presentation Scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
    ("contractsent", "Contract Sent", "0.9"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
)

PROPERTIES = {
    "contacts": """
s email u | Email
s hs_additional_emails r | Additional email addresses
s hs_email_domain r | Email Domain
s firstname | First Name
s lastname | Last Name
s salutation | Salutation
s jobtitle | Job Title
e seniority | Seniority
s job_function | Job function
s company | Company Name
s company_size | Company size
s numemployees | Number of Employees
s industry | Industry
s website | Website URL
s annualrevenue | Annual Revenue
s phone | Phone Number
s mobilephone | Mobile Phone Number
s address | Street Address
s city | City
s state | State/Region
s zip | Postal Code
s country | Country/Region
s hs_country_region_code r | Country/Region Code
s hs_language | Preferred language
a message | Message
s hs_persona | Persona
d date_of_birth | Date of birth
e hs_lead_status | Lead Status
e hs_pipeline r x | Pipeline
b hs_is_contact r | Is a contact
b hs_is_unworked r | Contact unworked
b hs_marketable_status r | Marketing contact status
n associatedcompanyid r | Primary Associated Company ID
n num_associated_deals r | Number of Associated Deals
n hs_open_deal_create_date r h | Open deal create date
s hs_all_contact_vids r | Merged vids
s hs_calculated_merged_vids r | Merged vids with timestamps
n hubspotscore r h | HubSpot Score
n hs_predictivecontactscore_v2 r | Likelihood to close
n num_conversion_events r | Number of Form Submissions
n num_unique_conversion_events r | Number of Unique Forms Submitted
s first_conversion_event_name r | First Conversion
t first_conversion_date r | First Conversion Date
s recent_conversion_event_name r | Recent Conversion
t recent_conversion_date r | Recent Conversion Date
s hs_email_last_email_name r | Last marketing email name
s hs_analytics_last_touch_converting_campaign r | Last Touch Converting Campaign
n hs_email_delivered r | Marketing emails delivered
n hs_email_open r | Marketing emails opened
n hs_email_click r | Marketing emails clicked
n hs_email_replied r | Marketing emails replied
n hs_email_bounce r | Marketing emails bounced
n hs_email_sends_since_last_engagement r | Sends Since Last Engagement
t hs_email_first_open_date r | First marketing email open date
t hs_email_first_click_date r | First marketing email click date
t hs_email_last_send_date r | Last marketing email send date
t hs_email_last_open_date r | Last marketing email open date
t hs_email_last_click_date r | Last marketing email click date
t hs_email_last_reply_date r | Last marketing email reply date
b hs_email_optout r | Unsubscribed from all email
s hs_email_hard_bounce_reason_enum r | Email hard bounce reason
n hs_analytics_num_visits r | Number of Sessions
n hs_analytics_num_page_views r | Number of Pageviews
n hs_analytics_average_page_views r | Average Pageviews
n hs_analytics_num_event_completions r | Number of event completions
t hs_analytics_first_timestamp r | Time First Seen
t hs_analytics_last_timestamp r | Time Last Seen
t hs_analytics_first_visit_timestamp r | Time of First Session
t hs_analytics_last_visit_timestamp r | Time of Last Session
s hs_analytics_first_url r | First Page Seen
s hs_analytics_last_url r | Last Page Seen
s hs_analytics_first_referrer r | First Referring Site
s hs_analytics_last_referrer r | Last Referring Site
e hs_analytics_source r | Original Traffic Source
s hs_analytics_source_data_1 r | Original Traffic Source Drill-Down 1
s hs_analytics_source_data_2 r | Original Traffic Source Drill-Down 2
e hs_latest_source r | Latest Traffic Source
s hs_latest_source_data_1 r | Latest Traffic Source Drill-Down 1
s hs_latest_source_data_2 r | Latest Traffic Source Drill-Down 2
t hs_latest_source_timestamp r | Latest Traffic Source Date
t hs_last_sales_activity_timestamp r | Last Engagement Date
t notes_last_contacted r | Last Contacted
t notes_last_updated r | Last Activity Date
t notes_next_activity_date r | Next Activity Date
n num_notes r | Number of Sales Activities
n num_contacted_notes r | Number of times contacted
t engagements_last_meeting_booked r | Date of last meeting booked
t hs_latest_meeting_activity r | Latest meeting activity
t hs_sales_email_last_opened r | Recent Sales Email Opened Date
t hs_sales_email_last_clicked r | Recent Sales Email Clicked Date
t hs_sales_email_last_replied r | Recent Sales Email Replied Date
t closedate | Close Date
""",
    "companies": """
s name | Company name
s domain | Company Domain Name
s website | Website URL
s phone | Phone Number
s address | Street Address
s city | City
s state | State/Region
s zip | Postal Code
s country | Country/Region
e industry | Industry
e type | Type
n numberofemployees | Number of Employees
n annualrevenue | Annual Revenue
a description | Description
e hs_lead_status | Lead Status
e hs_analytics_latest_source r | Latest Traffic Source
n num_associated_contacts r | Number of Associated Contacts
n num_associated_deals r | Number of Associated Deals
s hs_parent_company_id | Parent Company
""",
    "deals": """
s dealname | Deal Name
n amount | Amount
t closedate | Close Date
e pipeline x | Pipeline
e dealstage x | Deal Stage
e dealtype | Deal Type
a description | Deal Description
b hs_is_closed r | Is Deal Closed?
b hs_is_closed_won r | Is Closed Won
n hs_deal_stage_probability r | Deal probability
s closed_lost_reason | Closed Lost Reason
s deal_currency_code | Currency
n num_associated_contacts r | Number of Associated Contacts
b hs_is_closed_lost r | Is Closed Lost
t notes_last_contacted r | Last Contacted
t notes_last_updated r | Last Activity Date
"""
    + _stage_dates((stage, label) for stage, label, _ in DEAL_STAGES),
    "calls": """
t hs_timestamp | Activity date
s hs_call_title | Call Title
a hs_call_body | Call notes
e hs_call_direction | Call direction
e hs_call_disposition | Call outcome
e hs_call_status | Call status
n hs_call_duration | Call duration
s hs_call_from_number | Call from number
s hs_call_to_number | Call to number
s hs_call_recording_url | Recording URL
e hs_activity_type x | Call and meeting type
""",
    "meetings": """
t hs_timestamp | Activity date
s hs_meeting_title | Meeting name
a hs_meeting_body | Meeting description
e hs_meeting_outcome | Meeting outcome
t hs_meeting_start_time | Meeting start time
t hs_meeting_end_time | Meeting end time
a hs_internal_meeting_notes | Internal meeting notes
s hs_meeting_location | Meeting location
s hs_meeting_external_url | External URL
s hs_meeting_source r | Meeting source
e hs_activity_type x | Call and meeting type
""",
    "emails": """
t hs_timestamp | Activity date
s hs_email_subject | Email subject
a hs_email_text | Text body
e hs_email_direction | Email Direction
e hs_email_status | Email send status
a hs_email_html | HTML body
s hs_email_headers | Email headers
s hs_email_thread_id r | Email thread ID
n hs_email_open_count r | Number of email opens
n hs_email_click_count r | Number of email clicks
s hs_email_from_email r | Email From Address
s hs_email_to_email r | Email To Address
""",
    "notes": "t hs_timestamp | Activity date\na hs_note_body | Note body\n",
    "tasks": """
t hs_timestamp | Due date
s hs_task_subject | Task Title
a hs_task_body | Task Notes
e hs_task_status | Task Status
e hs_task_priority | Priority
e hs_task_type | Task Type
t hs_task_completion_date r | Completed at
b hs_task_is_completed r | Is Task Completed
""",
    "leads": """
s hs_lead_name | Lead name
e hs_lead_type | Lead type
e hs_lead_label | Lead label
e hs_pipeline x | Pipeline
e hs_pipeline_stage x | Pipeline stage
n hs_primary_contact_id r | Primary contact
""",
}

_SOURCES = (
    "ORGANIC_SEARCH=Organic Search;PAID_SEARCH=Paid Search;EMAIL_MARKETING=Email Marketing;SOCIAL_MEDIA=Organic Social;"
    "REFERRALS=Referrals;OTHER_CAMPAIGNS=Other Campaigns;DIRECT_TRAFFIC=Direct Traffic;OFFLINE=Offline Sources;"
    "PAID_SOCIAL=Paid Social;AI_REFERRALS=AI Referrals"
)
_LEAD_STATUS = (
    "NEW=New;OPEN=Open;IN_PROGRESS=In Progress;OPEN_DEAL=Open Deal;UNQUALIFIED=Unqualified;"
    "ATTEMPTED_TO_CONTACT=Attempted to Contact;CONNECTED=Connected;BAD_TIMING=Bad Timing"
)

OPTIONS = {
    "lifecyclestage": ";".join(f"{value}={label}" for value, label in LIFECYCLE_STAGES),
    "hs_lead_status": _LEAD_STATUS,
    "hs_analytics_source": _SOURCES,
    "hs_latest_source": _SOURCES,
    "hs_analytics_latest_source": _SOURCES,
    "hs_pipeline": "",
    "seniority": "entry=Entry;senior=Senior;manager=Manager;director=Director;vp=VP;executive=Executive;owner=Owner",
    "industry": (
        "COMPUTER_SOFTWARE=Computer Software;INFORMATION_TECHNOLOGY_AND_SERVICES=Information Technology and Services;"
        "MARKETING_AND_ADVERTISING=Marketing and Advertising;MANAGEMENT_CONSULTING=Management Consulting;"
        "FINANCIAL_SERVICES=Financial Services;MACHINERY=Machinery;RETAIL=Retail;"
        "HOSPITAL_HEALTH_CARE=Hospital & Health Care;HIGHER_EDUCATION=Higher Education;"
        "LOGISTICS_AND_SUPPLY_CHAIN=Logistics and Supply Chain;STAFFING_AND_RECRUITING=Staffing and Recruiting"
    ),
    "type": "PROSPECT=Prospect;PARTNER=Partner;RESELLER=Reseller;VENDOR=Vendor;OTHER=Other",
    "dealtype": "newbusiness=New Business;existingbusiness=Existing Business",
    "hs_call_direction": "INBOUND=Inbound;OUTBOUND=Outbound",
    # HubSpot keeps call outcomes as GUIDs; only the options give their names (facts: hubspot G).
    "hs_call_disposition": (
        "9d9162e7-6cf3-4944-bf63-4dff82258764=Busy;f240bbac-87c9-4f6e-bf70-924b57d47db7=Connected;"
        "a4c4c377-d246-4b32-a13b-75a56a4cd0ff=Left live message;b2cf5968-551e-4856-9783-52b3da59a7d0=Left voicemail;"
        "73a0d17f-1163-4015-bdd5-ec830791da20=No answer;17b47fee-58de-441e-a44c-c6300d46f273=Wrong number"
    ),
    "hs_call_status": (
        "BUSY=Busy;CALLING_CRM_USER=Calling CRM User;CANCELED=Canceled;COMPLETED=Completed;CONNECTING=Connecting;"
        "FAILED=Failed;IN_PROGRESS=In Progress;NO_ANSWER=No answer;QUEUED=Queued;RINGING=Ringing"
    ),
    "hs_meeting_outcome": (
        "SCHEDULED=Scheduled;COMPLETED=Completed;RESCHEDULED=Rescheduled;NO_SHOW=No show;CANCELED=Canceled"
    ),
    "hs_email_direction": "EMAIL=Email;INCOMING_EMAIL=Incoming email;FORWARDED_EMAIL=Forwarded email",
    "hs_email_status": "BOUNCED=Bounced;FAILED=Failed;SCHEDULED=Scheduled;SENDING=Sending;SENT=Sent",
    "hs_task_status": (
        "NOT_STARTED=Not started;IN_PROGRESS=In Progress;WAITING=Waiting;COMPLETED=Completed;DEFERRED=Deferred"
    ),
    "hs_task_priority": "NONE=None;LOW=Low;MEDIUM=Medium;HIGH=High",
    "hs_task_type": "EMAIL=Email;CALL=Call;TODO=To-do",
    "hs_lead_type": "NEW_BUSINESS=New business;RE_ATTEMPTING=Re-attempting;UPSELL=Upsell",
    "hs_lead_label": "WARM=Warm;HOT=Hot;COLD=Cold",
    "pipeline": "default=Sales Pipeline",
    "dealstage": ";".join(f"{value}={label}" for value, label, _ in DEAL_STAGES),
}

# Pipelines by kind of record: id, label, stages as (id, label, probability or None).
PIPELINES: dict[str, tuple[str, str, tuple[tuple[str, str, str | None], ...]]] = {
    "contacts": (
        "contacts-lifecycle-pipeline",
        "Lifecycle Stage Pipeline",
        tuple((value, label, None) for value, label in LIFECYCLE_STAGES),
    ),
    "deals": (
        "default",
        "Sales Pipeline",
        DEAL_STAGES,
    ),
    "leads": (
        "lead-pipeline-id",
        "Lead Pipeline",
        (
            ("new-stage-id", "New", None),
            ("attempting-stage-id", "Attempting", None),
            ("connected-stage-id", "Connected", None),
            ("qualified-stage-id", "Qualified", None),
            ("unqualified-stage-id", "Disqualified", None),
        ),
    ),
}
