"""The words of a health check: what it says of each thing that it looked at."""

from __future__ import annotations

from campaign_bot.i18n import N_

CHECKS = {
    "worker": N_("A worker is at work."),
    "worker-waits": N_("This worker waits for another one, which is at work ({holder})."),
    "run": N_("A worker with --once ran {ago} ago, to its end."),
    "run-awaited": N_("The last worker with --once ran {ago} ago; the next was expected after {every}."),
    "runs-ended": N_("The last worker with --once ran {ago} ago, and none after it. See that cron calls it."),
    "no-worker": N_("No worker is running here. Start one: campaign-bot worker --live"),
    "no-dry-worker": N_("No worker is running here. Start one: campaign-bot worker"),
    "worker-unreadable": N_("The worker's sign of life cannot be read ({detail})."),
    "worker-stopped": N_("The worker was stopped {ago} ago. Start it again."),
    "worker-dead": N_("The worker ended without a word; its last sign of life is {ago} old. Start it again."),
    "worker-stuck": N_("The worker is stuck: its last sign of life is {ago} old. Restart it."),
    "worker-silent": N_(
        "The worker on {host} is stuck or gone: its last sign of life is {ago} old. Restart it."
    ),
    "worker-trouble": N_("The worker cannot work: {detail}"),
    "holder-stuck": N_(
        "This worker waits for another one ({holder}), which did nothing for {ago}. Restart that one."
    ),
    "calls": N_("No call to a platform hangs."),
    "call-hangs": N_("A call of {account} has been under way for {ago}. Restart the worker."),
    "clock": N_("The clock agrees with the platforms'."),
    "clock-off": N_("{detail}. Nothing goes out until it is right."),
    "ledger": N_("The ledger can be read."),
    "ledger-trouble": "{detail}",
    "no-ledger": N_("There is no ledger yet: nothing was ever published from here."),
    "disk": N_("There is room on the disk."),
    "disk-full": N_("The disk is nearly full: {free} MB are left. Make room."),
    "exposed": N_("Other users of this machine can read {file}. Make it yours alone: chmod go= {file}"),
    "config": N_("The files in config/ can be read."),
    "config-broken": N_("The files in config/ have errors, so nothing goes out: see campaign-bot check."),
    "files-broken": N_("Files with errors, whose posts are held: {count}. See campaign-bot check."),
    "moving": N_("Nothing that could go out is left waiting."),
    "not-moving": N_("Due and not going out on {account}: {count}, for {ago} now ({detail})."),
    "accounts": N_("All accounts can be used."),
    "account-stopped": N_("The account {account} is stopped: {detail}"),
    "account-waits": N_("The account {account} waits until {until}, as its platform asked."),
    "budget": N_("Waiting because the budget of {account} is used up: {count} ({detail})."),
    "paused": N_("Paused by {who}: {what}"),
    "unconfirmed": N_("Unconfirmed for more than half an hour: {count}. See campaign-bot reconcile."),
    "ended-badly": N_("In the last day {failed} failed and {missed} were missed: see campaign-bot status."),
    "untold": N_("Staff could not be told at address {number} in CAMPAIGN_BOT_NOTIFY."),
}
