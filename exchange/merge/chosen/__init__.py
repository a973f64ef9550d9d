"""Which of the values that a person's reports tell stands in the person's record."""
