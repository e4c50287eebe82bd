"""The tables, one topic a module; importing this package makes `Base.metadata` complete."""

from crm_store.tables.accounts import Account, Meter
from crm_store.tables.api_keys import ApiKey
from crm_store.tables.base import Base, new_id
from crm_store.tables.billing import BatchReading, ReadingBatch
from crm_store.tables.captures import Capture
from crm_store.tables.case_lists import SavedFilter, SearchWord
from crm_store.tables.cases import Case, CasePause, Hold
from crm_store.tables.chats import CannedAnswer, ChatNote, Duty
from crm_store.tables.conversations import Conversation, EarlyReceipt, Message
from crm_store.tables.engine_memory import EngineMemory
from crm_store.tables.events import Event
from crm_store.tables.incidents import AreaWarning, Incident
from crm_store.tables.media import Media
from crm_store.tables.models import (
    EngineReplica,
    Model,
    ModelComparison,
    ModelFile,
    Publication,
    Shadow,
    ShadowReading,
    TrainingJob,
)
from crm_store.tables.notices import Delay, FollowUp, Notice
from crm_store.tables.people import Address, Citizen, CitizenAccount, CitizenMerge, CitizenNote
from crm_store.tables.proposals import Proposal
from crm_store.tables.readings import Reading
from crm_store.tables.region_changes import RegionChange
from crm_store.tables.reminders import ReadingReminder
from crm_store.tables.staff_notices import StaffNotice
from crm_store.tables.training import (
    ExampleChange,
    TrainingGroup,
    TrainingItem,
    TrainingLabel,
    TrainingMark,
)
from crm_store.tables.users import DeskSession, SignInFailure, User

__all__ = [
    "Account",
    "Address",
    "ApiKey",
    "AreaWarning",
    "Base",
    "BatchReading",
    "CannedAnswer",
    "Capture",
    "Case",
    "CasePause",
    "ChatNote",
    "Citizen",
    "CitizenAccount",
    "CitizenMerge",
    "CitizenNote",
    "Conversation",
    "Delay",
    "DeskSession",
    "Duty",
    "EarlyReceipt",
    "EngineMemory",
    "EngineReplica",
    "Event",
    "ExampleChange",
    "FollowUp",
    "Hold",
    "Incident",
    "Media",
    "Message",
    "Meter",
    "Model",
    "ModelComparison",
    "ModelFile",
    "Notice",
    "Proposal",
    "Publication",
    "Reading",
    "ReadingBatch",
    "ReadingReminder",
    "RegionChange",
    "SavedFilter",
    "SearchWord",
    "Shadow",
    "ShadowReading",
    "SignInFailure",
    "StaffNotice",
    "TrainingGroup",
    "TrainingItem",
    "TrainingJob",
    "TrainingLabel",
    "TrainingMark",
    "User",
    "new_id",
]
