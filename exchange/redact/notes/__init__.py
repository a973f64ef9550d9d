"""Case notes: what in them tells who someone is, found and masked. A note is free text in Indonesian, English or both."""
