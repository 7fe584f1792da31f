"""The campaign folder: from staff's files to a Campaign and its Problems, and back."""

from campaign_bot.files.load import Loaded, load
from campaign_bot.files.tree import Tree

__all__ = ["Loaded", "Tree", "load"]
