"""The campaign folder: from staff's files to a Campaign and its Problems, and back."""

from campaign_bot.files.load import Loaded, load
from campaign_bot.files.media import PictureError, inside
from campaign_bot.files.pictures import picture
from campaign_bot.files.placeholders import placeholder_links
from campaign_bot.files.queues import is_read
from campaign_bot.files.tree import Tree, on_disk

__all__ = [
    "Loaded",
    "PictureError",
    "Tree",
    "inside",
    "is_read",
    "load",
    "on_disk",
    "picture",
    "placeholder_links",
]
