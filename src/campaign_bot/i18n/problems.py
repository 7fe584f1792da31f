"""The words of every Problem: one table from its code to what is wrong, and what to do about it."""

from __future__ import annotations

from typing import Any

from campaign_bot.i18n import N_, _
from campaign_bot.i18n.sentences import did_you_mean, shown
from campaign_bot.model import Problem

LANGUAGE_NAMES = {"en": N_("English"), "es": N_("Spanish")}

HEADINGS = {"en": "English", "es": "Español"}
"""How a section of a language is best headed: its own name for itself."""

PROBLEMS: dict[str, tuple[str, str]] = {
    "account-language": (
        N_("{account} speaks {language}, which is none of the campaign's languages."),
        N_("Correct it, or add the language to config/campaign.yaml."),
    ),
    "alt-too-long": (
        N_("The alt text in {language} is {over} characters too long for {platform} ({length} of {limit})."),
        N_("Say what matters in the picture in fewer words."),
    ),
    "at-not-dated": (
        N_("at has no effect here: in this queue ({order}) the slots say when a post goes out."),
        N_("Delete the line, or move the post into a dated queue."),
    ),
    "bad-account-name": (
        N_("{account} cannot be the name of an account."),
        N_("Use small letters, digits and single hyphens, such as x-en."),
    ),
    "bad-at": (
        N_("{value} is not a time to publish at."),
        N_("Write it as 2026-12-01 09:00, or as day 0 09:00."),
    ),
    "bad-budget": (
        N_("{value} is not a budget."),
        N_("Write the most that a month may cost, such as 25 USD/month."),
    ),
    "bad-choice": (N_("{value} is not possible here."), N_("Choose one of: {choices}.")),
    "bad-count": (N_("{value} is not a whole number of 1 or more."), N_("Write it in digits, such as 20.")),
    "bad-date": (N_("{value} is not a date."), N_("Write year, month and day, such as 2026-12-01.")),
    "bad-duration": (
        N_("{value} is not a length of time."),
        N_("Write a number and s, m, h or d, such as 30m or 2h; 366d is the most."),
    ),
    "bad-file-name": (
        N_("The name {name} cannot be that of a post."),
        N_("Rename the file; leave out : and @, invisible characters and spaces at the ends."),
    ),
    "bad-folder-name": (
        N_("The name {name} cannot be that of a queue."),
        N_("Rename the folder; leave out : and @, invisible characters and spaces at the ends."),
    ),
    "bad-hashtag": (
        N_("{value} is not a hashtag."),
        N_("Write letters and digits without spaces or signs, such as DefendAsylum."),
    ),
    "bad-id": (
        N_("{value} cannot be a post's id."),
        N_("Leave out : and @, and spaces at the ends; 200 characters are the most."),
    ),
    "bad-picture-file": (
        N_("The picture's file for {language} has no name."),
        N_("Write one name for all languages, or one for each of them."),
    ),
    "bad-quiet": (N_("{value} are not quiet hours."), N_('Write when they begin and end: "22:00-07:00".')),
    "bad-slot": (
        N_("{value} is not a slot."),
        N_('Write days and a time, such as "mon-fri 09:30", "sat 11:00" or "daily 18:00".'),
    ),
    "bad-url": (
        N_("{value} is not a complete web address."),
        N_("Write it with https://, without spaces and without a user name."),
    ),
    "bad-weight": (N_("{value} is not a weight."), N_("Write a number above 0, such as 2 or 0.5.")),
    "bad-yes-no": (N_("{value} is neither yes nor no."), N_("Write true or false.")),
    "budget-currency": (
        N_("The budget is {value}, but {platform} charges in {currency}."),
        N_("Write the budget in {currency}."),
    ),
    "budget-of-nothing": (
        N_("With a budget of {value} nothing would ever go out."),
        N_("Write more than 0, or delete the line if there is no limit."),
    ),
    "budget-split": (
        N_("Between braces the comma in {value} ends the value."),
        N_('Write {better}, or put it in "quotation marks".'),
    ),
    "budget-without-prices": (
        N_("{platform} costs nothing, so a budget for {account} has no effect."),
        N_("Delete the line."),
    ),
    "case-collision": (
        N_("This name and {other} differ only in capitals or accents."),
        N_("Rename one of the two: on many computers they are the same file."),
    ),
    "conflict-marker": (
        N_("Two versions of this file were merged, and nobody finished it: both are still here."),
        N_("Keep the right version, and delete the lines with <<<<<<<, |||||||, ======= and >>>>>>>."),
    ),
    "control-character": (
        N_("There is an invisible control character here."),
        N_("Delete it, or type the line again."),
    ),
    "day-without-starts": (
        N_("Day {day} cannot be counted, because the campaign does not say when it starts."),
        N_("Add starts: to config/campaign.yaml, or write a date."),
    ),
    "dead-hashtag": (
        N_("{tag} will not be a hashtag: nobody can click it."),
        N_("Put a space before `#`, and nothing but letters, digits and `_` after it."),
    ),
    "duplicate-id": (N_("{other} has the same id ({id})."), N_("Give one of the two another id.")),
    "duplicate-key": (N_("{key} is written twice."), N_("Keep one of the two.")),
    "duplicate-section": (
        N_("There is a second section {heading}."),
        N_("Keep one of the two. Variants that take turns exist only in a rotation."),
    ),
    "edited-after": (
        N_("{post} was changed after it was published: what is out stays as it is."),
        N_("Retract it and write a new post if the new words must go out."),
    ),
    "empty-file": (N_("This file is empty."), N_("Write it, or delete it.")),
    "empty-text": (
        N_("There is no text here in {language}."),
        N_("Write it, or delete the heading or the line --- above."),
    ),
    "empty-value": (N_("{key} has no value."), N_("Write one, or delete the line.")),
    "ends-before-starts": (
        N_("The campaign ends ({ends}) before it starts ({starts})."),
        N_("Correct one of the two dates."),
    ),
    "expected-list": (N_("{key} has to be a list."), N_("Put it in brackets, such as [one, two].")),
    "expected-mapping": (
        N_("{key} has to have keys with values."),
        N_("Write a line for each below it, indented, such as en: The letter."),
    ),
    "expected-text": (
        N_("{key} has to be a single value."),
        N_('Write it without brackets; in "quotation marks" if it has a : or a #.'),
    ),
    "file-too-large": (
        N_("This file is too large: {size} bytes, and {limit} is the most."),
        N_("A post is a few lines of text. Was something else pasted into it?"),
    ),
    "in-blackout": (
        N_("Nothing goes out on the day of {time} ({bound})."),
        N_("Move the post to another day."),
    ),
    "in-quiet": (N_("{time} is in the quiet hours ({bound})."), N_("Move the post to a time outside them.")),
    "insecure-url": (
        N_("{value} is not encrypted."),
        N_("Write https:// (plain http:// works only on this very computer)."),
    ),
    "is-a-folder": (N_("This is a folder, but a file is needed here."), N_("Rename the folder.")),
    "link-broken": (
        N_("This is a link to a file that is not there."),
        N_("Copy the file itself here, or delete the link."),
    ),
    "link-outside": (
        N_("This is a link to a place outside of the campaign's folder."),
        N_("Copy the file itself here."),
    ),
    "link-to-folder": (
        N_("This is a link to a folder, and such links are not followed."),
        N_("Copy the folder itself here."),
    ),
    "link-without-url": (
        N_("The link “{name}” has no address in {language}."),
        N_("Add it under `links` in config/campaign.yaml."),
    ),
    "listed-twice": (N_("{value} is listed twice."), N_("Keep one of the two.")),
    "look-alike-host": (
        N_("Letters of {value} only look like others: to a computer it is {host}."),
        N_(
            "Somebody may have put it there to get hold of the account. Copy the server's name from its own "
            "pages, or type it anew."
        ),
    ),
    "lost-hashtag": (
        N_("{tag} is lost: a # after a space begins a comment."),
        N_('Leave the # out, or put the value in "quotation marks". For a comment, put a space after the #.'),
    ),
    "mention": (
        N_("The post mentions @{name}."),
        N_(
            "Mention only people and groups who agreed to it: unsolicited mentions from automated accounts "
            "break X's rules."
        ),
    ),
    "missing-alt": (
        N_("The picture has no description in {language}."),
        N_("Write in alt what is to be seen, for people who cannot see it."),
    ),
    "missing-at": (
        N_("This post does not say when it goes out."),
        N_("Its queue is dated: add a line such as at: 2026-12-01 09:00."),
    ),
    "missing-file": (
        N_("The file {name} is missing."),
        N_("Create it. If you have it under another name, rename it."),
    ),
    "missing-folder": (N_("The folder {name} is missing."), N_("Create it in the campaign's folder.")),
    "missing-key": (N_("{key} is missing."), N_("Add a line {key}: with its value.")),
    "missing-language": (N_("The {language} version is missing."), N_("Write it in that language too.")),
    "missing-picture": (
        N_("The picture {file} is not there."),
        N_("Put it into posts/media/, and write its name as it is there."),
    ),
    "missing-version": (
        N_(
            "The account {account} ({platform}) has no text in {language}: all of them are for other "
            "platforms."
        ),
        N_("Add {platform} to one of the headings, or write a section for all platforms."),
    ),
    "more-than-a-server": (
        N_("{value} is followed by ? or #, and so is more than the address of a server."),
        N_("Write the server alone, such as https://mastodon.social"),
    ),
    "never-open": (
        N_("This post never goes out: no slot of its queue lies in its window ({bound})."),
        N_("Widen the window, or take out `from` and `until`."),
    ),
    "no-account": (
        N_("The post goes to no account."),
        N_("Look at `accounts` in this post and in posts/{queue}/queue.yaml: no account is in both."),
    ),
    "paused-here": (
        N_("Paused: while this line is here, nothing goes out that this file is about."),
        N_("Delete the line to go on publishing."),
    ),
    "paused-no": (
        N_("“paused: {value}” neither pauses nor resumes anything."),
        N_("Delete the line to go on publishing, or write why everything is to wait."),
    ),
    "name-twice": (
        N_("There are two files or folders named {name}: one has its accents as separate marks."),
        N_("Delete or rename one of the two: to people, and here, they are the same name."),
    ),
    "near-heading": (
        N_("{heading} looks like the heading of a text in {language}, but it is not one."),
        N_("A heading is written ## {tongue}, on a line of its own. Otherwise, add words to this line."),
    ),
    "no-front-matter": (
        N_("The post does not begin with its settings."),
        N_("Put two lines with --- at the very top; the settings stand between them."),
    ),
    "no-server": (
        N_("The account {account} does not say on which server of {platform} it is."),
        N_("Add a line such as base_url: https://mastodon.social before posts go out for real."),
    ),
    "no-slot": (
        N_("The queue “{queue}” has no slot on any day of the campaign."),
        N_(
            "Look at its days and times, and at `starts`, `ends`, `quiet` and `blackout` in "
            "config/campaign.yaml."
        ),
    ),
    "no-texts": (
        N_("This post has no texts."),
        N_("Write one for each language under its heading, such as ## English and ## Español."),
    ),
    "not-a-folder": (
        N_("{name} is a file, but a folder is needed here."),
        N_("Rename or delete the file, then create the folder."),
    ),
    "not-a-post": (
        N_("{name} is not a post: only files that end in .md are."),
        N_("Rename it if it is a post; move it out of the queue's folder if it is not."),
    ),
    "not-utf8": (N_("The character here is not UTF-8."), N_("Save the file again with the encoding UTF-8.")),
    "nothing-to-rotate": (
        N_("The queue “{queue}” has slots but no post."),
        N_("Put a post into its folder."),
    ),
    "odd-host": (
        N_("{value} does not write its server the way the net does."),
        N_("Write its name, such as https://mastodon.social, or all four numbers of its address."),
    ),
    "other-language": (
        N_("This text stands under {language}, but it reads like {other}."),
        N_("Were the two texts swapped?"),
    ),
    "other-paragraph": (
        N_("This paragraph stands under {language}, but it reads like {other}."),
        N_("If it is a text of its own, write ## {heading} on a line above it."),
    ),
    "outside-campaign": (
        N_("{time} is outside the campaign ({bound})."),
        N_("Move the post, or change the campaign's dates in config/campaign.yaml."),
    ),
    "outside-queue": (
        N_("{name} lies outside of any queue, so it never goes out."),
        N_("Move it into the folder of a queue, such as posts/launch/."),
    ),
    "outside-window": (
        N_("{time} is outside the post's own window ({bound})."),
        N_("Change `at`, or take out `from` and `until`."),
    ),
    "over-budget": (
        N_("{account} would cost {cost} in {month}, and its budget is {budget} a month."),
        N_("Raise the budget, plan fewer posts, or leave links out: without one a post costs far less."),
    ),
    "over-per-day": (
        N_("{post} ({time}) is one too many on {day}: {account} takes {limit} a day."),
        N_("Move it to another day, or raise `per_day` in config/accounts.yaml."),
    ),
    "picture-compressed": (
        N_("The picture {file} has {size} bytes; {platform} takes {limit}, so it is compressed for it."),
        N_("If it should look its best there, save it smaller yourself."),
    ),
    "picture-converted": (
        N_("{platform} does not take {format} pictures: {file} goes out there in another format."),
        N_("If it should look its best there, save it as PNG or JPEG yourself."),
    ),
    "picture-format": (
        N_("{file} is a {format} file, and no platform takes those as pictures."),
        N_("Save it as PNG or JPEG."),
    ),
    "picture-outside": (
        N_("The picture {file} lies outside of posts/."),
        N_("Put it into posts/media/ and write, for example, media/letter.png."),
    ),
    "picture-person": (
        N_("The file {file} names a person or a camera's serial number."),
        N_(
            "It does not go out with the picture, but whoever has the campaign's files can read it: save the "
            "picture without metadata. git also keeps earlier versions."
        ),
    ),
    "picture-place": (
        N_("The file {file} says where the picture was taken."),
        N_(
            "It does not go out with the picture, but whoever has the campaign's files can read it: save the "
            "picture without metadata. git also keeps earlier versions."
        ),
    ),
    "picture-smaller": (
        N_(
            "The picture {file} ({width} × {height}) is too large for {platform}: it goes out there with at "
            "most {new_width} × {new_height} pixels."
        ),
        N_("If it should look its best there, save it smaller yourself."),
    ),
    "picture-stands-still": (
        N_("The picture {file} moves, but not on {platform}: only its first image goes out there."),
        N_("See whether the first image says enough by itself."),
    ),
    "picture-too-large": (
        N_("The file {file} is too large for a picture: {limit} bytes is the most."),
        N_("Save it smaller, or as JPEG."),
    ),
    "picture-too-many-pixels": (
        N_("The picture {file} has {width} × {height} pixels; {limit} megapixels is the most."),
        N_("Save it smaller."),
    ),
    "placeholder-link": (
        N_("{url} is only an example, and no address for readers."),
        N_("Write the real address before posts go out for real."),
    ),
    "private-host": (
        N_("{value} is inside a private network, and not a server on the net."),
        N_("Write a server that everybody can reach. Only this very computer is allowed besides: 127.0.0.1"),
    ),
    "refused-character": (
        N_("The {language} text has an invisible character ({character}) that {platform} refuses."),
        N_(
            "Delete the line and type it again; such characters come along when text is copied from other "
            "programs."
        ),
    ),
    "same-text": (
        N_("{accounts} would get the same text twice: it also stands in {other}, line {other_line}."),
        N_("Word one of them differently: platforms refuse repeated posts, and the second will be held."),
    ),
    "secret-file": (
        N_("{name} is a file for secrets, and has no place here."),
        N_("Move it out of config/ and posts/."),
    ),
    "secret-in-use": (
        N_("A secret of one of the accounts stands here."),
        N_(
            "Delete it here, make a new one on the platform (git remembers the old one), and keep it in "
            "the environment or in .env at the top."
        ),
    ),
    "secret-key": (
        N_("Secrets such as {key} never stand in this folder."),
        N_("Delete the line and put the value into the environment or into .env at the top."),
    ),
    "secret-random": (
        N_("The long random word here looks like a secret."),
        N_("If it is one, delete it here and make a new one on the platform (git remembers the old one)."),
    ),
    "secret-shape": (
        N_("What stands here looks like a secret ({kind})."),
        N_(
            "Delete it here, make a new one on the platform (git remembers the old one), and keep it in "
            "the environment or in .env at the top."
        ),
    ),
    "slot-in-quiet": (
        N_("The slot at {time} is in the quiet hours ({bound}), so it never fires."),
        N_("Choose another time, or change `quiet` in config/campaign.yaml."),
    ),
    "slots-in-dated": (
        N_("A dated queue has no slots: each of its posts says when it goes out."),
        N_("Delete slots, or choose order: sequence or order: rotation."),
    ),
    "special-file": (
        N_("This is not an ordinary file, so it was not opened."),
        N_("Delete it and put an ordinary file here."),
    ),
    "stale-translation": (
        N_("The text in {original} was changed later than this one in {language}."),
        N_("See whether the translation still says the same, and change it too."),
    ),
    "text-before-heading": (
        N_("This text stands before the first heading, so it has no language."),
        N_("Put a heading above it, such as ## English."),
    ),
    "text-repeated": (
        N_("{post} ({time}) is held: {account} got the same words before ({other}, {when})."),
        N_(
            "Change the text, or let it go with `campaign-bot release`. A file that is renamed keeps its "
            "history if it has an `id`."
        ),
    ),
    "text-too-long": (
        N_(
            "The {language} text is {over} characters too long for {platform} ({accounts}): it counts "
            "{length} of {limit} there."
        ),
        N_(
            "Shorten it, write a version for this platform (`## {tongue}: {platform}`), or split it into a "
            "thread with a line `---`."
        ),
    ),
    "time-skipped": (
        N_("{before} does not exist: the clocks go forward then. It goes out at {after} instead."),
        N_("If {after} does not suit, choose another time."),
    ),
    "time-twice": (
        N_("{time} comes twice: the clocks go back that day. It goes out at the first."),
        N_("If the second is meant, choose another time."),
    ),
    "together-too-long": (
        N_(
            "Both languages together are {over} characters too long for {platform} ({accounts}): they "
            "count {length} of {limit}."
        ),
        N_(
            "Shorten the texts, or set `bilingual: thread` (or `separate`) for this account in "
            "config/accounts.yaml."
        ),
    ),
    "too-crowded": (
        N_(
            "{post} ({time}) finds no room on {account}: with {spacing} between two posts it would be more "
            "than {lateness} late."
        ),
        N_("Move it or another post, or change `spacing` or `lateness`."),
    ),
    "too-many-bytes": (
        N_("The {language} text takes {length} bytes; {platform} takes {limit}."),
        N_("Shorten it, or use fewer emoji: one of them takes up to 30 bytes."),
    ),
    "too-many-hashtags": (
        N_("The {language} text has {count} hashtags on {platform}; more than {limit} look like spam there."),
        N_("Take some out of the text, or of `hashtags` in config/campaign.yaml."),
    ),
    "too-many-pictures": (
        N_("{count} pictures are too many for {platform}: {limit} is the most."),
        N_("Take some out."),
    ),
    "too-many-sections": (
        N_("There are {count} sections in this post; {limit} is the most."),
        N_("A post has one for each language and each variant. Was something else pasted into it?"),
    ),
    "unclosed-front-matter": (
        N_("The second line with --- is missing: it ends the settings before the texts begin."),
        N_("Add a line with --- above the first heading."),
    ),
    "uneven-variants": (
        N_("There are {count} texts in {language} and {other_count} in {other}."),
        N_("Write the same number in each language."),
    ),
    "unknown-account": (
        N_("There is no account named {account}."),
        N_("Use a name from config/accounts.yaml."),
    ),
    "unknown-heading": (
        N_("{heading} is none of the campaign's languages."),
        N_("A line that begins with ## is a heading: write ## English or ## Español, or take the ## away."),
    ),
    "unknown-key": (
        N_("There is no key named {key} here."),
        N_("Look at the staff guide for the keys that exist."),
    ),
    "unknown-language": (
        N_("{language} is none of the campaign's languages."),
        N_("Use a code from languages in config/campaign.yaml, such as en or es."),
    ),
    "unknown-link": (
        N_("There is no link named {link}."),
        N_("Use a name from links in config/campaign.yaml, or add it there."),
    ),
    "unknown-placeholder": (
        N_("There is no link named “{name}”."),
        N_(
            "Name it under `links` in config/campaign.yaml (known: {known}); for a brace in the text write "
            "two: `{{{{`."
        ),
    ),
    "unknown-platform": (
        N_("There is no platform named {platform}."),
        N_("Look at the README for the platforms that exist."),
    ),
    "unknown-zone": (
        N_("There is no time zone named {zone}."),
        N_("Use a name such as America/Los_Angeles."),
    ),
    "unreadable": (
        N_("This file or folder cannot be read."),
        N_("Ask whoever looks after the server to permit reading it."),
    ),
    "unreadable-picture": (
        N_("The file {file} is not a picture that can be read."),
        N_("Save the picture again as PNG or JPEG."),
    ),
    "until-before-from": (
        N_("until ({last}) is before from ({first}), so it never goes out."),
        N_("Correct one of the two dates."),
    ),
    "visibility-elsewhere": (
        N_("visibility exists only on Mastodon, not on {platform}."),
        N_("Delete the line."),
    ),
    "wrong-name": (
        N_("A file named {name} is not read."),
        N_("Rename it, or move what it says into the file of that name and delete it."),
    ),
    "yaml-colon": (
        N_("There is a colon too many on this line, or the line is indented wrongly."),
        N_('Put the whole value in "quotation marks" if the colon belongs to it.'),
    ),
    "yaml-documents": (
        N_("A second document begins here (---), and only one is read."),
        N_("Delete the line ---."),
    ),
    "yaml-no-colon": (
        N_("This line lacks a colon with a space after it."),
        N_("Write the key, a colon, a space and the value, such as order: dated."),
    ),
    "yaml-quote": (N_("A quotation mark is opened here and never closed."), N_("Close it.")),
    "yaml-sign": (N_("A value cannot begin with {sign}."), N_('Put the value in "quotation marks".')),
    "yaml-syntax": (
        N_("This line cannot be understood."),
        N_("Look for a missing bracket, colon or quotation mark here or on the line above."),
    ),
    "yaml-tab": (N_("There is a tab here."), N_("Indent with spaces.")),
    "yaml-too-complex": (
        N_("There are too many values here, or too many inside of each other."),
        N_("Write it more simply."),
    ),
}
"""Code → message, hint. Placeholders are the Problem's ``params``."""


def words(problem: Problem) -> tuple[str, str]:
    """What is wrong, and what to do about it, in the current language."""
    message, hint = PROBLEMS[problem.code]
    params = {name: _shown(name, value) for name, value in problem.params.items()}
    if "language" in params:  # as a section's heading has it, in any language of the reader
        code = str(problem.params["language"]).partition("+")[0]
        params["tongue"] = HEADINGS.get(code, code)
    told = _(hint).format_map(params) if hint else ""
    return _(message).format_map(params), f"{did_you_mean(problem.params)} {told}".strip()


def sentence(problem: Problem) -> str:
    """What is wrong, in the current language."""
    return words(problem)[0]


def _shown(name: str, value: Any) -> str:
    """A parameter as people read it."""
    if name in {"language", "original"} or (name == "other" and value in LANGUAGE_NAMES):
        return language_name(str(value))
    if name == "platform" and not value:
        return _("every platform")
    return shown(value)


def language_name(code: str) -> str:
    """``en`` as English or inglés; ``en+es`` names both. A language without a name here keeps its code."""
    return " + ".join(_(LANGUAGE_NAMES[one]) if one in LANGUAGE_NAMES else one for one in code.split("+"))
