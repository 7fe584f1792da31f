"""The words for what went wrong with a call: pieces with colons between them, as adapters put them together.

Ours, and the commonest of the network's, are said in the reader's language. What a platform said itself is
shown as it is.
"""

from __future__ import annotations

import re

from campaign_bot.i18n import N_, _

PHRASES = (
    N_("The platform could not be reached"),
    N_("The request was sent, but no answer came"),
    N_("The platform's answer could not be read"),
    N_("The request could not be made"),
    N_("There are too many posts to look through"),
    N_("The server is still processing the picture"),
    N_("A Mastodon account needs a base_url"),
    N_("X does not say that the post is deleted"),
    N_("This is not the address of a post of this account"),
    N_("Another post has the key of this one"),
    N_("The credential may read, but not publish"),
    N_("The key of this post is taken, and what has it could not be read"),
    N_("The account is not active"),
    N_("Signing in took too long"),
    N_("The account's server is not one on the net"),
)
"""What our adapters say themselves; a detail may follow."""

DETAILS = (
    N_("no time was left"),
    N_("no end after {value} s"),
    N_("more than {value} bytes"),
    N_("more than {value} values inside one another"),
    N_("more than {value} values"),
    N_("it is not in UTF-8"),
    N_("it holds a secret of ours"),
    N_("{value} needs https"),
    N_("the address moved to {value}"),
)
"""What follows there, in our words too."""

NETWORK = (
    N_("timed out"),
    N_("Connection refused"),
    N_("Connection reset by peer"),
    N_("Connection aborted."),
    N_("Remote end closed connection without response"),
    N_("Name or service not known"),
    N_("Temporary failure in name resolution"),
    N_("No address associated with hostname"),
    N_("Network is unreachable"),
    N_("No route to host"),
)
"""The system's and the libraries' words for what happens most."""

KNOWN = frozenset((*PHRASES, *NETWORK))

NUMBER = re.compile(r"\[Errno -?\d+\] ")
"""What the system puts before its words; nobody is helped by it."""

PATTERNS = tuple(
    (words, re.compile(re.escape(words).replace(re.escape("{value}"), "(.+)"))) for words in DETAILS
)


def detail_words(said: str) -> str:
    """The same in the language in use, as far as it is known."""
    return ": ".join(map(_piece, said.split(": ")))


def _piece(said: str) -> str:
    bare = NUMBER.sub("", said, count=1)
    if bare in KNOWN:
        return _(bare)
    for words, pattern in PATTERNS:
        if found := pattern.fullmatch(said):
            return _(words).format(value="".join(found.groups()))
    return said
