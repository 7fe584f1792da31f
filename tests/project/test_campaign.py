"""The campaign that ships with the project: nothing to mend in it, and nothing said twice."""

import datetime as dt
from collections import Counter
from pathlib import Path

from campaign_bot import planner
from campaign_bot.app.loading import snapshot
from campaign_bot.model import Campaign, History, Plan
from campaign_bot.settings import Settings

ROOT = Path(__file__).parents[2]


def campaign() -> Campaign:
    loaded = snapshot(ROOT, Settings()).campaign
    assert loaded is not None
    return loaded


def whole_plan(shipped: Campaign) -> Plan:
    assert shipped.starts is not None
    assert shipped.ends is not None
    first = dt.datetime.combine(shipped.starts, dt.time(), shipped.zone)
    after = dt.datetime.combine(shipped.ends + dt.timedelta(days=1), dt.time(), shipped.zone)
    return planner.plan(shipped, History(), first, after)


def test_has_no_problem_not_even_a_warning() -> None:
    assert snapshot(ROOT, Settings()).problems == ()


def test_says_nothing_twice_on_one_account_from_its_first_day_to_its_last() -> None:
    plan = whole_plan(campaign())
    times = Counter((delivery.account, delivery.rendered.fingerprint) for delivery in plan.deliveries)
    assert not plan.problems
    assert {text for text, count in times.items() if count > 1} == set()


def test_shows_all_seven_demands_in_the_first_month_on_every_account() -> None:
    shipped = campaign()
    month = dt.timedelta(days=30)
    deliveries = whole_plan(shipped).deliveries
    shown = {(d.account, d.demand) for d in deliveries if d.demand and d.at - deliveries[0].at < month}
    demands = {post.demand for post in shipped.queues["demands"].posts}
    assert len(demands) == 7
    assert shown == {(account, demand) for account in shipped.accounts for demand in demands}


def test_every_post_carries_its_languages_hashtag() -> None:
    shipped = campaign()
    for delivery in whole_plan(shipped).deliveries:
        for tag in shipped.hashtags[delivery.language].always:
            assert f"#{tag}" in delivery.rendered.parts[0], delivery.key
