"""``python -m campaign_bot`` is ``campaign-bot``."""

from campaign_bot.cli import main

if __name__ == "__main__":
    main()
