"""What a text is on a platform: its length, its tags and links, its final form. Pure."""
