"""The campaign folder: from staff's files to a Campaign and its Problems, and back."""

from campaign_bot.files.load import Loaded, load
from campaign_bot.files.pictures import PictureError, picture
from campaign_bot.files.placeholders import placeholder_links
from campaign_bot.files.tree import Tree, on_disk

__all__ = ["Loaded", "PictureError", "Tree", "load", "on_disk", "picture", "placeholder_links"]
