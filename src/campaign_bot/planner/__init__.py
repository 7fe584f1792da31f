"""What goes out when: a pure function of the campaign, the history and two instants.

No clock, disk, network or randomness: the same arguments give the same plan.
"""

from campaign_bot.planner.check import check
from campaign_bot.planner.plan import overdue, plan

__all__ = ["check", "overdue", "plan"]
