"""The reactive store: one truth, pushed. Sources write rows, panes and actions read views, joins and findings."""

from tui.model.derived import NOTHING, Computed, Derived, DerivedContext, own_key
from tui.store.changes import KindChanges, Subscription, ViewChange
from tui.store.faults import Fault, Faults
from tui.store.freshness import Freshness, FreshnessTable, FreshState
from tui.store.history import History
from tui.store.index import Index
from tui.store.interest import Interest, InterestNews, InterestTable, Urgency
from tui.store.ordering import LAST
from tui.store.relist import Relist
from tui.store.settle import Step
from tui.store.stamp import LOWEST, Stamp
from tui.store.store import FLUSH_INTERVAL, Store
from tui.store.view import View

__all__ = [
    "FLUSH_INTERVAL",
    "LAST",
    "LOWEST",
    "NOTHING",
    "Computed",
    "Derived",
    "DerivedContext",
    "Fault",
    "Faults",
    "FreshState",
    "Freshness",
    "FreshnessTable",
    "History",
    "Index",
    "Interest",
    "InterestNews",
    "InterestTable",
    "KindChanges",
    "Relist",
    "Stamp",
    "Step",
    "Store",
    "Subscription",
    "Urgency",
    "View",
    "ViewChange",
    "own_key",
]
