"""campaign-bot: a bilingual campaign scheduler that never posts twice, never loses a post in silence."""

__version__ = "0.1.0"
