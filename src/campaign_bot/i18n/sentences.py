"""The words of what cannot be done: one table from code to sentence, in English; catalogues have the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaign_bot.i18n import N_, _


class Unable(Exception):
    """Something that was asked for cannot be done, and a person can understand why.

    ``code`` is one of SENTENCES, whose placeholders ``params`` fill; no secret is among them.
    ``usage``: what was asked makes no sense (exit code 2), rather than that it failed (1).
    """

    def __init__(self, code: str, *, usage: bool = False, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.usage = usage
        self.params = params


SENTENCES = {
    # where, and with what settings
    "no-campaign-there": N_("There is no campaign in {folder}: it has no config/campaign.yaml."),
    "no-campaign-here": N_(
        "This folder is not a campaign, nor is any folder above it: there is no config/campaign.yaml. "
        "Go to the campaign's folder, or name it with --root. A new one is made with: campaign-bot init DIR"
    ),
    "config-broken": N_("The files in config/ have errors: see campaign-bot check."),
    "setting-invalid": N_("The setting {name} has a value that it cannot have."),
    "pin-invalid": N_(
        "The setting {name} is not the address of a server. Write it as https://mastodon.example"
    ),
    "setting-not-utf8": N_("The file {name} cannot be read: it is not UTF-8."),
    "setting-unreadable": N_("The settings in {name} cannot be read."),
    "setting-unknown": N_("There is no setting {name}."),
    "setting-twice": N_("{name} has different values in {first} and in {second}. Leave it in one of them."),
    "secrets-dir-missing": N_("{name} names a folder that is not there."),
    "settings-not-a-file": N_(
        "{file} is a link, or not a file: secrets are not read from it. Put a file there, or use the "
        "environment or a secrets directory instead."
    ),
    "settings-link": N_("{file} is a link to a place outside of its folder: it is not read."),
    "settings-not-ours": N_(
        "{file} belongs to another user, so it is not read. If its content is right, make it yours with "
        "chown."
    ),
    "settings-open": N_(
        "Other users of this machine may change {file}: it is not read. If it is as you wrote it, make it "
        "yours alone: chmod 600 {file}"
    ),
    "tracked-by-git": N_(
        "git tracks {file}: whoever may push to the repository would decide what is in it, and others may "
        "read it there. Take it out with git rm -r --cached, add it to .gitignore, and if there were secrets "
        "in it, replace them."
    ),
    "git-silent": N_("git could not say whether it tracks {file}, so it is not used. Try: git ls-files"),
    # files of ours
    "folder-is-link": N_(
        "{folder} is a link, which is not followed. To keep these files elsewhere, name the folder in "
        "CAMPAIGN_BOT_STATE_DIR."
    ),
    "folder-is-file": N_("{folder} is not a folder."),
    "folder-not-ours": N_(
        "{folder} belongs to another user. Run this as that user, or name a folder of your own in "
        "CAMPAIGN_BOT_STATE_DIR."
    ),
    "folder-shared": N_(
        "{folder} is not for this program alone. Name a folder of its own in CAMPAIGN_BOT_STATE_DIR."
    ),
    "not-a-file": N_("{file} is a link, or not a file: it is not used. Move it away."),
    "file-not-ours": N_("{file} belongs to another user: it is not used. Move it away."),
    "root-not-ours": N_(
        "The campaign in {folder} belongs to another user. If you trust it, name it with --root."
    ),
    "ledger-shared": N_(
        "CAMPAIGN_BOT_DATABASE_URL names the ledger of dry runs ({file}). The live ledger needs another file."
    ),
    # periods
    "empty-period": N_("From {first} until {until} there is no time at all."),
    "long-period": N_("Until {until} it is too long: {days} days are the most."),
    # names
    "unknown-post": N_("There is no post {name}."),
    "unknown-key": N_("There is no delivery with the key {name}."),
    "unknown-post-or-key": N_("There is no post and no delivery's key {name}."),
    "unknown-account": N_("There is no account {name}."),
    "unknown-queue": N_("There is no queue {name}."),
    "unknown-language": N_("{name} is none of the campaign's languages."),
    "unknown-zone": N_("There is no time zone {name}. Use a name such as America/Los_Angeles."),
    # trust
    "trust-needs-ledger": N_(
        "There is no live ledger yet that could keep whom {account} trusts. Start the worker first "
        "(campaign-bot worker --live), or pin the server: {pin}=https://…"
    ),
    "trust-pinned": N_(
        "{account} is pinned to {old}, but config/accounts.yaml says {new}. Change {pin} among the settings, "
        "or the file."
    ),
    # decisions
    "paused-in-file": N_("The pause is in {place}: delete that line, and publishing goes on."),
    "not-paused": N_("There is no pause of everything."),
    "not-paused-there": N_("There is no pause of {value}."),
    "nothing-to-decide": N_("Nothing of {name} is planned, and nothing of it is in the ledger."),
    "cannot-hold": N_("{name} cannot be held: it is {states}. Only what is scheduled can be held."),
    "cannot-release": N_("{name} cannot be released: it is {states}. Only what is held can be released."),
    "cannot-skip": N_("{name} cannot be skipped: it is {states}. Only what is scheduled or held can be."),
    "cannot-retry": N_(
        "{name} cannot be tried again: it is {states}. Only what failed or was missed can be."
    ),
    "cannot-confirm": N_("{name} needs no confirming: it is {states}."),
    "held-by-problem": N_(
        "{name} is held by a problem in {file}. Mend the file; then it goes out by itself."
    ),
    "moved-meanwhile": N_("Nothing was changed: a worker was faster. See campaign-bot status."),
    "receipt-taken": N_("{url} belongs to another delivery already: {key}."),
    "not-a-post-there": N_("{url} cannot be confirmed: {reason}."),
    "platform-trouble": N_("{account} could not be asked: {reason}"),
    "confirm-needs-live": N_(
        "A post on {platform} is confirmed by asking its server. Say --live if you want that."
    ),
    "no-post-url": N_(
        "{url} is not the address of a post. It begins with https:// and ends with the post's id."
    ),
    # the ledger
    "ledger-locked": N_(
        "Another program is writing to the ledger {ledger} and did not finish in time. Wait a moment "
        "and try again. If it goes on, look for a backup or a second program that keeps the file open."
    ),
    "ledger-read-only": N_(
        "The ledger {ledger} cannot be written to ({detail}). Give this user the right to write to the "
        "file and to its folder, or make the disk writable, then start again."
    ),
    "ledger-disk-full": N_(
        "The disk is full: nothing more can be written to the ledger {ledger}. Make room on the disk. "
        "Nothing is published until then, and nothing that was written is lost."
    ),
    "ledger-disk": N_(
        "The disk failed while the ledger {ledger} was being used ({detail}). Have the disk (or the "
        "network drive) checked. A ledger should lie on a local disk."
    ),
    "ledger-corrupt": N_(
        "The ledger {ledger} is damaged, or is not a ledger ({detail}). Stop the worker and put the last "
        "copy back: campaign-bot ledger restore FILE keeps this one. Do not delete it: it knows what was "
        "already published."
    ),
    "ledger-emptied": N_(
        "Nothing is left of the ledger {ledger} ({detail}), but what lies beside it shows that it was in "
        "use. Stop the worker and put the last copy back: campaign-bot ledger restore FILE. Only to begin a "
        "new ledger, which does not know what was published, move away all that lies beside it."
    ),
    "ledger-gone": N_(
        "The ledger {ledger} was deleted or moved while it was in use ({detail}). Nothing is published until "
        "it is back: put it back where it was. If you have only a copy, stop the worker, put the copy back "
        "with campaign-bot ledger restore FILE, and start the worker again."
    ),
    "ledger-replaced": N_(
        "Another file was put in the place of the ledger {ledger} while it was in use ({detail}). Nothing is "
        "published until the worker is started again: it uses the new file then."
    ),
    "ledger-newer": N_(
        "A newer version of campaign-bot has used the ledger {ledger} (its form is {revision}). "
        "Install that version, or a later one, and start again."
    ),
    "ledger-restoring": N_(
        "Restoring the ledger {ledger} from a copy was interrupted. Restore it again: campaign-bot ledger "
        "restore FILE. What was there before is beside it, in a folder whose name begins with replaced-."
    ),
    "ledger-older": N_(
        "The ledger {ledger} has the form of an older version of campaign-bot (its form is {revision}). The "
        "worker brings it up to date when it starts."
    ),
    "ledger-unreachable": N_(
        "The ledger {ledger} cannot be opened ({detail}). Check the path or the address, the user and "
        "the password, and that the database is running."
    ),
    "ledger-url": N_(
        "“{ledger}” is not the address of a ledger. Write sqlite:///path/to/campaign.db or "
        "postgresql://user:password@host/database in CAMPAIGN_BOT_DATABASE_URL."
    ),
    "ledger-driver": N_(
        "For a ledger on PostgreSQL a library is missing ({detail}). Install it with: pip install "
        "'campaign-bot[postgres]'"
    ),
    "ledger-taken": N_("Another worker has this ledger ({holder}). This one waits."),
    "look-failed": N_("A look at the ledger failed ({detail}). The log has more."),
    "ledger-fault": N_(
        "The ledger {ledger} gave an answer that was not expected ({detail}). This is a fault of ours: "
        "please report it with the log."
    ),
    # copies of it
    "nothing-to-back-up": N_("There is no ledger here yet: there is nothing to back up."),
    "backup-on-server": N_(
        "The ledger is in a database on a server: back it up, and restore it, with the database's own tools "
        "(pg_dump and pg_restore)."
    ),
    "backup-in-its-place": N_(
        "{file} would take the place of the ledger itself. Give the copy another name."
    ),
    "not-a-backup": N_("{file} is not a copy that campaign-bot ledger backup made. Nothing was changed."),
    "backup-damaged": N_("The copy {file} is damaged. Nothing was changed: use another one."),
    "backup-of-dry": N_(
        "{file} is a copy of the ledger of dry runs. In the place of the live one it would keep in what "
        "never went out. Nothing was changed."
    ),
    "backup-of-newer": N_(
        "The copy {file} was made by a newer version of campaign-bot ({version}). Install that version, or a "
        "later one. Nothing was changed."
    ),
    "restore-no-room": N_("There is not enough room on the disk for the copy {file} ({size} MB)."),
    "restore-while-working": N_(
        "A worker is using the ledger (process {holder}). Stop it first, then restore the copy. Nothing was "
        "changed."
    ),
    # files
    "file-trouble": N_("{file} cannot be read or written ({detail})."),
    "file-there": N_("{file} is there already, and was left as it is."),
    "bad-post-name": N_("{name} cannot be the name of a post. Write QUEUE/NAME, without : and @."),
    "bad-at": N_("{value} is not a time to publish at. Write it as 2026-12-01 09:00, or as day 0 09:00."),
    "at-not-dated": N_("--at has no effect here: in the queue {queue} the slots say when a post goes out."),
}


def sentence(code: str, params: Mapping[str, Any]) -> str:
    """The sentence of ``code`` in the current language, with what was probably meant."""
    values = {name: shown(value) for name, value in params.items()}
    words = _(SENTENCES[code]).format_map(values)
    return f"{words} {did_you_mean(params)}".rstrip()


def did_you_mean(params: Mapping[str, Any]) -> str:
    """What was probably meant, where there is such a thing; else nothing."""
    if not params.get("suggestion"):
        return ""
    return _("Did you mean “{suggestion}”?").format(suggestion=params["suggestion"])


def shown(value: Any) -> str:
    """A value as a sentence has it: lists with commas."""
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
